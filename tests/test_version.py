"""The version is told in one way everywhere, and docs/how-to/release-the-project.md does what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from include.settings import ROOT
from include.version import VERSION
from tests.checkouts import list_blocks
from tests.compose import read_compose

PAGE = ROOT / "docs" / "how-to" / "release-the-project.md"
HEADINGS = re.findall(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)


def read_number(version: str) -> tuple[int, ...]:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version), version
    return tuple(map(int, version.split(".")))


def test_the_changelog_begins_with_this_version() -> None:
    assert HEADINGS[0][0] == VERSION
    for (newer, _), (older, told) in pairwise(HEADINGS):
        assert read_number(newer) > read_number(older)
        assert date.fromisoformat(told), "only the newest may be unreleased"
    assert HEADINGS[0][1] == "unreleased" or date.fromisoformat(HEADINGS[0][1])


def test_every_heading_of_the_changelog_is_a_version() -> None:
    titles = re.findall(r"^## .+$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert titles == [f"## {version} ({told})" for version, told in HEADINGS]


def test_the_image_is_named_by_the_version() -> None:
    images = {service["image"] for service in read_compose()["services"].values() if "build" in service}
    assert images == {f"dangol:{VERSION}"}


def test_the_project_takes_its_version_from_the_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"] and project["project"]["dynamic"] == ["version"]
    module, _, name = project["tool"]["setuptools"]["dynamic"]["version"]["attr"].rpartition(".")
    assert (module, name) == ("include.version", "VERSION")


def test_the_command_prints_it() -> None:
    command = [sys.executable, "-m", "include.run", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{VERSION}\n", "")


@pytest.fixture
def example() -> dict[str, list[str]]:
    """The blocks of the page by their kind."""
    blocks: dict[str, list[str]] = {}
    for _, kind, block in list_blocks(PAGE):
        blocks.setdefault(kind, []).append(block)
    return blocks


def test_the_page_is_what_happens(tmp_path: Path, example: dict[str, list[str]]) -> None:
    """In a repository of the files that the page changes, with a place to push to."""
    checkout = tmp_path / "checkout"
    for path in ("include/version.py", "CHANGELOG.md", "docker-compose.yaml"):
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, checkout / path)

    def run(commands: str) -> str:
        settings = ("user.name=A", "user.email=a@example.com", "init.defaultBranch=main")
        config = " ".join(f"-c {setting}" for setting in settings)
        script = f'git() {{ command git {config} "$@"; }}\n{commands}'
        done = subprocess.run(["sh", "-ec", script], cwd=checkout, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(
        "git init --quiet && git init --quiet --bare ../origin.git && git remote add origin ../origin.git\n"
        "git add . && git commit --quiet --message Before && git push --quiet --set-upstream origin main"
    )
    [line], [heading, printed] = example["python"], example["text"]
    for path, pattern, new in (
        ("include/version.py", r"^VERSION.*\n", line),
        ("CHANGELOG.md", r"^## .*\n", heading),
    ):
        text = (checkout / path).read_text(encoding="utf-8")
        changed, times = re.subn(pattern, new, text, count=1, flags=re.M)
        assert times == 1 and changed != text
        (checkout / path).write_text(changed, encoding="utf-8")
    [commands] = example["sh"]
    assert run(commands) == printed
    assert run("git ls-remote --tags origin").splitlines()[0].endswith("refs/tags/v0.2.0")
    assert run("git status --porcelain") == ""
    program = "from include.version import VERSION; print(VERSION)"
    said = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True)
    assert said.stdout == "0.2.0\n"
