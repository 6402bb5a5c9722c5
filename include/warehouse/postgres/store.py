"""The tables of releases in the store: which there are, and how they are attached and dropped."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from include.warehouse.postgres import names
from include.warehouse.postgres.connection import wait_out_locks
from include.warehouse.postgres.statements import compose_statement, read_statement, run_composed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)

# A DROP that waits makes new readers wait behind it, so it waits for a moment only and comes back later.
LOCK_TIMEOUT: Final = "40ms"
TRIES: Final = 8
PAUSE: Final = 0.5


@dataclass(frozen=True)
class StoredTable:
    """A table that holds rows of one release; `model` is '' where it has none or holds those of all."""

    name: str
    table: str
    release_id: int
    model: str
    is_partitioned: bool
    is_attached: bool


def list_stored_tables(
    connection: Connection, schemas: Schemas, release_id: int | None = None
) -> list[StoredTable]:
    """Those of one release, or of all, partitioned ones first."""
    found = []
    for row in connection.execute(read_statement("list_store"), {"store": schemas.store}):
        parsed = names.parse_name(row.name)
        if parsed and release_id in (None, parsed[1]):
            found.append(StoredTable(row.name, *parsed, row.is_partitioned, row.is_attached))
    return found


def attach_release(schemas: Schemas, release_id: int) -> None:
    """Make a staged release's tables partitions of the store; those that already are stay."""
    with schemas.begin(lock_timeout="2s") as connection:
        for table in list_stored_tables(connection, schemas, release_id):
            if table.is_attached or table.table in names.HELPERS:
                continue
            attach_table(connection, schemas, table)


def attach_table(connection: Connection, schemas: Schemas, table: StoredTable) -> None:
    """Make a table what the parent of all releases has of its release."""
    statement = compose_statement(
        "attach",
        parent=schemas.identify(names.name_parent(table.table)),
        partition=schemas.identify(table.name),
        value=sql.Literal(table.release_id),
    )
    run_composed(connection, statement)


def drop_helpers(schemas: Schemas, release_id: int) -> None:
    """Drop the tables that only the gates have read."""
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas, release_id)
    for table in stored:
        if table.table in names.HELPERS:
            drop_table(schemas, table.name)


def drop_release_tables(schemas: Schemas, release_id: int) -> bool:
    """Drop what the store holds of a release. False where readers held a table up; then try again later.

    A release that is staged or published is left alone. Before the first table goes, it is noted that none
    of the release is to be shown any more, whatever the clock says.
    """
    with schemas.begin() as connection:
        values = {"release_id": release_id}
        marked = connection.execute(read_statement("mark_dropped"), values).one_or_none()
        if marked is None:
            return False
        connection.execute(read_statement("forget_current"), values)
        connection.execute(read_statement("forget_published"), values | {"as_of_date": marked.as_of_date})
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas, release_id)
    # A transaction for each, so that readers never wait for more than one lock.
    return all(drop_table(schemas, table.name) for table in stored)


def drop_table(schemas: Schemas, name: str) -> bool:
    """Drop a table of the store. False where readers held it up; then try again later."""

    def drop() -> None:
        with schemas.begin(lock_timeout=LOCK_TIMEOUT) as connection:
            run_composed(connection, compose_statement("drop_table", table=schemas.identify(name)))

    try:
        wait_out_locks(drop, tries=TRIES, pause=PAUSE)
    except psycopg.errors.LockNotAvailable:
        log.warning(
            "%s.%s is being read and was not dropped; retention tries again next time.", schemas.name, name
        )
        return False
    return True
