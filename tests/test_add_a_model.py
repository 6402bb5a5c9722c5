"""docs/how-to/add-a-model.md is done as it stands, in a copy of the checkout: a file, a line, published."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text

from include.local.write_command import write_command
from include.settings import ROOT
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "add-a-model.md"
ADVERTISER = "completejourney"

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Path:
    """The code, an advertiser, and the command; nothing of the original is changed, or read by the copy."""
    shutil.copytree(ROOT / "include", tmp_path / "include", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (tmp_path / "include" / "advertisers").glob("*.yaml"):
        if path.stem != ADVERTISER:
            path.unlink()
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    write_command(tmp_path)
    return tmp_path


def run(checkout: Path, commands: str) -> str:
    """What a block prints; stderr after stdout, as neither waits for the other."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DANGOL_")}
    environment["PATH"] = f"{checkout}/.venv/bin:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=checkout, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return f"{done.stdout}\n{done.stderr}"


def add_line(path: Path, line: str) -> None:
    """Put the line at the end of MODELS."""
    head, found, tail = path.read_text(encoding="utf-8").partition("MODELS: Final[dict[str, str]] = {\n")
    models, closed, rest = tail.partition("}\n")
    assert found
    path.write_text(f"{head}{found}{models}{line}{closed}{rest}", encoding="utf-8")


def set_keys(path: Path, settings: str) -> None:
    """Let the keys take the place of those that the YAML has."""
    changed = yaml.safe_load(path.read_text(encoding="utf-8")) | yaml.safe_load(settings)
    path.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")


def read_rows(warehouse: Engine, query: str) -> str:
    """As psql prints them, but for the line below the names."""
    with warehouse.connect() as connection:
        result = connection.execute(text(query))
        rows = [tuple(result.keys()), *result]
    return "\n".join(" | ".join(map(str, row)) for row in rows)


def test_the_page_is_what_happens(checkout: Path, warehouse: Engine) -> None:
    page = PAGE.read_text(encoding="utf-8")
    models = checkout / "include" / "models"
    before = {path.name for path in models.iterdir()}
    printed, told = "", 0
    for named, kind, block in re.findall(r"(?:`([\w/]+\.py)`:\n\n)?^```(\w+)\n(.*?)^```", page, re.M | re.S):
        if kind == "python" and not (checkout / named).exists():
            (checkout / named).write_text(block, encoding="utf-8")
        elif kind == "python":
            add_line(checkout / named, block)
        elif kind == "yaml":
            set_keys(checkout / "include" / "advertisers" / f"{ADVERTISER}.yaml", block)
        elif kind == "sh":
            printed = run(checkout, block)
        elif kind == "sql":
            printed = read_rows(warehouse, block)
        elif kind == "text":
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            told += 1
    assert told == page.count("```text\n") > 1
    assert {path.name for path in models.iterdir()} - before - {"__pycache__"} == {"bought_together.py"}

    counted = read_rows(
        warehouse,
        "SELECT count(*) > 1000, min(score) > 0, max(score) <= 1, max(rank) <= 20"
        f" FROM {ADVERTISER}.item_similarities_current WHERE model = 'bought_together'",
    )
    assert counted.splitlines()[1] == "True | True | True | True"
