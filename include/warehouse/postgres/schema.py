"""An advertiser's two schemas: `<name>`, which people read, and `<name>_store`, behind its views."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.schema import CreateSchema, DropSchema

from include.columns import RELEASE_TABLES
from include.errors import PermanentError
from include.warehouse.postgres.statements import (
    compose_statement,
    compose_verbatim,
    get_driver,
    read_file,
    read_statement,
    run_composed,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.warehouse.postgres.connection import Schemas

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
    "releases/comments.sql",
)


def ensure_schema(schemas: Schemas) -> None:
    """Create or update both schemas of an advertiser. Does nothing where they are as the SQL files say.

    Safe to run from several processes at once. The role that DANGOL_ANALYST_ROLE names (default `analyst`)
    may read the views and small tables, once it exists; the store is closed to it.
    """
    analyst = os.environ.get("DANGOL_ANALYST_ROLE", "analyst")
    with schemas.engine.begin() as connection:
        if _is_up_to_date(connection, schemas, analyst):
            return
        connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": "10s"})
        connection.execute(read_statement("lock_schema"), {"name": f"dangol schema {schemas}"})
        if _is_up_to_date(connection, schemas, analyst):
            return
        for schema in (schemas.name, schemas.store):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        _run_files(connection, schemas, _STORE_FILES, store_first=True)
        _run_files(connection, schemas, _TABLE_FILES, store_first=False)
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
    return comment is not None and comment.startswith(_BUILT)


def _is_up_to_date(connection: Connection, schemas: Schemas, analyst: str) -> bool:
    state = _find_state(connection, schemas, analyst)
    return bool(state.fingerprint == _describe_build(analyst if state.has_analyst else None))


def _find_state(connection: Connection, schemas: Schemas, analyst: str) -> Row[Any]:
    return connection.execute(
        read_statement("find_fingerprint"), {"store": schemas.store, "analyst": analyst}
    ).one()


def _describe_build(analyst: str | None) -> str:
    """What the store's comment says it was built from; a change of it means that there is something to do."""
    files = "".join(read_file(path) for path in _STORE_FILES + _TABLE_FILES + _VIEW_FILES)
    built = f"{_BUILT}{hashlib.sha256(files.encode()).hexdigest()[:16]}"
    return f"{built}, granted to {analyst} through the views" if analyst else built


def _replace_views(connection: Connection, schemas: Schemas) -> None:
    """Raises PermanentError where somebody's own view stands on one that must be made anew."""
    try:
        with get_driver(connection).transaction():
            _run_files(connection, schemas, _VIEW_FILES, store_first=False)
        return
    except psycopg.errors.InvalidTableDefinition:
        pass
    try:
        for table in RELEASE_TABLES:
            for view in (f"{table}_available", f"{table}_current", table):
                run_composed(
                    connection, compose_statement("drop_view", view=sql.Identifier(schemas.name, view))
                )
    except psycopg.errors.DependentObjectsStillExist as error:
        raise PermanentError(
            f"The views of {schemas} have new columns, and something of yours stands on an old one"
            f" ({error.diag.message_detail}); drop that, run this again, and make it anew."
        ) from None
    _run_files(connection, schemas, _VIEW_FILES, store_first=False)


def _run_files(
    connection: Connection, schemas: Schemas, paths: tuple[str, ...], *, store_first: bool
) -> None:
    schemas.set_search_path(connection, store_first=store_first)
    for path in paths:
        run_composed(connection, compose_verbatim(path))
