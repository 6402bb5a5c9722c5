"""The layout in README.md is the repository's: every entry at the top, and every room of include/."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch

from include.settings import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LAYOUT = re.search(r"^## Repository layout\n\n```text\n(.*?)^```", README, re.M | re.S)
assert LAYOUT
LINES = LAYOUT[1].splitlines()


def list_tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def list_named(text: str) -> set[str]:
    """Names of files and folders, an `*` in them included."""
    return set(re.findall(r"(?<![\w./])(?:\.?[\w*-]+/|\.?[\w*-]*\.[a-z]+|[A-Z]\w+file|LICENSE)(?!\w)", text))


def test_every_entry_at_the_top_is_there_and_no_other() -> None:
    tracked = {f"{name.partition('/')[0]}/" if "/" in name else name for name in list_tracked()}
    first = [line.split()[0] for line in LINES if not line.startswith(" ")]
    assert len(first) == len(set(first))
    named = list_named("\n".join(line for line in LINES if not line.startswith(" "))) - {"results/"}
    assert set(first) <= named
    assert {entry for entry in tracked if not any(fnmatch(entry, name) for name in named)} == set()
    assert {name for name in named if not any(fnmatch(entry, name) for entry in tracked)} == set()


def test_every_room_of_include_has_a_line() -> None:
    rooms = {name.split("/")[1] + "/" for name in list_tracked() if re.match(r"include/\w+/", name)}
    first = [line.split()[0] for line in LINES if re.match(r" {2}\S", line)]
    assert set(first) == rooms | {"*.py"}
    assert len(first) == len(rooms) + 1


def test_every_line_says_what_it_is() -> None:
    assert [line for line in LINES if len(line.split()) < 3 and line != "include/"] == []
