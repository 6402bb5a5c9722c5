"""From 30 Parquet partitions to the matrix, beside pyarrow reading the same files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.data import describe_facts, find_window, open_advertiser, prepare, read_facts
from benchmarks.harness import Case, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Work

Config = dict[str, Any]


def run_ours_matrix(config: Config) -> Work:
    from benchmarks import ours
    from include.settings import days_between

    advertiser = _open(config)
    days = days_between(*find_window(config["source"]))

    def describe(interactions: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"pairs": int(interactions.user_items.nnz)}, {}

    return Work(lambda: ours.read_lines(advertiser, days), describe)


def run_ours_step(config: Config) -> Work:
    from include.steps.window import build_window

    advertiser = _open(config)
    as_of = find_window(config["source"])[1]
    return Work(lambda: build_window(advertiser, as_of), lambda summary: ({"pairs": summary["pairs"]}, {}))


def run_pyarrow(config: Config) -> Work:
    """All columns, as the partitions hold them; and the lines in one table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _open(config)
    files = sorted(Path(config["folder"], "lake").rglob("purchases/dt=*/accepted-*.parquet"))
    return Work(
        lambda: pa.concat_tables([pq.read_table(file) for file in files]),
        lambda table: ({"lines": table.num_rows}, {}),
    )


def _open(config: Config) -> Any:
    os.environ["DANGOL_DATA"] = config["folder"]
    return open_advertiser(config["source"])


def measure(options: Options) -> Section:
    """Window to matrix: ours beside pyarrow reading the same Parquet files."""
    source = f"mall-{options.share}"
    folder = prepare(source)
    config = {"folder": str(folder), "source": source, "threads": options.threads}
    cases = [
        Case("run_ours_matrix", "ours: partitions to matrix"),
        Case("run_ours_step", "ours: the whole step (checks, lists, catalogue, files)"),
        Case("run_pyarrow", "pyarrow: read the files, no matrix", "pyarrow", is_compared=False),
    ]
    warm_source = "mall-1/256"
    warm_up = {"folder": str(prepare(warm_source)), "source": warm_source}
    rows, _ = measure_cases("benchmarks.window", "window", cases, config, warm_up, options.runs)
    facts = read_facts(folder)
    return {
        "title": "Window to matrix",
        "about": "The files are in the page cache. pyarrow reads them and does nothing else, so its time"
        " is what no way to the matrix can beat by much; ours also nets cancellations and maps ids.",
        "tables": [{"title": source, "about": describe_facts(facts) + ".", "facts": facts, "rows": rows}],
    }


if __name__ == "__main__":
    run_script("window", measure)
