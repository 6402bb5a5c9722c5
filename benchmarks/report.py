"""python -m benchmarks.report: docs/benchmarks.md and its plots, from the figures of the last full run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.__main__ import SCRIPTS
from benchmarks.machine import ROOT
from benchmarks.script import FULL_RESULTS
from benchmarks.tables import format_grid, format_seconds, format_section, total_seconds

PAGE = ROOT / "docs" / "benchmarks.md"
IMAGES = ROOT / "docs" / "images" / "benchmarks"

Results = dict[str, Any]

_INTRODUCTION = """\
# Benchmarks

*This page is generated from `benchmarks/results/full.json` by `make bench-docs`; do not edit it.*

    make bench                        a sixteenth of the mall, in minutes; results in .local/bench
    make bench FULL=1                 600,000 users × 400,000 items, 6 million purchases; then this page anew
    make bench FULL=1 ONLY=cosine     one script; ONLY=cosine,als for two
    make bench SPARK=1 BUFFALO=1      with the peers that have to be set up apart
    make bench FULL=1 PEERS=all       peers score all users, which takes hours, instead of a sample

One script of `benchmarks/` measures one stage; `python -m benchmarks.cosine --help` says what it takes.

## How to read the tables

* Every run is a process of its own, after a warm-up on a small mall (which compiles what is compiled on first
  use and is not counted). Ours and the peers take turns, so that a machine that slows down slows all. Seconds
  are the median; the spread is from the fastest run to the slowest.
* Before its measured part a run writes to 2 GB and lets them go: a virtual machine has to get memory that it
  has not used for a while from its host, at some milliseconds per MB, which would be most of a second's work.
* *peak MB* is the most that the process had resident in the measured part, libraries and input included;
  *of it added* is how much of that came on top of what it had before.
* *time ÷ ours* above 1 means that ours is faster, below 1 that it loses. Rows are sorted by time, and rows
  where ours loses stay.
* *agrees* counts the lists, of a sample of rows, whose scores are the same place by place within 2e-5 and
  whose ids are the same wherever scores decide; which of several tied items fills the last places is free.
* A peer that was not there is named as absent, with how to get it."""


def compose_page(results: Results) -> str:
    """The page; the same results give the same text."""
    parts = [_INTRODUCTION, *_name_small_sections(results), "## At a glance", format_grid(summarise(results))]
    for name in SCRIPTS:
        if name in results:
            heading, rest = format_section(results[name]).strip().split("\n\n", 1)
            about, tables = rest.split("\n\n", 1)
            plot = f"![{heading.removeprefix('## ')}](images/benchmarks/{name}.svg)"
            parts += [heading, about, *([plot] if has_plot(results[name]) else []), tables]
        else:
            parts += [f"## {name}", f"Not measured yet: `make bench FULL=1 ONLY={name}`."]
    return "\n\n".join(parts) + "\n"


def _name_small_sections(results: Results) -> list[str]:
    """A warning where some figures are not of the whole mall."""
    small = [f"{name} ({section['share']})" for name, section in results.items() if section["share"] != "1"]
    if not small:
        return []
    return [f"**Not of the whole mall, but of the share in brackets: {', '.join(small)}.**"]


def has_plot(section: dict[str, Any]) -> bool:
    return any(
        table.get("points") or table.get("rungs") or ("columns" not in table and table["rows"])
        for table in section["tables"]
    )


def summarise(results: Results) -> dict[str, Any]:
    """A line for each table of cases: ours beside the fastest peer that does the same exactly."""
    columns = ["", "ours", "fastest peer", "ours ÷ peer", "memory, ours", "memory, peer"]
    rows: list[list[Any]] = []
    for name in SCRIPTS:
        section = results.get(name, {"tables": []})
        for table in section["tables"]:
            if "columns" in table:
                continue
            done = [row for row in table["rows"] if row["seconds"]]
            ours = next((row for row in done if row["ours"]), None)
            peers = [row for row in done if not row["ours"]]
            peers = [row for row in peers if "agreement" in row] or peers
            peers = [row for row in peers if not row.get("does_less")] or peers
            if ours is None or not peers:
                continue
            peer = min(peers, key=total_seconds)
            ratio = total_seconds(ours) / total_seconds(peer)
            line = [f"{section['title']}: {table['title']}", format_seconds(total_seconds(ours))]
            line += [f"{format_seconds(total_seconds(peer))}, {peer['label']}", f"{ratio:.2f}"]
            rows.append([*line, f"{max(ours['peak_mb']):,.0f} MB", f"{max(peer['peak_mb']):,.0f} MB"])
    return {"columns": columns, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__.split(": ")[1])
    parser.add_argument(
        "--results", type=Path, default=FULL_RESULTS, help="the figures (the last full run's)"
    )
    parser.add_argument("--no-plots", action="store_true", help="the page alone, without matplotlib")
    given = parser.parse_args()
    results = json.loads(given.results.read_text(encoding="utf-8"))
    PAGE.write_text(compose_page(results), encoding="utf-8")
    if not given.no_plots:
        from benchmarks.plots import draw_plots

        draw_plots({name: section for name, section in results.items() if has_plot(section)}, IMAGES)
    print(f"Wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
