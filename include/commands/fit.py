"""`dangol fit`: learn, from weeks of the past, in which order the ad list's candidates come."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from include.commands.answer import Answer
from include.commands.steps import read_answer_file, read_date
from include.settings import load_advertiser

_ABOUT = """\
Fits the ranker of an advertiser whose ads.blend is learned, by what users bought in the weeks up to the
as-of date, and keeps it beside the lake. Lists of this as-of date and of later ones are made with it, until
there is a newer one. The weekly evaluation does the same before it judges."""


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "fit", help="learn in which order the ad list's candidates come", description=_ABOUT
    )
    command.add_argument("--advertiser", required=True, metavar="NAME")
    command.add_argument(
        "--as-of",
        type=read_date,
        metavar="DATE",
        help="look at no later day (default: the newest of the lake)",
    )
    command.add_argument(
        "--answer", type=read_answer_file, metavar="FILE", help="write there too what is printed"
    )
    command.set_defaults(run=_fit)


def _fit(options: Namespace) -> Answer:
    from include.steps.fit import fit

    return Answer(fit(load_advertiser(options.advertiser), options.as_of))
