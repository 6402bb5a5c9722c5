"""What an ad shows at this moment: the view `ads_now`, the function `ads_for`, and the tables they heed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from include.tables import load_table
from include.warehouse.postgres.definitions import AS_OF_DATE
from include.warehouse.postgres.names import name_rows
from include.warehouse.postgres.statements import compose_statement, read_statement, run_composed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

VIEW: Final = "ads_now"
FUNCTION: Final = "ads_for"

_LISTS: Final = "ad_candidates"
_RANK: Final = (
    "Place in the user's list, as in ad_candidates: 1 is the best; items that are left out leave gaps."
)
_OF_VIEW: Final = (
    "What ads may show now: ad_candidates_current less blocked_items and what the user has just_bought. One"
    " row per user_id, rank. ads_for('U1') has it for one user, and for whom the release does not know the"
    " list of user ''."
)
_OF_FUNCTION: Final = (
    "What an ad for this user may show now, best first, as ads_now has it; whom the current release does not"
    " know gets the list of user ''."
)


def create_serving(connection: Connection, schemas: Schemas) -> None:
    """Make or replace the view and the function, over the views of releases."""
    parts = {
        "columns": sql.SQL(", ").join(map(sql.Identifier, load_table(_LISTS).columns)),
        "view": sql.Identifier(schemas.name, VIEW),
        "blocked": sql.Identifier(schemas.name, "blocked_items"),
        "bought": sql.Identifier(schemas.name, "just_bought"),
    }
    rows = schemas.identify(name_rows(_LISTS))
    run_composed(connection, compose_statement("show_now", **parts, rows=rows))
    current = sql.Identifier(schemas.name, f"{_LISTS}_current")
    function = sql.Identifier(schemas.name, FUNCTION)
    run_composed(connection, compose_statement("serve_now", **parts, function=function, current=current))
    says = compose_statement("comment_function", function=function, meaning=sql.Literal(_OF_FUNCTION))
    run_composed(connection, says)


def drop_serving(connection: Connection, schemas: Schemas) -> None:
    """Drop both, which stand on the views of releases."""
    function, view = sql.Identifier(schemas.name, FUNCTION), sql.Identifier(schemas.name, VIEW)
    run_composed(connection, compose_statement("drop_function", function=function))
    run_composed(connection, compose_statement("drop_view", view=view))


def describe_serving() -> tuple[str, dict[str, str]]:
    """What the view and each of its columns mean."""
    columns = {name: column.meaning for name, column in load_table(_LISTS).columns.items()}
    return _OF_VIEW, {"as_of_date": AS_OF_DATE.meaning, **columns, "rank": _RANK}


def block_items(schemas: Schemas, rows: Sequence[Mapping[str, Any]]) -> int:
    """Put rows of `blocked_items` in, each in the place of an earlier block of its item; how many were new or
    changed. Each row has all columns.
    """
    return _put(schemas, "block_items", ("item_id", "reason", "blocked_at", "until"), rows)


def record_just_bought(schemas: Schemas, rows: Sequence[Mapping[str, Any]]) -> int:
    """The same for `just_bought`, in which the later purchase of a user's item counts."""
    return _put(schemas, "record_just_bought", ("user_id", "item_id", "bought_at"), rows)


def _put(schemas: Schemas, statement: str, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> int:
    with schemas.begin() as connection:
        given = {column: [row[column] for row in rows] for column in columns}
        return connection.execute(read_statement(statement), given).rowcount


def unblock_item(schemas: Schemas, item_id: str) -> bool:
    """Let ads show an item again; False where it was not blocked."""
    with schemas.begin() as connection:
        done = connection.execute(read_statement("unblock_item"), {"item_id": item_id})
    return bool(done.rowcount)


def forget_live_rows(schemas: Schemas, *, bought_before: datetime, unblocked_before: datetime) -> int:
    """Delete what was bought before a moment, and blocks that ended before one; how many rows."""
    with schemas.begin() as connection:
        bought = connection.execute(read_statement("delete_just_bought"), {"before": bought_before})
        blocks = connection.execute(read_statement("delete_unblocked"), {"before": unblocked_before})
    return bought.rowcount + blocks.rowcount
