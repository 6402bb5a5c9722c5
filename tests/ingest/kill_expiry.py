"""Let go of old days again and again, each time killed one step later; print what the lake then holds.

Started by test_expiry.py as a process of its own, with the mall's folder as its argument. It forks a child
for each try, as kill_ingest.py does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from include.feeds.registry import load_feed
from include.ingest import lake
from include.ingest.expiry import expire_lake
from include.ingest.manifest import Manifest
from include.ingest.quarantine import ORIGIN
from tests.ingest.conftest import Mall
from tests.ingest.kill_ingest import kill_at, run_child, warm_up

NEWEST = date(2017, 6, 30)
OLD = [NEWEST - timedelta(days=days) for days in (31, 30, 11)]


def fill_day(mall: Mall, day: date, feed: str = "purchases", accepted: int = 2, quarantined: int = 1) -> None:
    """A partition as an ingest writes it, without the seconds that validating takes."""
    schema = load_feed(feed).get_schema()
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    texts = {pa.string(): "x", pa.bool_(): True}
    row = {f.name: moment if pa.types.is_timestamp(f.type) else texts.get(f.type, 1) for f in schema}
    manifest = Manifest(
        feed=feed,
        day=day,
        lines=accepted + quarantined,
        accepted_rows=accepted,
        quarantined_rows=quarantined,
        duplicate_rows=0,
        source_files=(),
        source_fingerprint="",
        ingested_at=datetime.now(UTC),
        rows_file="",
        quarantine_file="",
        warnings=(),
        rules=(),
        seconds=0,
    )
    aside = pa.Table.from_pylist([{"source_file": "0.csv", "source_line": 1, "reason": "no"}], ORIGIN)
    rows = pa.Table.from_pylist([row] * accepted, schema)
    lake.write_partition(mall.advertiser, manifest, rows, aside.slice(0, quarantined))


def count_rows(mall: Mall, day: date) -> int | None:
    """None where there is no partition; else its files are read."""
    if lake.read_manifest(mall.advertiser, "purchases", day) is None:
        return None
    rows = lake.open_lines(mall.advertiser, "purchases", day).read().num_rows
    assert rows == lake.read_partition(mall.advertiser, "purchases", day).num_rows
    return rows


def count_files(mall: Mall, day: date) -> int:
    folder = mall.partition(day)
    return len(list(folder.iterdir())) if folder.exists() else 0


def main(folder: Path) -> None:
    warm_up()
    lake.UNNAMED_FILE_LIFE = timedelta(0)
    keep = {"partitions": 29, "quarantine": 10}
    mall = Mall(folder, window={"days": 1}, keep=keep, schedule={"start_date": "2017-01-01"})

    def expire_until(step: int) -> None:
        shutil.rmtree(folder / "lake", ignore_errors=True)
        for day in (*OLD, NEWEST):
            fill_day(mall, day)
        kill_at(step, str(folder / "lake"))
        expire_lake(mall.advertiser)

    def report(step: int) -> None:
        rows = [count_rows(mall, day) for day in OLD]
        expire_lake(mall.advertiser)
        files = [count_files(mall, day) for day in OLD]
        print(json.dumps({"step": step, "rows": rows, "files_after_another": files}), flush=True)

    for step in range(1, 100):
        status = run_child(lambda step=step: expire_until(step))
        assert run_child(lambda step=step: report(step)) == 0
        if not os.WIFSIGNALED(status):
            assert status == 0
            break


if __name__ == "__main__":
    main(Path(sys.argv[1]))
