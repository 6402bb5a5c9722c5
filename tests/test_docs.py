"""What the documents name is there: make targets, commands and their options, files, links, DAGs, tables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.settings import load_advertisers
from include.tables import RELEASE_TABLES, load_table

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "redash" / "README.md"])
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
# What the readers of the pages docs/how-to/add-….md make.
READERS_OWN = ("gift_shop", "bought_together", "wishlists", "min_price", "reciprocal_rank")

_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
_INDENTED = re.compile(r"^ {4}\S.*$", re.M)
_SPAN = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"^(?:\.venv/bin/)?dangol((?: [^\n&|;)`#]*)?)", re.M)
_MODULE = re.compile(r"python3? -m ([\w.]+)((?: [^\n&|;)`]*)?)")


def list_code(page: Path) -> list[str]:
    """Code blocks and code spans of a page."""
    text = page.read_text(encoding="utf-8")
    rest = _BLOCK.sub("", text)
    return _BLOCK.findall(text) + _INDENTED.findall(rest) + _SPAN.findall(rest)


def name_page(page: Path) -> str:
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=name_page)


@each_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for code in list_code(page) for name in re.findall(r"\bmake ([a-z][a-z-]*)", code)}
    assert named <= targets


def list_commands() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Module, sub-command and options of each `python -m …` and `dangol …` that a page shows."""
    for page in PAGES:
        for code in list_code(page):
            text = code.replace("\\\n", " ")
            found = [*_MODULE.findall(text), *(("include.run", rest) for rest in _COMMAND.findall(text))]
            for module, rest in found:
                words = rest.split()
                first = words[0] if words and re.fullmatch(r"[a-z]+([-_][a-z]+)*", words[0]) else ""
                options = frozenset(word for word in words if re.fullmatch(r"--[a-z-]+", word))
                yield module, first, options


@pytest.mark.parametrize(("module", "command"), sorted({command[:2] for command in list_commands()}))
def test_every_module_answers_help_and_knows_its_options(module: str, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *filter(None, [command]), "--help"],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for named, first, options in list_commands():
        if (named, first) == (module, command):
            assert [option for option in options if option not in done.stdout] == []


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"\w+:", target):
            file, _, anchor = target.partition("#")
            found = (page.parent / file).resolve() if file else page
            assert found.exists(), target
            titles = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.M) if anchor else []
            assert not anchor or anchor in [title.lower().replace(" ", "-") for title in titles], target


def is_there(path: str) -> bool:
    """Whether a path is, with any name in the place of <…> or NAME."""
    return any(ROOT.glob(re.sub(r"<\w+>|\bNAME\b", "*", path).rstrip("/")))


@each_page
def test_every_file_exists(page: Path) -> None:
    for code in list_code(page):
        for path in re.findall(rf"(?<![\w/.$-])(?:{'|'.join(FOLDERS)})/[\w./*<>-]*", code):
            assert is_there(path) or any(name in path for name in READERS_OWN), path
        for name in re.findall(r"^[\w.-]+\.(?:md|py|ya?ml|toml|sql|sh|in|txt)$", code):
            folders = [ROOT, *(ROOT / folder for folder in FOLDERS)]
            found = [match for folder in folders[1:] for match in folder.rglob(name)]
            assert found or (ROOT / name).exists() or "override" in name, name


@each_page
def test_every_dag_exists(page: Path) -> None:
    known = {
        f"{advertiser.name}_{kind}"
        for advertiser in load_advertisers()
        for kind in ("ingest", "recommendations", "evaluation", "live")
    }
    known |= {f"gift_shop_{kind}" for kind in ("ingest", "recommendations", "evaluation", "live")}
    known.add("user_recommendations")
    for code in list_code(page):
        named = set(re.findall(r"(?<![\w>./-])[a-z]\w*_(?:ingest|recommendations|evaluation|live)\b", code))
        assert named <= known


@each_page
def test_every_table_exists(page: Path) -> None:
    sql = ROOT / "include" / "sql"
    tables = {path.parent.name for path in sql.glob("*/table.yaml")}
    views = {f"{table}_current" for table in (*RELEASE_TABLES, "releases")}
    views |= {"ads_now", "ads_for"}
    views |= {f"{table}_available" for table in RELEASE_TABLES if load_table(table).available}
    schemas = "|".join(advertiser.name for advertiser in load_advertisers())
    for code in list_code(page):
        named = set(re.findall(rf"\b(?:{schemas})\.([a-z_]+)\b(?!\.)", code))
        if "make sql Q=" in code:
            named |= set(re.findall(r"\b(?:FROM|JOIN) ([a-z_]+)\b(?!\.)", code))
        assert named - {"yaml", "yml"} <= tables | views
