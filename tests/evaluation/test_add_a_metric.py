"""docs/how-to/add-a-metric.md is done as it stands, in a copy of the checkout: a file, a line, measured."""

from __future__ import annotations

import re
from pathlib import Path

from include.settings import ROOT
from tests.checkouts import Checkout, list_blocks
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "add-a-metric.md"


def test_the_page_is_what_happens(tmp_path: Path) -> None:
    checkout = Checkout.copy(tmp_path)
    metrics = tmp_path / "include" / "evaluation" / "metrics"
    before = {path.name for path in metrics.iterdir()}
    printed, told = "", 0
    for text, kind, block in list_blocks(PAGE):
        named = re.findall(r"`([\w/]+\.py)`", text)
        if kind == "python" and (registry := re.search(r"in `([A-Z_]+)`:\s*$", text)):
            checkout.add_line(named[-1], registry[1], block)
        elif kind == "python":
            checkout.add_file(named[-1], block)
        elif kind == "sh":
            printed = checkout.run(block)
        else:
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            told += 1
    assert told == 1
    assert {path.name for path in metrics.iterdir()} - before - {"__pycache__"} == {"reciprocal_rank.py"}
    listed = checkout.run(
        ".venv/bin/python -c 'from include.evaluation.registry import METRICS; print(*METRICS)'"
    )
    assert listed.split()[-1] == "reciprocal_rank"
