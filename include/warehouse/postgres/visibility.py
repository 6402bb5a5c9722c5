"""The one way to change what readers see, and a look at what they see.

A change states its moment, a little ahead, and is committed before it; `include/sql/releases/view.sql` shows
it to transactions that begin from then on. Publishing, rolling back, expiring and mending all go this way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from psycopg import sql
from sqlalchemy.exc import DBAPIError

from include.columns import RELEASE_TABLES
from include.errors import PermanentError, WarehouseUnavailableError
from include.warehouse.postgres import names
from include.warehouse.postgres.locks import PUBLISH, take_lock
from include.warehouse.postgres.statements import compose_statement, get_driver, read_statement
from include.warehouse.postgres.store import list_stored_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)

T = TypeVar("T")

DELAY: Final = 1.0  # seconds from the choice of a moment to the moment; the commit has to fit in
_TRIES: Final = 4  # each with twice the delay of the one before
_TOO_SLOW: Final = "DG001"  # raised by the trigger of include/sql/changes/table.sql
_PATIENCE: Final = 5.0  # seconds that readers may need after the moment
_LOCK_TIMEOUT: Final = "30s"


def change_what_readers_see(schemas: Schemas, change: Callable[[Connection, Callable[[], datetime]], T]) -> T:
    """Run `change` in a transaction that readers see from its moment on, and return what it returns.

    `change` locks what it needs, then asks its second argument for the moment, and updates `releases`; one
    that does not ask changes nothing. It may be run several times: a transaction that was too slow for its
    moment is rolled back. When this returns, the change is on disk, and its moment may still lie ahead.
    """
    for attempt in range(_TRIES):
        try:
            result, number = _try_change(schemas, change, DELAY * 2**attempt)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _TOO_SLOW:
                raise
            log.info("%s: the server was too slow for a moment %.0f s ahead.", schemas, DELAY * 2**attempt)
        else:
            if number is not None:
                make_durable(schemas, number)
            return result
    raise WarehouseUnavailableError(
        f"{schemas}: the server took longer than {DELAY * 2 ** (_TRIES - 1):.0f} s to commit a change of what"
        " readers see, so nothing was changed: it is tried again."
    )


def _try_change(
    schemas: Schemas, change: Callable[[Connection, Callable[[], datetime]], T], delay: float
) -> tuple[T, int | None]:
    moments: list[datetime] = []
    with schemas.begin(lock_timeout=_LOCK_TIMEOUT) as connection:
        take_lock(connection, schemas, PUBLISH)

        def choose_moment() -> datetime:
            moment = connection.execute(read_statement("find_moment"), {"delay": delay}).scalar_one()
            moments.append(moment)
            return moments[-1]

        result = change(connection, choose_moment)
        if not moments:
            return result, None
        connection.execute(read_statement("commit_at_once"))
        number = connection.execute(read_statement("insert_change"), {"moment": moments[-1]}).scalar_one()
    return result, number


def make_durable(schemas: Schemas, number: int | None = None) -> None:
    """Wait until a change, by default the newest, is on disk; warn where that was after its moment."""
    with schemas.begin() as connection:
        number = number or connection.execute(read_statement("find_newest_change")).scalar_one()
        late = connection.execute(read_statement("mark_durable"), {"number": number}).scalar_one_or_none()
    if late is not None and 0 < late < timedelta(minutes=1).total_seconds():
        log.warning(
            "%s: readers were to see a change %.2f s before it was surely committed: a transaction that began"
            " in between may have read two releases, unless it was REPEATABLE READ.",
            schemas,
            late,
        )


def wait_for_readers(schemas: Schemas) -> None:
    """Return when a new reader sees what `releases` says is published and current, with rows.

    Raises PermanentError, with what readers see instead and what mends it, where they do not come to see it.
    """
    start, patience = time.monotonic(), 0.0
    while (look := look_as_reader(schemas)) and not (look.seen == look.wanted and look.is_complete):
        ahead = (look.moment - look.clock).total_seconds()
        patience = patience or _PATIENCE + min(max(ahead, 0), DELAY * 2**_TRIES)
        if time.monotonic() - start > patience:
            raise PermanentError(_explain_look(schemas, look))
        time.sleep(min(max(ahead, 0.02), 0.5))
    _check_rows(schemas, look.wanted)
    with schemas.begin() as connection:
        connection.execute(read_statement("forget_beginning"))


def look_as_reader(schemas: Schemas) -> Row:
    """What a transaction that begins now sees (`seen`, `seen_date`), beside the release that is `wanted`."""
    with schemas.begin() as connection:
        return connection.execute(read_statement("look_as_reader")).one()


def _explain_look(schemas: Schemas, look: Row) -> str:
    seen = f"release {look.seen} of {look.seen_date}" if look.seen else "no release"
    if look.seen == look.wanted:
        seen += " and other dates than those published"
    return (
        f"{schemas}: release {look.wanted} is current, but readers see {seen}: the newest change shows from"
        f" {look.moment:%Y-%m-%d %H:%M:%S} on and the server's clock says {look.clock:%Y-%m-%d %H:%M:%S} (UTC"
        f" offset {look.clock:%z}); see that the clock is right, then run dangol mend --advertiser {schemas}."
    )


def _check_rows(schemas: Schemas, release_id: int | None) -> None:
    """Raises PermanentError where a view shows nothing of a table that the current release has rows of."""
    if release_id is None:
        return
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas, release_id)
        for table in sorted({each.table for each in stored} & set(RELEASE_TABLES)):
            view = sql.Identifier(schemas.name, f"{table}_current")
            partition = schemas.identify(names.name_partition(table, release_id))
            if _has_rows(connection, partition) and not _has_rows(connection, view):
                raise PermanentError(
                    f"{schemas}: {table}_current shows no row, though release {release_id} has some: run"
                    f" dangol mend --advertiser {schemas}."
                )


def _has_rows(connection: Connection, relation: sql.Identifier) -> bool:
    found = get_driver(connection).execute(compose_statement("has_rows", view=relation)).fetchone()
    return bool(found and found[0])
