"""python -m include.samples: write the landing files of a sample, as a mall delivers them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import DangolError

if TYPE_CHECKING:
    from include.samples.landing import LandingFolder

_KEPT = (
    "A file appears whole or not at all; files that are already there and intact are kept, so a writer that"
    " was killed is carried on by the same command. DIR must be empty or hold this sample."
)


def main(arguments: list[str] | None = None) -> int:
    options = _make_parser().parse_args(arguments)
    started = time.monotonic()
    try:
        folder = options.write(options)
    except DangolError as error:
        print(f"include.samples: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("include.samples: interrupted; the same command carries on.", file=sys.stderr)
        return 130
    print(_describe(folder, time.monotonic() - started))
    return 0


def _write_completejourney(options: argparse.Namespace) -> LandingFolder:
    from include.samples.completejourney import FIRST_DAY, LAST_DAY, write_completejourney

    first, until = options.first or FIRST_DAY, options.until or LAST_DAY
    return write_completejourney(options.to, first, until, options.force, _show_progress)


def _write_ssg(options: argparse.Namespace) -> LandingFolder:
    from include.samples.ssg import Settings, write_ssg

    names = ("users", "items", "purchases", "days", "seed", "end", "dirty_share", "cancel_share")
    settings = Settings(**{name: getattr(options, name) for name in names}, feeds=options.feeds)
    return write_ssg(options.to, settings, options.force, _show_progress)


def _show_progress(names: list[str]) -> Iterable[str]:
    from tqdm import tqdm

    # disable=None: a bar in a terminal, silence in a log.
    return tqdm(names, unit="file", desc="landing files", disable=None)


def _describe(folder: LandingFolder, seconds: float) -> str:
    names = folder.written + folder.reused
    lines = folder.count_rows(name for name in names if name.startswith("purchases/"))
    days = sum(name.startswith("purchases/") for name in names)
    sentences = [
        f"{folder.manifest['sample']}: {lines:,} purchase lines of {days} days in {folder.root}:"
        f" {len(folder.written)} files written, {len(folder.reused)} reused, {seconds:.1f} s."
    ]
    if folder.cut_off:
        sentences.append("An earlier run had been cut off; this one carried on.")
    for name, value in folder.manifest["facts"].items():
        shown = value if isinstance(value, dict) else {"": value}
        text = ", ".join(f"{key} {count:,}".strip() for key, count in shown.items())
        sentences.append(f"  {name.replace('_', ' ')}: {text}")
    return "\n".join(sentences)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.samples", description=__doc__.split(": ", 1)[1])
    samples = parser.add_subparsers(title="samples", required=True, metavar="SAMPLE")

    journey = samples.add_parser(
        "completejourney",
        help="a year of real grocery purchases (The Complete Journey, 2017)",
        description="1,469,307 real purchase lines of 2,469 households, in days of America/New_York, and"
        " the catalogue on Sundays. " + _KEPT,
    )
    journey.add_argument("--from", dest="first", type=_day, metavar="DATE", help="first day (2017-01-01)")
    journey.add_argument("--until", type=_day, metavar="DATE", help="last day, included (2017-12-31)")
    journey.set_defaults(write=_write_completejourney)

    ssg = samples.add_parser(
        "ssg",
        help="a synthetic Korean mall of any size",
        description="Orders, cancellations and some dirty rows, in days of Asia/Seoul, and the catalogue on"
        " the first day and halfway; with --feeds also what led to the orders. The same options write the"
        " same bytes. " + _KEPT,
    )
    for name, default, text in (
        ("users", 600_000, "how many users"),
        ("items", 400_000, "how many items the catalogue holds"),
        ("purchases", 6_000_000, "how many purchase lines, to which cancellations and dirty rows are added"),
        ("days", 30, "how many days"),
        ("seed", 0, "which mall of that size"),
    ):
        ssg.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{text} ({default:,})")
    ssg.add_argument(
        "--end", type=_day, metavar="DATE", help="last day (as many days as asked, from 2026-01-01)"
    )
    for name, share, text in (
        ("dirty-share", 0.001, "dirty rows per purchase line"),
        ("cancel-share", 0.02, "cancellations per purchase line"),
    ):
        help_text = f"{text} ({share})"
        ssg.add_argument(f"--{name}", type=float, default=share, metavar="SHARE", help=help_text)
    ssg.add_argument(
        "--feeds",
        type=_names,
        default=(),
        metavar="FEEDS",
        help="views,carts or one of them: what people look at and put into carts before they buy, and without"
        " buying; about 4 views and 1.3 carts per purchase line (none)",
    )
    ssg.set_defaults(write=_write_ssg)

    for sample in (journey, ssg):
        sample.add_argument("--to", type=Path, required=True, metavar="DIR", help="the landing folder")
        sample.add_argument("--force", action="store_true", help="write again what is there")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2017-12-31") from None


if __name__ == "__main__":
    sys.exit(main())
