"""`dangol rollback` and `dangol mend`: put right what readers see."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from include.commands.answer import Answer
from include.commands.steps import read_date
from include.settings import load_advertiser


def add_commands(commands: Any) -> None:
    rollback = commands.add_parser(
        "rollback",
        help="take the current release away; the one before it is current then",
        description="The current release becomes rolled_back, and readers see the newest published release of"
        " a date before it, or that of --to. Ends when they do.",
    )
    rollback.add_argument("--to", type=read_date, metavar="DATE", help="the as-of date to go to, YYYY-MM-DD")
    rollback.set_defaults(run=_roll_back)
    mend = commands.add_parser(
        "mend",
        help="show readers what is published, after the server's clock was wrong",
        description="Readers see from now on what the table releases calls published and current: for when a"
        " clock that ran ahead has left moments in the future. Changes nothing else; safe to repeat.",
    )
    mend.set_defaults(run=_mend)
    for command in (rollback, mend):
        command.add_argument("--advertiser", required=True, metavar="NAME")


def _roll_back(options: Namespace) -> Answer:
    from include.steps.release import roll_back_release

    return Answer(roll_back_release(load_advertiser(options.advertiser), options.to))


def _mend(options: Namespace) -> Answer:
    from include.steps.release import mend_state

    return Answer(mend_state(load_advertiser(options.advertiser)))
