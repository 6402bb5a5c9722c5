"""Stores of an earlier version become one of this version, while readers go on seeing what they saw."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.errors import PermanentError, WarehouseUnavailableError
from include.tables import load_table
from include.warehouse.postgres.ddl import create_store_tables, list_columns
from include.warehouse.postgres.leaves import (
    Leaf,
    attach_leaf,
    complete_leaf,
    create_leaf,
    create_partition,
)
from include.warehouse.postgres.locks import SCHEMA, take_lock
from include.warehouse.postgres.statements import compose_statement, get_driver, read_statement, run_composed
from include.warehouse.postgres.store import attach_table, drop_table, list_stored_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)

_LOCK_TIMEOUT: Final = "10s"

# As retention has it: a transaction that began before a release was withdrawn may still read it.
_GRACE: Final = timedelta(minutes=15)

# The tables of lists that version 1 had; those that came later never had a row for each entry.
_LISTS: Final = ("item_similarities", "user_recommendations", "best_sellers", "recent_items", "ad_candidates")
_LEAF: Final = re.compile(rf"({'|'.join(_LISTS)})_(\d+)(?:_(.+))?")
# The names of what holds rows: its partitioned tables, their partitions and leaves.
ROWS: Final = rf"^({'|'.join(_LISTS)})_(\d+(_.+)?|rows)$"


def store_lists(schemas: Schemas) -> None:
    """Store what every release has, of which each entry of a list is a row, as lists beside the rows.

    Views go on reading the rows until they are made anew after `attach_lists`. Each leaf is a transaction, so
    that what is killed goes on next time where it was. Raises WarehouseUnavailableError while an earlier
    version stages a release, and PermanentError for a published release whose lists have gaps.
    """
    with schemas.begin(lock_timeout=_LOCK_TIMEOUT) as connection:
        _lock(connection, schemas)
        for name in connection.execute(
            read_statement("list_gate_tables"), {"store": schemas.store}
        ).scalars():
            run_composed(connection, compose_statement("drop_table", table=schemas.identify(name)))
        create_store_tables(connection, schemas)
    while _store_next(schemas):
        pass


def attach_lists(connection: Connection, schemas: Schemas) -> bool:
    """Put the lists of each release whose rows are attached into their parent, before the views read it.

    False, with nothing done, where something is still to be stored as lists.
    """
    for table in _LISTS:
        # Until the views read the lists, an earlier version attaches nothing more.
        rows = schemas.identify(f"{table}_rows")
        run_composed(connection, compose_statement("keep_partitions", rows=rows))
    if _find_next(connection, schemas):
        return False
    attached = {row.name for row in _list_left(connection, schemas) if row.is_attached}
    for stored in list_stored_tables(connection, schemas):
        before = f"{stored.table}_{stored.release_id}"
        if stored.table in _LISTS and not stored.is_attached and before in attached:
            attach_table(connection, schemas, stored)
    connection.execute(read_statement("mark_unstored"))
    return True


def drop_rows(schemas: Schemas) -> bool:
    """Drop the rows, which no view reads any more. False where a reader holds them up; then try again."""
    with schemas.begin() as connection:
        left = _list_left(connection, schemas)
    dropped = [drop_table(schemas, row.name) for row in left]
    return all(dropped)


def _list_left(connection: Connection, schemas: Schemas) -> list[Row]:
    """The tables of rows, partitioned ones first, which take theirs with them."""
    values = {"store": schemas.store, "pattern": ROWS}
    return list(connection.execute(read_statement("list_row_storage"), values))


def _store_next(schemas: Schemas) -> bool:
    """Store the lists of one leaf. False where there is none left."""
    with schemas.begin(lock_timeout=_LOCK_TIMEOUT) as connection:
        _lock(connection, schemas)
        found = _find_next(connection, schemas)
        if found is None:
            return False
        rows, leaf, status = found
        log.info("%s: %s is stored as lists.", schemas, rows.name)
        try:
            with get_driver(connection).transaction():
                if not rows.has_key:
                    raise _GapsError
                _store_leaf(connection, schemas, rows.name, leaf)
        except _GapsError:
            _give_up(connection, schemas, leaf, status)
    return True


def _lock(connection: Connection, schemas: Schemas) -> None:
    take_lock(connection, schemas, SCHEMA)
    asked = {"schema": schemas.name}
    dates = connection.execute(read_statement("list_staging_before_lists"), asked).scalars().all()
    if dates:
        raise WarehouseUnavailableError(
            f"A run is staging {', '.join(map(str, dates))} of {schemas}, whose releases are to be stored as"
            " lists: this one is tried again when that has ended."
        )


def _find_next(connection: Connection, schemas: Schemas) -> tuple[Row, Leaf, str] | None:
    """A table of rows whose lists are not stored yet, the leaf that it becomes, and its release's status."""
    releases = {
        row.release_id: row
        for row in connection.execute(read_statement("list_convertible"), {"grace": _GRACE.total_seconds()})
    }
    there = {stored.name for stored in list_stored_tables(connection, schemas)}
    for row in _list_left(connection, schemas):
        match = _LEAF.fullmatch(row.name)
        if row.is_partitioned or match is None or int(match[2]) not in releases:
            continue
        release = releases[int(match[2])]
        leaf = Leaf(load_table(match[1]), release.release_id, release.as_of_date, match[3] or "")
        if leaf.name not in there:
            return row, leaf, release.status
    return None


class _GapsError(Exception):
    """A list whose ranks do not run 1, 2, 3 and so on, which an array cannot say."""


def _store_leaf(connection: Connection, schemas: Schemas, before: str, leaf: Leaf) -> None:
    there = list_columns(connection, schemas.store, before)
    entries = [sql.Identifier(name) for name in leaf.table.listed if name in there]
    rows, lists = schemas.identify(before), schemas.identify(leaf.name)
    is_first = bool(leaf.model) and not list_columns(connection, schemas.store, leaf.partition)
    if is_first:
        create_partition(connection, schemas, leaf)
    create_leaf(connection, schemas, leaf)
    comma = sql.SQL(", ")
    gather = compose_statement(
        "gather_lists",
        lists=lists,
        rows=rows,
        owner=comma.join(map(sql.Identifier, leaf.table.owner)),
        entries=comma.join(entries),
        arrays=comma.join(sql.SQL("array_agg({} ORDER BY rank)").format(entry) for entry in entries),
    )
    run_composed(connection, gather)
    count = compose_statement("count_gathered", lists=lists, rows=rows, entry=entries[0])
    gathered, every = get_driver(connection).execute(count).fetchone() or (0, 0)
    if gathered != every:
        raise _GapsError
    complete_leaf(connection, schemas, leaf, every)
    if leaf.model:
        attach_leaf(connection, schemas, leaf)


def _give_up(connection: Connection, schemas: Schemas, leaf: Leaf, status: str) -> None:
    """Reject a release that nobody has seen yet. Raises PermanentError for one that somebody has."""
    what = f"release {leaf.release_id} of {leaf.as_of} has lists in {leaf.table.name} whose ranks have gaps"
    if status != "staged":
        raise PermanentError(
            f"{schemas}: {what}, so it cannot be stored as lists and the warehouse stays as it was: publish"
            " the date anew with the version before, then run this again."
        )
    reason = "Was staged by an earlier version with lists whose ranks have gaps; stage the date again."
    connection.execute(read_statement("reject_release"), {"release_id": leaf.release_id, "reason": reason})
    log.warning("%s: %s and was rejected; stage the date again.", schemas, what)
