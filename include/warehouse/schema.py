"""An advertiser's two schemas: `<name>`, which people read, and `<name>_store`, behind its views."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.schema import CreateSchema, DropSchema

from include.columns import RELEASE_TABLES
from include.errors import PermanentError
from include.warehouse.engine import connect_warehouse, explain_failures, get_store, set_search_path
from include.warehouse.statements import (
    compose_statement,
    compose_verbatim,
    get_driver,
    read_file,
    read_statement,
    run_composed,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

_BUILT: Final = "Partitions by release, made from "
SMALL_TABLES: Final = ("releases", "release_checks", "partitions", "data_quality")

# Those with a view `<table>_available`; ad_candidates never hold an item that cannot be bought.
WITH_AVAILABILITY: Final = ("item_similarities", "user_recommendations", "best_sellers")

_STORE_FILES: Final = tuple(f"{table}/table.sql" for table in RELEASE_TABLES)
_TABLE_FILES: Final = tuple(f"{table}/table.sql" for table in SMALL_TABLES)
_VIEW_FILES: Final = (
    "releases/view.sql",
    *(f"{table}/view.sql" for table in RELEASE_TABLES),
    *(f"{table}/available.sql" for table in WITH_AVAILABILITY),
    "statements/copy_comments.sql",
)


@contextmanager
def open_warehouse(name: str) -> Iterator[Engine]:
    """The warehouse of the connection `warehouse_default`, with the schemas of an advertiser in place.

    What a database that is down or refuses raises within is a WarehouseUnavailableError with a sentence.
    """
    engine = connect_warehouse()
    try:
        with explain_failures(engine):
            ensure_schema(engine, name)
            yield engine
    finally:
        engine.dispose()


def ensure_schema(engine: Engine, name: str) -> None:
    """Create or update both schemas of an advertiser. Does nothing where they are as the SQL files say.

    Safe to run from several processes at once. The role that DANGOL_ANALYST_ROLE names (default `analyst`)
    may read the views and small tables, once it exists; the store is closed to it.
    """
    analyst = os.environ.get("DANGOL_ANALYST_ROLE", "analyst")
    with engine.begin() as connection:
        if _is_up_to_date(connection, name, analyst):
            return
        connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": "10s"})
        connection.execute(read_statement("lock_schema"), {"name": f"dangol schema {name}"})
        if _is_up_to_date(connection, name, analyst):
            return
        for schema in (name, get_store(name)):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        _run_files(connection, name, _STORE_FILES, store_first=True)
        _run_files(connection, name, _TABLE_FILES, store_first=False)
        _replace_views(connection, name)
        has_analyst = _find_state(connection, name, analyst).has_analyst
        if has_analyst:
            run_composed(
                connection,
                compose_statement(
                    "grant_reading", schema=sql.Identifier(name), analyst=sql.Identifier(analyst)
                ),
            )
        run_composed(
            connection,
            compose_statement(
                "comment_schemas",
                schema=sql.Identifier(name),
                store=sql.Identifier(get_store(name)),
                fingerprint=sql.Literal(_describe_build(analyst if has_analyst else None)),
            ),
        )


def drop_schema(engine: Engine, name: str) -> None:
    """Drop both schemas and all that is in them, where they are there."""
    with engine.begin() as connection:
        drop_schema_within(connection, name)


def drop_schema_within(connection: Connection, name: str) -> None:
    """The same, in a transaction that has begun."""
    for schema in (name, get_store(name)):
        connection.execute(DropSchema(schema, cascade=True, if_exists=True))


def is_ours(comment: str | None) -> bool:
    """Whether a store of that comment is one that `ensure_schema` has made."""
    return comment is not None and comment.startswith(_BUILT)


def _is_up_to_date(connection: Connection, name: str, analyst: str) -> bool:
    state = _find_state(connection, name, analyst)
    return bool(state.fingerprint == _describe_build(analyst if state.has_analyst else None))


def _find_state(connection: Connection, name: str, analyst: str) -> Row[Any]:
    return connection.execute(
        read_statement("find_fingerprint"), {"store": get_store(name), "analyst": analyst}
    ).one()


def _describe_build(analyst: str | None) -> str:
    """What the store's comment says it was built from; a change of it means that there is something to do."""
    files = "".join(read_file(path) for path in _STORE_FILES + _TABLE_FILES + _VIEW_FILES)
    built = f"{_BUILT}{hashlib.sha256(files.encode()).hexdigest()[:16]}"
    return f"{built}, granted to {analyst} through the views" if analyst else built


def _replace_views(connection: Connection, name: str) -> None:
    """Raises PermanentError where somebody's own view stands on one that must be made anew."""
    try:
        with get_driver(connection).transaction():
            _run_files(connection, name, _VIEW_FILES, store_first=False)
        return
    except psycopg.errors.InvalidTableDefinition:
        pass
    try:
        for table in RELEASE_TABLES:
            for view in (f"{table}_available", f"{table}_current", table):
                run_composed(connection, compose_statement("drop_view", view=sql.Identifier(name, view)))
    except psycopg.errors.DependentObjectsStillExist as error:
        raise PermanentError(
            f"The views of {name} have new columns, and something of yours stands on an old one"
            f" ({error.diag.message_detail}); drop that, run this again, and make it anew."
        ) from None
    _run_files(connection, name, _VIEW_FILES, store_first=False)


def _run_files(connection: Connection, name: str, paths: tuple[str, ...], *, store_first: bool) -> None:
    set_search_path(connection, name, store_first=store_first)
    for path in paths:
        run_composed(connection, compose_verbatim(path))
