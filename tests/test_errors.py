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


def name_file(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


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


# Who says every error of ours alike, whichever branch it is of.
ALIKE = {
    "docker/init_airflow.py",
    "docker/upload_landing.py",
    "include/local/__main__.py",
    "include/samples/__main__.py",
    "include/steps/calibrate.py",
    "plugins/messages.py",
}


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_the_root_is_only_caught_and_where_both_branches_are_meant(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    uses = sum(isinstance(node, ast.Name) and node.id == "DangolError" for node in ast.walk(tree))
    caught = [
        handler.type
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler) and isinstance(handler.type, ast.Name)
    ]
    catches = sum(name.id == "DangolError" for name in caught)
    expected = 1 if name_file(path) in ALIKE else 0
    # The classes of the two branches are those that name it in errors.py.
    assert (uses, catches) == ((2, 0) if name_file(path) == "include/errors.py" else (expected, expected)), (
        "say PermanentError or TransientError, or a class below them"
    )
