"""python -m benchmarks: every script, or those that --only names, and their results in one file."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from typing import Final

from benchmarks.harness import say
from benchmarks.release import StepError
from benchmarks.script import add_options, find_results, read_options, run_section

SCRIPTS: Final = (
    "cosine",
    "als",
    "top_items",
    "similar_items",
    "evaluation",
    "window",
    "ingest",
    "load",
    "release",
    "candidates",
    "growth",
    "ladder",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure our stages beside their peers and keep the figures. Scripts: "
        + ", ".join(SCRIPTS),
    )
    parser.add_argument("--only", help="some of the scripts, with commas between", metavar="NAMES")
    add_options(parser)
    given = parser.parse_args()
    names = given.only.split(",") if given.only else SCRIPTS
    if unknown := sorted(set(names) - set(SCRIPTS)):
        parser.error(f"--only: there is no script {', '.join(unknown)}; there are {', '.join(SCRIPTS)}.")
    options, results = read_options(given), find_results(given)
    failed = []
    for name in names:
        try:
            run_section(name, import_module(f"benchmarks.{name}").measure, options, results)
        except (StepError, subprocess.CalledProcessError) as error:
            say(f"{name} failed, and has the figures that it had: {error}")
            failed.append(name)
    if failed:
        sys.exit(f"\nFailed: {', '.join(failed)}. The other figures are in {results}.")
    say(f"\nAll figures are in {results}.")


if __name__ == "__main__":
    main()
