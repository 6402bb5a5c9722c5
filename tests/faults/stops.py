"""Hard stops of the whole server around publications, and kills of the publishing process."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg

from include.errors import PermanentError, WarehouseUnavailableError
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.warehouse import PostgresWarehouse
from tests.faults.counts import Counts
from tests.faults.mall import FIRST, look, open_mall, stage_marked
from tests.faults.server import FaultyServer


def count_hard_stops(server: FaultyServer, stops: int) -> Counts:
    """Each stop comes at a moment of its own within a publication; what was reported stays."""
    counts = Counts("hard stops of the server")
    warehouse = open_mall(server)
    warehouse.publish(stage_marked(warehouse.schemas, 1))
    out = 1
    for number in range(2, stops + 2):
        release_id = stage_marked(warehouse.schemas, number)
        reported: list[Any] = []
        publishing = threading.Thread(target=_publish, args=(warehouse, release_id, reported))
        publishing.start()
        time.sleep(random.uniform(0, 1.6))
        was_reported = bool(reported)
        server.kill()
        publishing.join()
        server.start()
        counts.add("stops")
        counts.add("reported before the stop", was_reported)
        seen = _see(server, counts, {out, number}, f"stop {number}")
        counts.check(not was_reported or seen == number, f"stop {number}: a reported release is gone")
        warehouse.publish(release_id)
        _see(server, counts, {number}, f"published again after stop {number}")
        out = number
    warehouse.schemas.engine.dispose()
    return counts


def count_kills(server: FaultyServer, step: int = 1) -> Counts:
    """The process is killed at its first statement, then at its second … (each `step`-th) until it ends."""
    counts = Counts("kills of the publishing process")
    warehouse = open_mall(server)
    warehouse.publish(stage_marked(warehouse.schemas, 1))
    out = 1
    for number in itertools.count(2):
        release_id = stage_marked(warehouse.schemas, number)
        is_killed = _publish_until(server, release_id, 1 + (number - 2) * step)
        _see(server, counts, {out, number}, f"killed at statement {1 + (number - 2) * step}")
        warehouse.publish(release_id)
        _see(server, counts, {number}, f"published again after {number}")
        out = number
        if not is_killed:
            break
        counts.add("kills")
    warehouse.schemas.engine.dispose()
    return counts


def _publish(warehouse: PostgresWarehouse, release_id: int, reported: list[Any]) -> None:
    with suppress(PermanentError, WarehouseUnavailableError, psycopg.Error):
        reported.append(warehouse.publish(release_id))


def _publish_until(server: FaultyServer, release_id: int, statement: int) -> bool:
    """Publish in a process that is killed at a statement; False where it ended before."""
    process = os.fork()
    if process == 0:
        try:
            _kill_at(statement)
            PostgresWarehouse(Schemas(server.make_engine(), "mall")).publish(release_id)
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def _kill_at(statement: int) -> None:
    left = itertools.count(statement, -1)
    execute = psycopg.Cursor.execute

    def count(self: Any, *arguments: Any, **named: Any) -> Any:
        result = execute(self, *arguments, **named) if (rest := next(left)) > 1 else None
        if rest <= 1:
            execute(self, *arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    psycopg.Cursor.execute = count  # type: ignore[method-assign]


def _see(server: FaultyServer, counts: Counts, numbers: set[int], when: str) -> int | None:
    with server.connect(autocommit=True) as connection:
        seen = look(connection)
    expected = {(number, FIRST + timedelta(days=number)) for number in numbers}
    counts.check(len(seen) == 1 and seen <= expected, f"{when}: readers see {seen}")
    return next(iter(seen))[0] if len(seen) == 1 and None not in seen else None
