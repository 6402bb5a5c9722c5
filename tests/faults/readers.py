"""Transactions at every isolation level, beside publications of different dates and their rolling back."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from include.columns import RELEASE_TABLES
from tests.faults.counts import Counts
from tests.faults.mall import FIRST, open_mall, read_current, read_history, stage_marked
from tests.faults.server import FaultyServer

_LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


def count_mixtures(server: FaultyServer, publications: int, readers: int = 4) -> Counts:
    """Every third publication is rolled back, every fifth is of a date that is out already."""
    counts = Counts("transactions beside publications")
    warehouse = open_mall(server)
    schemas = warehouse.schemas
    staged = [stage_marked(schemas, number) for number in range(1, publications + 1)]
    warehouse.publish(staged.pop(0))
    done = threading.Event()
    with ThreadPoolExecutor(readers) as pool:
        reading = [pool.submit(_read, server, done, counts, seed) for seed in range(readers)]
        try:
            for number, release_id in enumerate(staged, start=2):
                warehouse.publish(release_id)
                counts.add("publications")
                time.sleep(random.uniform(0, 0.1))
                if number % 5 == 0:
                    again = stage_marked(schemas, 1000 + number, FIRST.replace(day=1 + number % 5 + 1))
                    warehouse.publish(again)
                    counts.add("publications")
                if number % 3 == 0:
                    warehouse.roll_back()
                    counts.add("rolled back")
        finally:
            done.set()
        for each in reading:
            each.result()
    schemas.engine.dispose()
    return counts


def _read(server: FaultyServer, done: threading.Event, counts: Counts, seed: int) -> None:
    dice = random.Random(seed)
    with server.connect(autocommit=True) as connection:
        while not done.is_set():
            level = _LEVELS[dice.randrange(3) if dice.random() < 0.5 else 0]
            prepare, is_history = dice.random() < 0.5, dice.random() < 0.3
            try:
                seen = _read_once(connection, level, dice, prepare=prepare, is_history=is_history)
            except psycopg.errors.SerializationFailure:
                counts.add("serialization failures")
                continue
            kind = "history" if is_history else "current"
            counts.add(f"{level} {kind}")
            # All tables agree: on the dates of a history, on the one number and date that is current.
            if len(seen) != 1 or not (one := next(iter(seen))) or (not is_history and len(one) != 1):
                counts.violations.append(f"{level}, {kind}, prepared: {prepare}: {_differ(seen)}")


def _differ(seen: set[frozenset]) -> list[Any]:
    """What is not in all of them, or all where they agree and are too many or too few."""
    common = frozenset.intersection(*seen)
    return [sorted(each - common) for each in seen] if len(seen) > 1 else [sorted(common)]


def _read_once(
    connection: psycopg.Connection, level: str, dice: random.Random, *, prepare: bool, is_history: bool
) -> set[frozenset]:
    read = read_history if is_history else read_current
    tables = list(RELEASE_TABLES)
    dice.shuffle(tables)
    seen = set()
    with connection.transaction():
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        for table in tables:
            seen.add(frozenset(read(connection, table, prepare=prepare)))
            if dice.random() < 0.3:
                time.sleep(dice.choice((0.0, 0.005, 0.05, 0.4)))
    return seen
