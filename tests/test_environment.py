"""docs/environment.md has every variable that the repository reads or sets, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from include.settings import ROOT

PAGE = ROOT / "docs" / "environment.md"
PLACES = (
    *("include", "dags", "plugins", "docker", "redash"),
    *("Dockerfile", "docker-compose.yaml", ".env.example", "Makefile"),
)
# What every process has, whoever starts it.
OF_THE_SYSTEM = {"PATH", "PYTHONPATH"}

_NAME = re.compile(r"\b[A-Z][A-Z0-9_]*[A-Z0-9]\b")
_OURS = re.compile(r"(?:DANGOL|AIRFLOW|REDASH)_[A-Z0-9_]*[A-Z0-9]")
_COMPOSE = re.compile(r"\$\{([A-Z0-9_]+)")
_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)


@cache
def list_files() -> tuple[Path, ...]:
    places = [ROOT / place for place in PLACES]
    found = [file for place in places for file in (place, *place.rglob("*"))]
    return tuple(file for file in found if file.is_file() and "__pycache__" not in file.parts)


def read_text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="ignore")


def list_reads(source: str) -> Iterator[str]:
    """Names that Python asks the environment for: os.environ["X"], os.environ.get("X"), os.getenv("X")."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ")),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[ast.Constant(value=str(name)), *_]):
                yield name


def list_used() -> set[str]:
    names: set[str] = set()
    for file in list_files():
        text = read_text(file)
        names |= {name for name in _NAME.findall(text) if _OURS.fullmatch(name)}
        if file.suffix == ".py":
            names |= set(list_reads(text))
        if file.name == "docker-compose.yaml":
            names |= set(_COMPOSE.findall(text))
    return names - OF_THE_SYSTEM


def list_rows() -> list[tuple[str, ...]]:
    return _ROW.findall(read_text(PAGE))


def test_every_variable_is_on_the_page() -> None:
    missing = sorted(list_used() - {row[0] for row in list_rows()})
    assert missing == [], "docs/environment.md needs a row for each"


def test_the_page_has_no_variable_that_nothing_uses() -> None:
    known = {name for file in list_files() for name in _NAME.findall(read_text(file))}
    assert sorted({row[0] for row in list_rows()} - known) == []


def test_every_line_of_the_table_is_a_whole_row_of_its_own() -> None:
    lines = [line for line in read_text(PAGE).splitlines() if line.startswith("| `")]
    rows = list_rows()
    assert len(rows) == len(lines) > 60
    assert len({row[0] for row in rows}) == len(rows)


def test_the_template_of_docker_is_on_the_page_with_its_values() -> None:
    values = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", read_text(ROOT / ".env.example"), re.M))
    defaults = {row[0]: row[2] for row in list_rows()}
    shown = {name: f"`{value}`" if value else "`.env`" for name, value in values.items()}
    assert {name: defaults.get(name) for name in shown} == shown


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('os.environ["A"]', ["A"]),
        ('environ.get("A", "")', []),
        ('os.environ.get("A", "")', ["A"]),
        ('os.environ.setdefault("A", "b")', ["A"]),
        ('os.getenv("A")', ["A"]),
        ("os.environ[name]", []),
    ],
)
def test_what_python_asks_the_environment_for_is_found(source: str, names: list[str]) -> None:
    assert list(list_reads(source)) == names
