"""Landing files → validated partitions: one day of 200,000 lines, and the window's range of days."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.data import FOLDER, find_window, open_advertiser, prepare
from benchmarks.harness import Case, Row, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Work

_DAY = date(2026, 1, 1)
_DAY_SIZE: dict[str, Any] = {"users": 80_000, "items": 40_000, "purchases": 200_000, "days": 1}

Config = dict[str, Any]


def run_ours(config: Config) -> Work:
    """Great Expectations included; importing it is part of the warm-up."""
    from include.ingest.days import ingest_day
    from include.settings import days_between

    advertiser = _open(config)
    days = days_between(*map(date.fromisoformat, config["days"]))

    def ingest() -> int:
        return sum(ingest_day(advertiser, "purchases", day).lines for day in days)

    return Work(ingest, lambda lines: ({"lines": lines}, {}))


def run_pyarrow(config: Config) -> Work:
    """Read the landing files and write them as Parquet: no mapping, no check."""
    import pyarrow.parquet as pq

    from include.settings import days_between

    advertiser = _open(config)
    folders = [
        Path(advertiser.landing_folder("purchases", day).url.removeprefix("file://"))
        for day in days_between(*map(date.fromisoformat, config["days"]))
    ]

    def copy() -> int:
        lines = 0
        for folder in folders:
            table = pq.read_table(folder)
            pq.write_table(table, Path(os.environ["DANGOL_DATA"], "copy.parquet"), compression="zstd")
            lines += table.num_rows
        return lines

    return Work(copy, lambda lines: ({"lines": lines}, {}))


def _open(config: Config) -> Any:
    """The advertiser with the landing files of the source and a lake of this run's own."""
    os.environ["DANGOL_DATA"] = tempfile.mkdtemp(dir=config["scratch"])
    Path(os.environ["DANGOL_DATA"], "landing").symlink_to(Path(config["folder"], "landing"))
    return open_advertiser("mall")


def prepare_day() -> Path:
    """Landing files of one day of 200,000 purchase lines."""
    from include.samples.ssg import Settings, write_ssg

    folder = FOLDER / "data" / "day"
    write_ssg(folder / "landing" / "ssg", Settings(**_DAY_SIZE))
    return folder


def measure(options: Options) -> Section:
    """Ingest of one day of 200,000 lines and of the mall's 30 days, Great Expectations included."""
    source = f"mall-{options.share}"
    first, last = find_window(source)
    day = [_DAY.isoformat()] * 2
    tables = []
    scratch = FOLDER / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        for title, folder, days, runs in (
            ("One day of 200,000 lines", prepare_day(), day, options.runs),
            (f"{source}, 30 days", prepare(source), [first.isoformat(), last.isoformat()], 1),
        ):
            config = {"folder": str(folder), "days": days, "scratch": str(scratch)}
            warm_up = {"folder": str(prepare("mall-1/256")), "days": day}
            rows = _measure_rows(f"ingest, {title}", config, warm_up, runs)
            tables.append({"title": title, "rows": rows})
    finally:
        shutil.rmtree(scratch)
    return {
        "title": "Ingest",
        "about": "Landing files to validated partitions after imports (the warm-up ingests a small day)."
        " pyarrow's row is the least that could be done: read the same Parquet files and write them again,"
        " unmapped and unchecked.",
        "tables": tables,
    }


def _measure_rows(title: str, config: Config, warm_up: Config, runs: int) -> list[Row]:
    cases = [
        Case("run_ours", "ours: map, validate with Great Expectations, write"),
        Case("run_pyarrow", "pyarrow: read and write, no check", "pyarrow"),
    ]
    rows, _ = measure_cases("benchmarks.ingest", title, cases, config, warm_up, runs)
    for row in rows:
        if row["seconds"]:
            row["facts"]["lines/s"] = round(row["facts"]["lines"] / min(row["seconds"]))
    return rows


if __name__ == "__main__":
    run_script("ingest", measure)
