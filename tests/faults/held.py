"""What a reader may hold must not stop the writers, and what the writers hold must not stop a reader."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any, Final

from include.columns import RELEASE_TABLES
from include.warehouse.postgres.retention import apply_retention
from include.warehouse.postgres.schema import ensure_schema
from tests.faults.counts import Counts
from tests.faults.mall import FIRST, open_mall, stage_marked
from tests.faults.server import FaultyServer

# Seconds of a read that has waited for the report to end; a busy machine alone takes tenths.
_LONGEST: Final = 1.0
_PATIENCE: Final = 20


def count_stopped_writers(server: FaultyServer) -> Counts:
    """An analyst holds whatever its rights allow while each writer does its work."""
    counts = Counts("writers beside an analyst's locks")
    warehouse = open_mall(server)
    schemas = warehouse.schemas
    for number in (1, 2, 3):
        warehouse.publish(stage_marked(schemas, number))
    days = [str(FIRST + timedelta(days=number)) for number in range(10)]
    keys = [f"dangol {what} mall" for what in ("publish", "schema")]
    keys += [f"dangol stage mall {day}" for day in days]
    with server.connect("analyst") as analyst:
        for name in ("releases", "release_checks", "partitions", "data_quality"):
            analyst.execute(f"LOCK TABLE mall.{name} IN ACCESS SHARE MODE")
        for name in itertools.chain.from_iterable((table, f"{table}_current") for table in RELEASE_TABLES):
            analyst.execute(f"SELECT count(*) FROM mall.{name}")
        for key in keys:
            analyst.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (key,))
        staged: list[int] = []
        writers: dict[str, Callable[[], Any]] = {
            "ensure_schema": lambda: ensure_schema(schemas),
            "stage": lambda: staged.append(stage_marked(schemas, 4)),
            "publish": lambda: warehouse.publish(staged[0]),
            "roll_back": lambda: warehouse.roll_back(),
            "mend": lambda: warehouse.mend(),
            "retire": lambda: apply_retention(schemas, 1, grace=timedelta(0)),
        }
        with ThreadPoolExecutor(1) as pool:
            for name, work in writers.items():
                begin = time.monotonic()
                working = pool.submit(work)
                wait([working], _PATIENCE)
                counts.add(f"{name} s", time.monotonic() - begin)
                counts.check(working.done(), f"{name} has waited {_PATIENCE} s for the analyst")
                if not working.done():
                    analyst.close()
                    break
                error = working.exception()
                counts.check(error is None, f"{name}: {error}")
    schemas.engine.dispose()
    return counts


def count_slow_reads(server: FaultyServer, seconds: float) -> Counts:
    """Retention drops releases again and again beside a long report; other readers go on."""
    counts = Counts("reads beside retention and a long report")
    warehouse = open_mall(server)
    schemas = warehouse.schemas
    for number in (1, 2, 3):
        warehouse.publish(stage_marked(schemas, number))
    done = threading.Event()
    with ThreadPoolExecutor(4) as pool, server.connect("analyst") as report:
        polls = [pool.submit(_poll, server, done) for _ in range(3)]
        report.execute("SELECT count(*) FROM mall.products, mall.item_similarities")
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                apply_retention(schemas, 1, grace=timedelta(0))
                counts.add("retentions")
            report.rollback()
            apply_retention(schemas, 1, grace=timedelta(0))
        finally:
            done.set()
        taken = sorted(itertools.chain.from_iterable(each.result() for each in polls))
    counts.add("reads", len(taken))
    counts.add("longest ms", taken[-1] * 1000)
    counts.add("median ms", taken[len(taken) // 2] * 1000)
    slow = [taking for taking in taken if taking > _LONGEST]
    counts.check(not slow, f"{len(slow)} of {len(taken):,} reads took more than {_LONGEST} s")
    schemas.engine.dispose()
    return counts


def _poll(server: FaultyServer, done: threading.Event) -> list[float]:
    taken = []
    queries = [f"SELECT count(*) FROM mall.{table}_current" for table in RELEASE_TABLES]
    with server.connect("analyst", autocommit=True) as reader:
        for query in itertools.cycle(queries):
            if done.is_set():
                break
            begin = time.perf_counter()
            reader.execute(query).fetchall()
            taken.append(time.perf_counter() - begin)
            time.sleep(0.01)
    return taken
