"""An advertiser's two schemas: `<name>`, which people read, and `<name>_store`, behind its views."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import inspect
from sqlalchemy.schema import DropSchema

from include.errors import PermanentError
from include.tables import RELEASE_TABLES, SMALL_TABLES
from include.warehouse.postgres.connection import wait_out_locks
from include.warehouse.postgres.ddl import check_columns, create_small_tables, create_store_tables
from include.warehouse.postgres.locks import SCHEMA, take_lock
from include.warehouse.postgres.migrations import ROWS, attach_lists, drop_rows, store_lists
from include.warehouse.postgres.statements import (
    compose_statement,
    compose_verbatim,
    get_driver,
    read_file,
    read_statement,
    run_composed,
)
from include.warehouse.postgres.views import comment_views, create_views, drop_views

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)

# A change of a view or table that waits makes readers wait behind it, so it waits for a moment only.
_LOCK_TIMEOUT: Final = "200ms"
_TRIES: Final = 30
_PAUSE: Final = 0.5

# How releases are stored: 1, a row for each entry of a list; 2, a row for each list. A store of a lower
# version is turned into this one by `include/sql/migrations/`.
VERSION: Final = 2

_BEGUN: Final = f"Partitions by release, version {VERSION}, made from nothing yet"
_BUILT: Final = re.compile(r"Partitions by release(?:, version (\d+))?, made from ")

# The SQL beside the declarations from which an advertiser's schemas are made.
_FILES: Final = (
    "locks/table.sql",
    "changes/table.sql",
    "changes/begin.sql",
    "releases/indexes.sql",
    "releases/view.sql",
    "statements/views.sql",
    "statements/serving.sql",
)

# What PostgreSQL says to a process that makes what another one makes at this moment.
_MADE_BESIDE: Final = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.InternalError_,
)


Build = Callable[["Connection", "Schemas", str], bool]


def ensure_schema(schemas: Schemas) -> None:
    """Create or update both schemas of an advertiser. Does nothing where they are as the declarations say.

    Safe to run from several processes at once. The role that DANGOL_ANALYST_ROLE names (default `analyst`)
    may read the views and small tables, once it exists; the store is closed to it. Raises PermanentError,
    with nothing touched, where a newer version of the code has made them.
    """
    analyst = os.environ.get("DANGOL_ANALYST_ROLE", "analyst")
    with schemas.engine.begin() as connection:
        state = _find_state(connection, schemas, analyst)
        is_up_to_date = _is_up_to_date(state, analyst)
        if not is_up_to_date:
            _check_not_newer(connection, schemas, state)
    if not is_up_to_date:
        _make_locks(schemas)
        if _find_version(state) < VERSION:
            log.info("%s: what releases have is stored as lists from now on.", schemas)
            store_lists(schemas)
        _build_patiently(schemas, analyst)
    if state.has_rows:
        drop_rows(schemas)


def _make_locks(schemas: Schemas) -> None:
    """Make the store with the table of locks, which all the rest waits for."""
    for attempt in range(_TRIES):
        try:
            with schemas.engine.begin() as connection:
                state = _find_state(connection, schemas, "")
                _create_schema(connection, schemas.store)
                if state.fingerprint is None and not state.stores_rows:
                    # Whoever is stopped here leaves a store that is told to be ours.
                    names = {"store": sql.Identifier(schemas.store), "meaning": sql.Literal(_BEGUN)}
                    run_composed(connection, compose_statement("comment_store", **names))
                schemas.set_search_path(connection, store_first=True)
                run_composed(connection, compose_verbatim("locks/table.sql"))
            return
        except _MADE_BESIDE:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE)


def _create_schema(connection: Connection, name: str) -> None:
    """Make a schema that is not there; who may make none may still update those that are."""
    if not inspect(connection).has_schema(name):
        run_composed(connection, compose_statement("create_schema", schema=sql.Identifier(name)))


def _build_patiently(schemas: Schemas, analyst: str) -> None:
    """Make or update all, tables first. Readers wait for what is changed, so each try is short."""
    for build in (_build_tables, _build_views):

        def try_build(build: Build = build) -> bool:
            with _lock_schema(schemas, analyst) as connection:
                return connection is None or build(connection, schemas, analyst)

        while not wait_out_locks(try_build, tries=_TRIES, pause=_PAUSE):
            store_lists(schemas)


@contextmanager
def _lock_schema(schemas: Schemas, analyst: str) -> Iterator[Connection | None]:
    """A transaction in which nobody else changes the schemas; None where somebody has done it meanwhile."""
    with schemas.engine.begin() as connection:
        connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": "10s"})
        take_lock(connection, schemas, SCHEMA)
        state = _find_state(connection, schemas, analyst)
        if _is_up_to_date(state, analyst):
            yield None
            return
        _check_not_newer(connection, schemas, state)
        connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": _LOCK_TIMEOUT})
        yield connection


def _build_tables(connection: Connection, schemas: Schemas, analyst: str) -> bool:
    _create_schema(connection, schemas.name)
    create_store_tables(connection, schemas)
    run_composed(connection, compose_verbatim("changes/table.sql"))
    create_small_tables(connection, schemas)
    run_composed(connection, compose_verbatim("releases/indexes.sql"))
    run_composed(connection, compose_verbatim("changes/begin.sql"))
    return True


def _build_views(connection: Connection, schemas: Schemas, analyst: str) -> bool:
    """False, with nothing done, where rows are to be stored as lists first."""
    state = _find_state(connection, schemas, analyst)
    schemas.set_search_path(connection)
    if _find_version(state) < VERSION and not attach_lists(connection, schemas):
        return False
    run_composed(connection, compose_verbatim("changes/begin.sql"))
    _replace_views(connection, schemas)
    if state.has_analyst:
        names = {"schema": sql.Identifier(schemas.name), "analyst": sql.Identifier(analyst)}
        run_composed(connection, compose_statement("grant_reading", **names))
    _comment_schemas(connection, schemas, _describe_build(analyst if state.has_analyst else None))
    return True


def _comment_schemas(connection: Connection, schemas: Schemas, built: str) -> None:
    statement = compose_statement(
        "comment_schemas",
        schema=sql.Identifier(schemas.name),
        store=sql.Identifier(schemas.store),
        fingerprint=sql.Literal(built),
    )
    run_composed(connection, statement)


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


def _is_up_to_date(state: Row[Any], analyst: str) -> bool:
    return bool(state.fingerprint == _describe_build(analyst if state.has_analyst else None))


def _find_state(connection: Connection, schemas: Schemas, analyst: str) -> Row[Any]:
    values = {"store": schemas.store, "analyst": analyst, "rows": ROWS}
    return connection.execute(read_statement("find_state"), values).one()


def _find_version(state: Row[Any]) -> int:
    """That of the store, by its comment, or by what is there where somebody has changed the comment."""
    built = _BUILT.match(state.fingerprint or "")
    if built:
        return int(built[1] or 1)
    return 1 if state.stores_rows else VERSION


def _check_not_newer(connection: Connection, schemas: Schemas, state: Row[Any]) -> None:
    """Raises PermanentError where newer code has made the schemas."""
    if (version := _find_version(state)) > VERSION:
        raise PermanentError(
            f"The warehouse of {schemas} is of version {version} and this code knows {VERSION}: a newer one"
            " has made it, and nothing was changed; run that version."
        )
    check_columns(connection, schemas)


def _describe_build(analyst: str | None) -> str:
    """What the store's comment says it was built from; a change of it means that there is something to do."""
    declared = (f"{table}/table.yaml" for table in (*RELEASE_TABLES, *SMALL_TABLES))
    files = "".join(read_file(path) for path in (*declared, *_FILES))
    digest = hashlib.sha256(files.encode()).hexdigest()[:16]
    built = f"Partitions by release, version {VERSION}, made from {digest}"
    return f"{built}, granted to {analyst} through the views" if analyst else built


def _replace_views(connection: Connection, schemas: Schemas) -> None:
    """Raises PermanentError where somebody's own view stands on one that must be made anew."""
    try:
        with get_driver(connection).transaction():
            create_views(connection, schemas)
    except psycopg.errors.InvalidTableDefinition:
        try:
            drop_views(connection, schemas)
        except psycopg.errors.DependentObjectsStillExist as error:
            raise PermanentError(
                f"The views of {schemas} have new columns, and something of yours stands on an old one"
                f" ({error.diag.message_detail}); drop that, run this again, and make it anew."
            ) from None
        create_views(connection, schemas)
    comment_views(connection, schemas)
