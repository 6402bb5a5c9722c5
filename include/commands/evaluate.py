"""`dangol evaluate`: how good the ad list and its rivals would have been on days of the past."""

from __future__ import annotations

import logging
from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Iterator, Mapping
from typing import Any, Final

from include.commands.answer import Answer
from include.commands.steps import read_answer_file, read_date
from include.commands.tables import compose_table
from include.settings import advertiser_files, load_advertiser

log = logging.getLogger(__name__)

_COLUMNS: Final = (
    "contender",
    "users",
    "ndcg new",
    "against the ads",
    "ndcg all",
    "against the ads",
    "coverage",
)


def add_commands(commands: Any) -> None:
    known = ", ".join(path.stem for path in advertiser_files()) or "there is none yet"
    about = "how good the ad list, its sources and simple baselines would have been on days of the past"
    command = commands.add_parser("evaluate", help=about, description=about)
    command.add_argument("--advertiser", required=True, metavar="NAME", help=f"of: {known}")
    command.add_argument(
        "--as-of",
        type=read_date,
        metavar="DATE",
        help="the last day of purchases that is looked at (default: the newest of the lake)",
    )
    for name, text in (
        ("--splits", "so many windows (default: evaluation.splits)"),
        ("--every", "so many days apart (default: evaluation.every)"),
        ("--k", "the first so many items of a list count (default: evaluation.k)"),
    ):
        command.add_argument(name, type=read_count, metavar="N", help=text)
    command.add_argument(
        "--test-days",
        type=_read_counts,
        metavar="N,N",
        help="judge by the purchases of so many days, each number apart (default: evaluation.test_days)",
    )
    command.add_argument(
        "--contenders", type=_read_names, metavar="A,B", help="these alone, beside ad_candidates"
    )
    command.add_argument(
        "--record",
        action=BooleanOptionalAction,
        help="replace what the warehouse has of the as-of date (default: where nothing else is asked for than"
        " the settings say, so that a closer look replaces no evaluation)",
    )
    command.add_argument(
        "--answer", type=read_answer_file, metavar="FILE", help="write there too what is printed"
    )
    command.set_defaults(run=_run)


def read_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise ArgumentTypeError(f"{text!r} is no number from 1 to 9999")
    return int(text)


def _read_counts(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(read_count(part.strip()) for part in text.split(",")))


def _read_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _run(options: Namespace) -> Answer:
    from include.steps.evaluate import Asked, evaluate

    asked = Asked(options.splits, options.every, options.test_days, options.k, options.contenders)
    advertiser = load_advertiser(options.advertiser)
    record = asked == Asked() if options.record is None else options.record
    summary = evaluate(advertiser, options.as_of, asked, record=record)
    for line in compose_figures(summary):
        log.info("%s", line)
    if not record:
        log.info(
            "Nothing is recorded; --record would replace what the warehouse has of %s.", summary["as_of"]
        )
    return Answer(summary)


def compose_figures(summary: Mapping[str, Any]) -> Iterator[str]:
    """A table for each number of test days: contenders from the best ndcg of new purchases."""
    for days in summary["test_days"]:
        figures = {
            (figure["contender"], figure["purchases"], figure["metric"]): figure
            for figure in summary["figures"]
            if figure["test_days"] == days
        }
        names = dict.fromkeys(name for name, *_ in figures)
        yield f"{len(summary['splits'])} splits, {days} test days, the first {summary['k']} items:"
        rows = []
        for name in sorted(
            names, key=lambda name: -(figures.get((name, "new", "ndcg"), {}).get("value") or 0)
        ):
            new, every = (figures.get((name, purchases, "ndcg"), {}) for purchases in ("new", "all"))
            users = every.get("users", 0)
            coverage = figures.get((name, "all", "coverage"), {})
            rows.append(
                (
                    name,
                    f"{users:,}",
                    _tell(new, "value", "low", "high"),
                    _tell(new, "difference", "difference_low", "difference_high", sign="+"),
                    _tell(every, "value", "low", "high"),
                    _tell(every, "difference", "difference_low", "difference_high", sign="+"),
                    _tell(coverage, "value"),
                )
            )
        yield from compose_table(_COLUMNS, rows)
    yield from (*summary["notes"], *summary["warnings"])


def _tell(figure: Mapping[str, Any], value: str, *ends: str, sign: str = "") -> str:
    """0.1234 [0.1200, 0.1268], or a dash for what there is not."""
    if figure.get(value) is None:
        return "–"
    told = f"{figure[value]:{sign}.4f}"
    if any(figure.get(end) is None for end in ends) or not ends:
        return told
    low, high = (f"{figure[end]:{sign}.4f}" for end in ends)
    return f"{told} [{low}, {high}]"
