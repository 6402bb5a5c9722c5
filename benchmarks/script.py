"""What every script has in common: its options, its printed tables, its place in the file of results."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import say
from benchmarks.machine import ROOT, count_cores, describe_machine
from benchmarks.tables import format_section

FULL_RESULTS = ROOT / "benchmarks" / "results" / "full.json"
QUICK_RESULTS = ROOT / ".local" / "bench" / "quick.json"
QUICK_SHARE = "1/16"

Section = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What one run of the benchmarks measures.

    share: of the mall's 600,000 users × 400,000 items and 6 million purchases, as 1/16 or 2.
    runs: of each case. spark: with Spark, which is slow. all_rows: peers score all users, not a sample.
    """

    share: str = QUICK_SHARE
    runs: int = 3
    threads: int = 2
    spark: bool = False
    all_rows: bool = False
    full: bool = False


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="the whole mall, and more repetitions")
    parser.add_argument("--share", help=f"of the whole mall, such as 1/4 ({QUICK_SHARE}; 1 with --full)")
    parser.add_argument("--runs", type=int, help="runs of each case (3; 5 with --full)")
    parser.add_argument(
        "--threads", type=int, default=count_cores(), help="threads of each library (all cores)"
    )
    parser.add_argument("--spark", action="store_true", help="measure Spark too, which takes minutes a run")
    parser.add_argument(
        "--all-rows", action="store_true", help="peers score all users and items, not a sample (hours)"
    )
    parser.add_argument(
        "--to", type=Path, help="the file of results (benchmarks/results/full.json with --full)"
    )


def read_options(given: argparse.Namespace) -> Options:
    return Options(
        share=given.share or ("1" if given.full else QUICK_SHARE),
        runs=given.runs or (5 if given.full else 3),
        threads=given.threads,
        spark=given.spark,
        all_rows=given.all_rows,
        full=given.full,
    )


def run_script(name: str, measure: Callable[[Options], Section], arguments: list[str] | None = None) -> None:
    """The command line of one script."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=measure.__doc__)
    add_options(parser)
    given = parser.parse_args(arguments)
    run_section(name, measure, read_options(given), find_results(given))


def find_results(given: argparse.Namespace) -> Path:
    path: Path = given.to or (FULL_RESULTS if given.full else QUICK_RESULTS)
    return path


def run_section(name: str, measure: Callable[[Options], Section], options: Options, results: Path) -> None:
    """Measure, print, and put the section into the file of results in the place of the former one."""
    say(f"\n== {name}, share {options.share}")
    # So that a run that is told to end stops the PostgreSQL that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    section = {
        "share": options.share,
        "threads": options.threads,
        **measure(options),
        "machine": describe_machine(),
    }
    known = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    known[name] = section
    results.parent.mkdir(parents=True, exist_ok=True)
    partial = results.with_suffix(".partial")
    partial.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(results)
    print(format_section(section), flush=True)
    say(f"Kept in {results}")
