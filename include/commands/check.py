"""`dangol check`: every mistake of the YAMLs at once, and whether what they name is there and open to us."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from include import settings
from include.commands.answer import Answer
from include.commands.findings import Finding, catch_failures, compose_answer
from include.feeds.registry import load_feed
from include.settings import Advertiser, advertiser_files, read_advertiser

_ABOUT = (
    "Reads the YAMLs and names every mistake, with its line and what was probably meant; then tries the"
    " warehouse, the landing folders, the lake, the schemas and the role of analysts. Changes nothing: the"
    " file that it writes into the lake is removed again. Exit code 1 where something is wrong, 75 where only"
    " a connection failed."
)


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "check", help="every mistake of the YAMLs, and whether their places and the warehouse are right",
        description=_ABOUT,
    )  # fmt: skip
    add_choice(command)
    command.set_defaults(run=_run)


def add_choice(command: Any) -> None:
    """The options of commands that look at advertisers, by default at all."""
    known = ", ".join(path.stem for path in advertiser_files()) or "there is none yet"
    command.add_argument(
        "--advertiser", nargs="+", metavar="NAME", default=[], help=f"some of: {known} (default: all)"
    )
    command.add_argument("--json", action="store_true", help="for machines")


def _run(options: Namespace) -> Answer:
    return compose_answer(check_advertisers(options.advertiser), as_json=options.json)


def check_advertisers(names: list[str]) -> list[Finding]:
    """Check those advertisers, or all. Raises nothing for what is wrong with them."""
    from include.commands.check_places import check_places
    from include.commands.check_warehouse import check_warehouse

    found: list[Finding] = []
    right: list[Advertiser] = []
    if not names and not advertiser_files():
        said = f"there is none in {settings.ADVERTISERS}: copy template.yaml to a name of its own."
        found.append(Finding("", "settings", "doubtful", said))
    for path in list_files(names):
        with catch_failures(found, path.stem, "settings"):
            advertiser = read_advertiser(path)
            found.append(Finding(path.stem, "settings", "right", f"{path.name} has no mistake."))
            found += _list_doubts(advertiser)
            right.append(advertiser)
    for advertiser in right:
        found += check_places(advertiser)
    return found + check_warehouse(advertiser.name for advertiser in right)


def list_files(names: list[str]) -> list[Path]:
    """The YAMLs of those names, which need not be there, or all."""
    return [settings.ADVERTISERS / f"{name}.yaml" for name in names] if names else advertiser_files()


def _list_doubts(advertiser: Advertiser) -> list[Finding]:
    """Columns of ours that are read from one of theirs that is called like another of ours."""
    found = []
    for feed, delivered in advertiser.feeds.items():
        ours = load_feed(feed).names
        for column in delivered.columns:
            for theirs in delivered.source(column).columns:
                if theirs in ours and theirs != column:
                    said = (
                        f"feeds.{feed}.columns reads our {column} from their {theirs}, which is called like"
                        f" another column of ours: is that meant, or should it be {theirs}: {column}?"
                    )
                    found.append(Finding(advertiser.name, "settings", "doubtful", said))
    return found
