"""python -m benchmarks: every script, or those that --only names, and their results in one file."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Final

from benchmarks.harness import say
from benchmarks.script import add_options, find_results, read_options, run_section

SCRIPTS: Final = (
    "cosine",
    "als",
    "top_items",
    "similar_items",
    "window",
    "ingest",
    "load",
    "release",
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
    for name in names:
        run_section(name, import_module(f"benchmarks.{name}").measure, options, results)
    say(f"\nAll figures are in {results}.")


if __name__ == "__main__":
    main()
