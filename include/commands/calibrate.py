"""`dangol calibrate`: measure what the stages cost on this machine."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from include.commands.answer import Answer


def add_commands(commands: Any) -> None:
    from include.steps.calibrate import USERS

    command = commands.add_parser(
        "calibrate",
        help="measure what the stages cost on this machine, for the preflight of its runs",
        description=(
            "Run the stages after the window on synthetic malls of several sizes, each in a process of its"
            " own, and fit their seconds and memory to the work. Takes three minutes; the machine should do"
            " nothing else. Stage and gate use a schema of the warehouse that is dropped again; without a"
            " warehouse they keep the reference machine's constants."
        ),
    )
    command.add_argument(
        "--users",
        type=int,
        nargs="+",
        default=USERS,
        metavar="N",
        help=f"users of each mall ({' '.join(map(str, USERS))}); larger malls take longer and tell more",
    )
    command.add_argument(
        "--to", type=Path, metavar="FILE", help="write the constants there (DANGOL_STATE/calibration.json)"
    )
    command.set_defaults(run=_calibrate)


def _calibrate(options: Namespace) -> Answer:
    from include.steps.calibrate import calibrate

    return Answer(calibrate(options.users, options.to))
