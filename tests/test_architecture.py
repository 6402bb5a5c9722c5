"""Imports go one way, and every package that the code imports is one that requirements.in names."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for top in ("dags", "plugins", "include") for path in (ROOT / top).rglob("*.py"))

# Told once for all rooms: names of columns, the published tables, words of errors, how a file is replaced,
# the progress of long work, the machine's memory.
COMMON = (
    "include.columns",
    "include.tables",
    "include.errors",
    "include.expectations",
    "include.files",
    "include.memory",
    "include.progress",
)
SHARED = ("include.settings", "include.state", "include.connections", *COMMON)

# What a folder's files may import of the house; the longest matching folder decides. Arrows go down only.
ALLOWED = {
    "include/kernels": ("include.kernels",),
    "include/feeds": ("include.feeds", *COMMON),
    "include/dataset": ("include.dataset", "include.kernels", "include.feeds", *COMMON),
    "include/models": ("include.models", "include.dataset", "include.kernels", *COMMON),
    "include/candidates": (
        "include.candidates",
        "include.models",
        "include.dataset",
        "include.kernels",
        *COMMON,
    ),
    "include/capacity": (
        "include.capacity",
        "include.kernels",
        "include.models",
        "include.candidates",
        "include.dataset",
        *SHARED,
    ),
    "include/ingest": ("include.ingest", "include.feeds", *SHARED),
    "include/warehouse": ("include.warehouse", "include.models.base", "include.kernels", *SHARED),
    "include/settings": (
        "include.settings",
        "include.feeds",
        "include.models.base",
        "include.models.registry",
        "include.candidates",
        *COMMON,
    ),
    "include/evaluation": (
        "include.evaluation",
        "include.candidates",
        "include.models",
        "include.dataset",
        "include.kernels",
        *SHARED,
    ),
    "include/samples": ("include.samples", "include.errors"),
    "include": ("include",),
    "plugins": ("plugins", "include"),
    "dags": ("plugins", "include"),
}
# What who wants it installs: each is imported where it is used, with a sentence where it is missing.
OPTIONAL = {"model2vec", "sentence_transformers"}
# Numerics and ids know nothing of files, of a database or of Airflow.
PURE = {
    "include/kernels": {"numpy", "scipy", "numba", "llvmlite", "threadpoolctl"},
    "include/dataset": {"numpy", "scipy", "pyarrow"},
    "include/models": {
        *{"numpy", "scipy", "pyarrow", "implicit", "gensim", "sklearn", "pydantic", "threadpoolctl"},
        *OPTIONAL,
    },
    "include/candidates": {"numpy", "scipy", "pyarrow", "pydantic", "lightgbm", "sklearn", "threadpoolctl"},
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def list_imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Dotted names that a file imports; those under `if TYPE_CHECKING` bind nothing at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        or (top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_house(name: str) -> bool:
    return name.split(".")[0] in ("include", "plugins", "dags", "tests")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    folder = max((f for f in ALLOWED if relative.startswith(f + "/")), key=len)
    strays = [
        name
        for name in list_imports(path)
        if is_house(name) and not f"{name}.".startswith(tuple(f"{allowed}." for allowed in ALLOWED[folder]))
    ]
    assert strays == []


@pytest.mark.parametrize("folder", PURE)
def test_numerics_are_pure(folder: str) -> None:
    known = PURE[folder] | set(sys.stdlib_module_names) | {"include"}
    strays = {
        name
        for path in (ROOT / folder).rglob("*.py")
        for name in list_imports(path)
        if name.split(".")[0] not in known
    }
    assert strays == set()


def test_nobody_imports_what_is_behind_the_door_of_the_kernels() -> None:
    import include.kernels

    outside = [
        path for top in ("dags", "plugins", "include", "benchmarks") for path in (ROOT / top).rglob("*.py")
    ]
    door = {f"include.kernels.{name}" for name in include.kernels.__all__}
    strays = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in outside
        if "include/kernels/" not in path.as_posix()
        for name in list_imports(path)
        if name.startswith("include.kernels.") and name not in door
    }
    assert strays == set()


def test_the_driver_of_the_warehouse_is_known_behind_its_door_alone() -> None:
    """What is local runs the server itself, and `dangol check` says of this kind of server what is wrong."""
    inside = ("include/warehouse/postgres/", "include/local/", "include/commands/check_warehouse.py")
    door = {"include/warehouse/__init__.py"}
    strays = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if not path.relative_to(ROOT).as_posix().startswith(inside)
        for name in list_imports(path)
        if f"{name}.".startswith(("psycopg.", "include.warehouse.postgres."))
        and not (path.relative_to(ROOT).as_posix() in door and not name.startswith("psycopg"))
    }
    assert strays == set()


def test_nothing_in_production_imports_what_is_local() -> None:
    strays = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if "include/local/" not in path.as_posix()
        for name in list_imports(path)
        if f"{name}.".startswith("include.local.")
    }
    assert strays == set()


def test_steps_import_no_airflow() -> None:
    """They run where it is not installed; one file knows how to ask it for a connection."""
    strays = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] == "include" and path != ROOT / "include" / "connections.py"
        for name in list_imports(path)
        if name.split(".")[0] == "airflow"
    }
    assert strays == set()
    top = {name.split(".")[0] for name in list_imports(ROOT / "include/connections.py", top_level_only=True)}
    assert "airflow" not in top


def test_there_is_no_circle() -> None:
    known = {module_name(path) for path in FILES}
    edges = {
        module_name(path): {
            target
            for name in list_imports(path)
            for target in (name, name.rpartition(".")[0])
            if target in known and target != module_name(path)
        }
        for path in FILES
    }
    while leaves := {module for module, targets in edges.items() if not targets & edges.keys()}:
        for leaf in leaves:
            del edges[leaf]
    assert edges == {}, "these modules import each other in a circle"


def test_requirements_name_every_direct_import() -> None:
    named = {
        re.split(r"[\[=<>~ ]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    distributions = packages_distributions()
    missing = {}
    for path in FILES:
        for name in list_imports(path):
            top = name.split(".")[0]
            if is_house(name) or top in sys.stdlib_module_names | OPTIONAL:
                continue
            candidates = {d.lower().replace("_", "-") for d in distributions.get(top, [top])}
            if top == "airflow":
                provider = re.match(r"airflow\.providers\.(\w+)\.", name)
                candidates = {f"apache-airflow-providers-{provider[1]}" if provider else "apache-airflow"}
            if not candidates & named:
                missing[name] = path.relative_to(ROOT).as_posix()
    assert missing == {}


@pytest.mark.parametrize(
    "package",
    [
        "airflow",
        "airflow.providers.amazon",
        "pandas",
        "scipy",
        "implicit",
        "sqlalchemy",
        "great_expectations",
    ],
)
def test_what_the_project_is_built_on_is_used(package: str) -> None:
    assert any(f"{name}.".startswith(f"{package}.") for path in FILES for name in list_imports(path))
