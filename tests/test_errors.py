"""Every error of ours is of one of the two branches, which decide about another try."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from include import errors
from include.errors import (
    DangolError,
    PermanentError,
    StorageError,
    TransientError,
    WarehouseUnavailableError,
)

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path
    for top in ("dags", "plugins", "include", "benchmarks", "docker", "redash")
    for path in (ROOT / top).rglob("*.py")
)
NAMED = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind is not DangolError]


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.__name__)
def test_an_error_is_permanent_or_transient(kind: type[Exception]) -> None:
    assert issubclass(kind, DangolError)
    assert issubclass(kind, PermanentError) != issubclass(kind, TransientError)
    assert not issubclass(kind, ValueError)  # which is a bug, and must not be taken for a refusal


def test_what_is_worth_another_try_is_the_warehouse_and_the_storage() -> None:
    assert {kind for kind in NAMED if issubclass(kind, TransientError)} == {
        TransientError,
        WarehouseUnavailableError,
        StorageError,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_raises_or_extends_the_root(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bases = [base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    names = [node.id for node in (*called, *bases) if isinstance(node, ast.Name)]
    if path.name != "errors.py":
        assert "DangolError" not in names, "say PermanentError or TransientError, or a class below them"
