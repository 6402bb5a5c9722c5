"""docs/how-to/add-a-feed.md is followed as it stands, in a copy of the checkout."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.local.write_command import write_command
from include.settings import ROOT
from tests.test_add_an_advertiser import change, is_printed

PAGE = ROOT / "docs" / "how-to" / "add-a-feed.md"
REGISTRY = "include/feeds/registry.py"

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Path:
    """A copy of what the page's commands use, with the local warehouse in the place of `make up`'s."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "include", tmp_path / "include", ignore=ignored)
    program = tmp_path / ".venv" / "bin"
    program.mkdir(parents=True)
    (program / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (program / "python").chmod(0o755)
    write_command(tmp_path)
    return tmp_path


def list_blocks() -> list[tuple[str, str]]:
    """The kind and the text of each block of the page, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def run(checkout: Path, engine: Engine, commands: str) -> str:
    """What a block prints; what `make sql` would be asked is asked of the test's own warehouse."""
    plain, *queries = re.split(r'^make sql Q="(.*?)"$', commands, flags=re.M | re.S)
    path = f"{checkout}/.venv/bin:{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DANGOL_")}
    done = subprocess.run(
        ["sh", "-ec", plain], cwd=checkout, env=kept | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return "\n".join([done.stdout, *(ask(engine, query) for query in queries if query.strip())])


def ask(engine: Engine, query: str) -> str:
    """The result as CSV, as psql writes it."""
    with engine.connect() as connection:
        found = connection.execute(text(query))
        printed = io.StringIO()
        csv.writer(printed, lineterminator="\n").writerows([found.keys(), *found])
    return printed.getvalue()


def add_line(registry: Path, line: str) -> None:
    """Put the page's line before the brace that closes FEEDS."""
    former = registry.read_text(encoding="utf-8")
    changed = re.sub(
        r"(^FEEDS\b.*?)(^\})", lambda match: match[1] + line + match[2], former, count=1, flags=re.M | re.S
    )
    assert changed != former
    registry.write_text(changed, encoding="utf-8")


def test_a_feed_is_one_file_and_one_line(checkout: Path, warehouse: Engine) -> None:
    python = [block for kind, block in list_blocks() if kind == "python"]
    assert len(python) == 2
    assert python[1].count("\n") == 1, "one line"
    (checkout / "include" / "feeds" / "wishlists.py").write_text(python[0], encoding="utf-8")
    add_line(checkout / REGISTRY, python[1])
    printed, told = "", 0
    for kind, block in list_blocks():
        if kind == "yaml":
            change(checkout / "include" / "advertisers" / "ssg.yaml", block)
        elif kind == "sh":
            printed = run(checkout, warehouse, block)
        elif kind == "text":
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            told += 1
    assert told == 3
