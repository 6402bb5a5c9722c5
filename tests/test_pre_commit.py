"""A commit is checked as continuous integration will check it: the hooks are the commands of `make lint`."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from include.settings import ROOT

CONFIG: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = [hook for repo in CONFIG["repos"] for hook in repo["hooks"]]


def list_lint_commands() -> list[str]:
    planned = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "lint"], cwd=ROOT, capture_output=True, text=True
    )
    assert planned.returncode == 0, planned.stderr
    return [command.strip() for command in re.findall(r"\.venv/bin/[^;\n]+", planned.stdout)]


def test_the_hooks_are_what_make_lint_runs() -> None:
    commands = list_lint_commands()
    assert len(commands) == 4
    assert [hook["entry"] for hook in HOOKS] == commands


def test_nothing_is_fetched() -> None:
    assert set(CONFIG) == {"repos"}
    assert [set(repo) for repo in CONFIG["repos"]] == [{"repo", "hooks"}]
    assert [repo["repo"] for repo in CONFIG["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_has_what_pre_commit_asks_for(hook: dict[str, Any]) -> None:
    assert set(hook) == {"id", "name", "entry", "language", "files", "pass_filenames"}
    assert all(isinstance(hook[key], str) and hook[key] for key in ("id", "name", "entry", "files"))
    assert hook["pass_filenames"] is False, "the commands say themselves what they look at"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("include/errors.py", {"ruff-check", "ruff-format", "mypy"}),
        ("pyproject.toml", {"ruff-check", "ruff-format", "mypy"}),
        ("docker-compose.yaml", {"compose-schema"}),
        ("README.md", set()),
        ("include/sql/releases/table.sql", set()),
    ],
)
def test_a_hook_runs_where_a_file_of_its_kind_has_changed(path: str, names: set[str]) -> None:
    assert {hook["id"] for hook in HOOKS if re.search(hook["files"], path)} == names


def test_ids_are_different() -> None:
    assert len({hook["id"] for hook in HOOKS}) == len(HOOKS)
