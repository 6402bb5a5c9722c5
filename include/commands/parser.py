"""The command line of `dangol`: which commands there are, and what they share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from include.commands import (
    calibrate,
    check,
    correct,
    evaluate,
    evaluate_split,
    fit,
    live,
    promote,
    remove,
    status,
    steps,
    try_delivery,
    tune,
)
from include.version import VERSION

# In the order of the help. A further command is a file and its name here.
_FILES: Final = (
    steps,
    evaluate,
    fit,
    tune,
    promote,
    evaluate_split,
    calibrate,
    check,
    try_delivery,
    status,
    live,
    correct,
    remove,
)

_ABOUT: Final = """\
Dangol turns a mall's purchase log into the top-K tables of its ads. The steps are those of the DAGs, under
the same names, and run without Airflow; the other commands help with a mall of one's own.

Connections come from the environment, as Airflow reads them: AIRFLOW_CONN_WAREHOUSE_DEFAULT, and for s3://
AIRFLOW_CONN_AWS_DEFAULT or AWS's own variables. Relative places start at DANGOL_DATA; the YAMLs are in
DANGOL_ADVERTISERS, where that is set."""

_CODES: Final = """\
A step prints JSON on stdout, and nothing else there; what goes on, and errors, are on stderr.
Exit codes: 0 done; 1 failed, and another try meets the same; 2 the command line is wrong; 70 an error that
nobody expected: try again, and tell; 75 failed for now, such as a warehouse that is down or a day that is
still waited for: try again; 130 interrupted."""


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """`command` is the command's name and `run` what does it. Exits with 2 where the line is wrong."""
    parser = argparse.ArgumentParser(
        prog="dangol", description=_ABOUT, epilog=_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for file in _FILES:
        file.add_commands(commands)
    return parser.parse_args(arguments)
