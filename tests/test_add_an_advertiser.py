"""docs/how-to/add-an-advertiser.md is run as it stands: its YAML, its commands, and what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.settings import ROOT
from tests.conftest import SHARED_DATA

PAGE = ROOT / "docs" / "how-to" / "add-an-advertiser.md"
LOG = SHARED_DATA / "online_retail_ii_2009_2010.parquet"
FIRST, LAST = date(2009, 12, 6), date(2009, 12, 20)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not LOG.exists(), reason=f"{LOG.name} is not there; DANGOL_SHARED_DATA names its folder"
    ),
]


def list_blocks() -> Iterator[tuple[str, str]]:
    """The kind and the text of each block of the page, in order."""
    yield from re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def checkout(tmp_path: Path, warehouse: object) -> Path:
    """A folder with what the page's commands use: dangol, the advertisers, and the mall's files."""
    import pandas as pd

    from include.local.write_command import write_command

    (tmp_path / "include" / "advertisers").mkdir(parents=True)
    program = tmp_path / ".venv" / "bin"
    program.mkdir(parents=True)
    (program / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (program / "python").chmod(0o755)
    command = write_command(tmp_path)
    # The command is that of a checkout, and this one's code is elsewhere.
    command.write_text(command.read_text().replace(f"PYTHONPATH={tmp_path}", f"PYTHONPATH={ROOT}"))
    lines = pd.read_parquet(LOG)
    days = lines["InvoiceDate"].dt.date
    for day, rows in lines[(days >= FIRST) & (days <= LAST)].groupby(days):
        file = tmp_path / ".local/landing/gift_shop/purchases" / f"dt={day}" / "transactions.csv.gz"
        file.parent.mkdir(parents=True)
        moments = rows["InvoiceDate"].dt.strftime("%d/%m/%Y %H:%M")
        rows.assign(InvoiceDate=moments).to_csv(file, index=False)
        os.utime(file, (0, 0))  # as it would be by the time the day is ingested
    return tmp_path


def run(checkout: Path, commands: str) -> str:
    """What a block prints; stderr after stdout, as neither waits for the other."""
    environment = {
        **os.environ,
        "DANGOL_ADVERTISERS": str(checkout / "include" / "advertisers"),
        "DANGOL_DATA": str(checkout / ".local"),
        "PATH": f"{checkout}/.venv/bin:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["sh", "-c", commands], cwd=checkout, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return f"{done.stdout}\n{done.stderr}"


def change(path: Path, text: str) -> None:
    """A whole YAML replaces the file; one without a name changes the keys that it has."""
    changes = yaml.safe_load(text)
    if "name" in changes:
        path.write_text(text, encoding="utf-8")
    else:
        merged = merge(yaml.safe_load(path.read_text(encoding="utf-8")), changes)
        path.write_text(yaml.safe_dump(merged, sort_keys=False), encoding="utf-8")


def merge(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return old | {key: merge(old.get(key), value) for key, value in new.items()}


def is_printed(expected: str, printed: str) -> bool:
    """Whether the text is there, however its lines are wrapped, with anything in the place of `…`."""
    pattern = r".*?".join(re.escape(part.strip()) for part in " ".join(expected.split()).split("…"))
    return re.search(pattern.replace(r".*?", r"\s?.*?\s?"), " ".join(printed.split())) is not None


def test_the_page_is_what_happens(checkout: Path) -> None:
    path = checkout / "include" / "advertisers" / "gift_shop.yaml"
    printed, told = "", 0
    for kind, text in list_blocks():
        if kind == "yaml":
            change(path, text)
        elif kind == "sh" and "make up" not in text:
            printed = run(checkout, text)
        elif kind == "text":
            assert is_printed(text, printed), f"{printed}\n\nis not\n\n{text}"
            told += 1
    assert told == sum(kind == "text" for kind, _ in list_blocks()) > 9


def test_what_a_page_shows_is_compared_word_by_word() -> None:
    assert is_printed("a b …\nd", "x a\n b c d")
    assert is_printed("a…d", "a d")
    assert not is_printed("a b", "a c b")
    assert not is_printed("a … d", "a c")
