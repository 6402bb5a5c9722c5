"""An advertiser's two schemas: `<name>`, which people read, and `<name>_store`, behind its views."""

from __future__ import annotations

import hashlib
import os
import re
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.schema import CreateTable, DropSchema, SetColumnComment, SetTableComment

from include.errors import DangolError
from include.tables import RELEASE_TABLES, SMALL_TABLES, load_table
from include.warehouse.postgres.definitions import define_small_tables, define_store_tables
from include.warehouse.postgres.locks import SCHEMA, take_lock
from include.warehouse.postgres.statements import (
    compose_statement,
    compose_verbatim,
    get_driver,
    read_file,
    read_statement,
    run_composed,
)
from include.warehouse.postgres.table_columns import add_columns, check_columns
from include.warehouse.postgres.views import comment_views, create_views, drop_views

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Table

    from include.warehouse.postgres.connection import Schemas

# How releases are stored: 1, a row for each entry of a list; 2, a row for each list. A store of a lower version
# is turned into this one by `include/sql/migrations/`.
VERSION: Final = 2

_BUILDS: Final = f"Partitions by release, version {VERSION}, made from "
_BUILT: Final = re.compile(r"Partitions by release(?:, version (\d+))?, made from ")
# A change of a table or view that waits makes readers wait behind it, so it waits for a moment only.
_LOCK_TIMEOUT: Final = "80ms"
_TRIES: Final = 25
_PAUSE: Final = 0.4

# What PostgreSQL says to a process that makes what another one makes at this moment.
_MADE_BESIDE: Final = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.InternalError_,
)


# Those with a view `<table>_available`; ad_candidates never hold an item that cannot be bought.
WITH_AVAILABILITY: Final = tuple(table for table in RELEASE_TABLES if load_table(table).available)

# The SQL beside the declarations from which an advertiser's schemas are made.
_FILES: Final = (
    "locks/table.sql",
    "changes/table.sql",
    "changes/begin.sql",
    "releases/indexes.sql",
    "releases/view.sql",
    "statements/views.sql",
)


def ensure_schema(schemas: Schemas) -> None:
    """Create or update both schemas of an advertiser. Does nothing where they are as the declarations say.

    Safe to run from several processes at once. The role that DANGOL_ANALYST_ROLE names (default `analyst`)
    may read the views and small tables, once it exists; the store is closed to it.
    """
    analyst = os.environ.get("DANGOL_ANALYST_ROLE", "analyst")
    with schemas.engine.begin() as connection:
        if _is_up_to_date(connection, schemas, analyst):
            return
    _make_locks(schemas)
    for attempt in range(_TRIES):
        try:
            _build(schemas, analyst)
        except psycopg.errors.LockNotAvailable:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _make_locks(schemas: Schemas) -> None:
    """Make the store with the table of locks, which all the rest waits for."""
    for attempt in range(_TRIES):
        try:
            with schemas.engine.begin() as connection:
                comment = _find_state(connection, schemas, "").fingerprint
                store = sql.Identifier(schemas.store)
                run_composed(connection, compose_statement("create_schema", schema=store))
                if comment is None:
                    # Whoever is stopped here leaves a store that is told to be ours.
                    begun = sql.Literal(f"{_BUILDS}nothing yet")
                    run_composed(connection, compose_statement("comment_store", store=store, meaning=begun))
                schemas.set_search_path(connection, store_first=True)
                run_composed(connection, compose_verbatim("locks/table.sql"))
            return
        except _MADE_BESIDE:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE)


def _build(schemas: Schemas, analyst: str) -> None:
    """Run every file in one transaction, unless another process has done it meanwhile."""
    with schemas.engine.begin() as connection:
        connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": _LOCK_TIMEOUT})
        take_lock(connection, schemas, SCHEMA)
        if _is_up_to_date(connection, schemas, analyst):
            return
        check_columns(connection, schemas)
        schema = sql.Identifier(schemas.name)
        run_composed(connection, compose_statement("create_schema", schema=schema))
        create_tables(connection, schemas)
        _replace_views(connection, schemas)
        has_analyst = _find_state(connection, schemas, analyst).has_analyst
        if has_analyst:
            run_composed(
                connection,
                compose_statement(
                    "grant_reading", schema=sql.Identifier(schemas.name), analyst=sql.Identifier(analyst)
                ),
            )
        run_composed(
            connection,
            compose_statement(
                "comment_schemas",
                schema=sql.Identifier(schemas.name),
                store=sql.Identifier(schemas.store),
                fingerprint=sql.Literal(_describe_build(analyst if has_analyst else None)),
            ),
        )


def create_tables(connection: Connection, schemas: Schemas) -> None:
    """Make the declared tables, and the columns that those which are there lack."""
    add_columns(connection, schemas)
    schemas.set_search_path(connection, store_first=True)
    for table in define_store_tables().values():
        _create_table(connection, table)
    run_composed(connection, compose_verbatim("changes/table.sql"))
    schemas.set_search_path(connection)
    for table in define_small_tables().values():
        _create_table(connection, table)
    run_composed(connection, compose_verbatim("releases/indexes.sql"))
    run_composed(connection, compose_verbatim("changes/begin.sql"))


def _create_table(connection: Connection, table: Table) -> None:
    connection.execute(CreateTable(table, if_not_exists=True))
    connection.execute(SetTableComment(table))
    for column in table.columns:
        connection.execute(SetColumnComment(column))


def drop_schema(schemas: Schemas) -> None:
    """Drop both schemas and all that is in them, where they are there."""
    with schemas.engine.begin() as connection:
        drop_schema_within(connection, schemas)


def drop_schema_within(connection: Connection, schemas: Schemas) -> None:
    """The same, in a transaction that has begun."""
    for schema in (schemas.name, schemas.store):
        connection.execute(DropSchema(schema, cascade=True, if_exists=True))


def is_ours(comment: str | None) -> bool:
    """Whether a store of that comment is one that `ensure_schema` has made."""
    return comment is not None and _BUILT.match(comment) is not None


def _is_up_to_date(connection: Connection, schemas: Schemas, analyst: str) -> bool:
    state = _find_state(connection, schemas, analyst)
    return bool(state.fingerprint == _describe_build(analyst if state.has_analyst else None))


def _find_state(connection: Connection, schemas: Schemas, analyst: str) -> Row[Any]:
    return connection.execute(
        read_statement("find_fingerprint"), {"store": schemas.store, "analyst": analyst}
    ).one()


def _describe_build(analyst: str | None) -> str:
    """What the store's comment says it was built from; a change of it means that there is something to do."""
    declared = (f"{table}/table.yaml" for table in (*RELEASE_TABLES, *SMALL_TABLES))
    files = "".join(read_file(path) for path in (*declared, *_FILES))
    digest = hashlib.sha256(files.encode()).hexdigest()[:16]
    built = f"{_BUILDS}{digest}"
    return f"{built}, granted to {analyst} through the views" if analyst else built


def _replace_views(connection: Connection, schemas: Schemas) -> None:
    """Raises DangolError where somebody's own view stands on one that must be made anew."""
    try:
        with get_driver(connection).transaction():
            create_views(connection, schemas)
    except psycopg.errors.InvalidTableDefinition:
        try:
            drop_views(connection, schemas)
        except psycopg.errors.DependentObjectsStillExist as error:
            raise DangolError(
                f"The views of {schemas} have new columns, and something of yours stands on an old one"
                f" ({error.diag.message_detail}); drop that, run this again, and make it anew."
            ) from None
        create_views(connection, schemas)
    comment_views(connection, schemas)
