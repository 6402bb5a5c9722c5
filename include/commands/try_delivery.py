"""`dangol try-delivery`: what ingest would make of a delivery, before anything is written."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from include.commands.answer import DONE, WRONG, Answer
from include.commands.steps import read_date
from include.commands.tables import compose_table
from include.settings import advertiser_files, load_advertiser

if TYPE_CHECKING:
    from include.ingest.column_readings import ColumnReading
    from include.ingest.trial import Trial

_ABOUT = (
    "Reads what the mall delivered for one day, and writes nothing: tells what it understands of each column,"
    " with three masked examples (letters are x, digits 9), which lines it would quarantine and why, and"
    " tries which settings would cure that. Exit code 1 where the day would be refused."
)


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "try-delivery", help="what ingest would make of one day, and what would cure it", description=_ABOUT
    )
    known = ", ".join(path.stem for path in advertiser_files()) or "there is none yet"
    command.add_argument("--advertiser", required=True, metavar="NAME", help=f"of: {known}")
    command.add_argument(
        "--day", required=True, type=read_date, metavar="DATE", help="the delivered day, YYYY-MM-DD"
    )
    command.add_argument("--feed", nargs="+", metavar="FEED", default=[], help="default: all of its feeds")
    command.add_argument("--json", action="store_true", help="for machines")
    command.set_defaults(run=_run)


def _run(options: Namespace) -> Answer:
    from include.ingest.trial import try_delivery

    advertiser = load_advertiser(options.advertiser)
    trials = [try_delivery(advertiser, feed, options.day) for feed in options.feed or advertiser.feeds]
    refused = [trial for trial in trials if trial.refusal and advertiser.feeds[trial.feed].required]
    text = None if options.json else "\n\n".join(compose_trial(trial) for trial in trials)
    return Answer([asdict(trial) for trial in trials], text, WRONG if refused else DONE)


def compose_trial(trial: Trial) -> str:
    """The trial as text for people."""
    return "\n".join(_list_paragraphs(trial))


def _list_paragraphs(trial: Trial) -> Iterator[str]:
    yield f"{trial.feed} of {trial.day}: {'would be refused' if trial.refusal else 'would be accepted'}"
    if trial.refusal:
        yield f"  {trial.refusal}"
    if trial.files:
        counts = {
            "lines": trial.lines,
            "accepted": trial.accepted,
            "duplicates": trial.duplicates,
            "guests dropped": trial.guests,
            "left out by where": trial.filtered,
        }
        said = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count or name == "accepted")
        yield f"  files {len(trial.files):,}, {said}"
    if trial.columns:
        yield "\n  What is understood of each column:"
        yield from compose_table(
            ("column", "theirs", "read", "empty", "not read", "examples"),
            [_list_cells(column) for column in trial.columns],
        )
    if trial.reasons:
        yield "\n  Lines that would be quarantined:"
        yield from (f"  {count:>9,}  {reason}" for reason, count in trial.reasons)
    if trial.warnings:
        yield "\n  Warnings:"
        yield from (f"  {warning}" for warning in trial.warnings)
    if trial.cures:
        yield (
            f"\n  Settings that would help (tried on lines: {trial.tried:,}, of which are accepted as it is:"
            f" {trial.accepted_of_tried:,}):"
            if trial.tried
            else "\n  Settings with which it can be read:"
        )
        for cure in trial.cures:
            yield f"  # accepted with this: {cure.accepted:,}"
            yield "\n".join(f"  {line}" for line in cure.setting.splitlines())
    elif trial.refusal or trial.reasons:
        yield "\n  None of the usual settings helps: the sentences above say what to look at."


def _list_cells(column: ColumnReading) -> tuple[str, ...]:
    if not column.is_there:
        return column.name, column.source, "not there", "", "", ""
    counts = (f"{count:,}" for count in (column.read, column.empty, column.unread))
    return column.name, column.source, *counts, "  ".join(column.examples)
