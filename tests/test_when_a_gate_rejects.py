"""docs/how-to/when-a-gate-rejects.md is followed as it stands, by the on-call of a small mall."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text

from include.settings import ROOT
from tests.checkouts import Checkout, list_blocks
from tests.malls import DAY, Mall, busy_day, purchase
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "when-a-gate-rejects.md"
NEXT = DAY + timedelta(days=1)

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Checkout:
    """A corner shop whose first day is out; on the second, one user buys a ninth item and nothing else."""
    checkout = Checkout.copy(tmp_path)
    mall = Mall(tmp_path / ".local", "corner_shop", {"window": {"days": 1}, "models": {"cosine": {}}})
    shutil.move(mall.write_settings(), tmp_path / "include" / "advertisers" / "corner_shop.yaml")
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(NEXT, [*busy_day(NEXT), purchase("u12", "i8", NEXT)])
    checkout.run(
        f"dangol ingest --advertiser corner_shop --from {DAY} --to {NEXT}\n"
        f"dangol all --advertiser corner_shop --as-of {DAY}"
    )
    return checkout


def run(checkout: Checkout, commands: str) -> str:
    """What they print, also where a gate ends them."""
    path = f"{checkout.root}/.venv/bin:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "DANGOL_DATA": str(checkout.root / ".local")}
    environment.pop("DANGOL_ADVERTISERS", None)
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=checkout.root, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return f"{done.stdout}\n{done.stderr}"


def ask(warehouse: Engine, query: str) -> str:
    with warehouse.connect() as connection:
        rows = connection.execute(text(query)).all()
    return "\n".join(" | ".join(map(str, row)) for row in rows)


def test_the_page_is_what_happens(checkout: Checkout, warehouse: Engine) -> None:
    assert f"--as-of {NEXT}" in PAGE.read_text(encoding="utf-8")
    printed, told = "", 0
    for _, kind, block in list_blocks(PAGE):
        if kind == "yaml":
            checkout.change_settings("corner_shop", yaml.safe_load(block))
        elif kind == "sh":
            printed = run(checkout, block)
        elif kind == "sql":
            printed = ask(warehouse, block)
        else:
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            told += 1
    assert told == PAGE.read_text(encoding="utf-8").count("```text\n") == 7
    staged = "SELECT release_id FROM corner_shop.releases WHERE stages ? 'stage' ORDER BY release_id"
    assert ask(warehouse, staged) == "1\n2\n3", "another limit staged nothing"
