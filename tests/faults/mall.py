"""Releases in which every row says which release it is of, and readers who notice a mixture."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import psycopg

from include.columns import RELEASE_TABLES
from include.warehouse.base import CheckResult
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import record_checks
from include.warehouse.postgres.schema import drop_schema, ensure_schema
from include.warehouse.postgres.staging import stage_release
from include.warehouse.postgres.warehouse import PostgresWarehouse
from tests.faults.server import FaultyServer
from tests.warehouse.conftest import ITEMS, USERS, all_rows, make_run, make_tables

FIRST: Final = date(2024, 1, 1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

# How a row of each table says the number of its release.
MARKS: Final = {
    "item_similarities": "co_buyers",
    "user_recommendations": "score::integer",
    "best_sellers": "buyers",
    "recent_items": "(occurred_at AT TIME ZONE 'UTC')::date - date '2000-01-01'",
    "ad_candidates": "score::integer",
    "item_audiences": "score::integer",
    "products": "price::integer",
}


def mark_rows(number: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Different rows, and a different count of them, for each number."""
    rows = all_rows()
    for (table, _), data in rows.items():
        for row in data:
            match table:
                case "item_similarities":
                    row["co_buyers"] = number
                case "best_sellers":
                    row["buyers"] = number
                case "recent_items":
                    row["occurred_at"] = _EPOCH + timedelta(days=number)
                case "products":
                    row["price"] = float(number)
                case _:
                    row["score"] = float(number)
    rows["products", ""] = rows["products", ""][: 1 + number % len(ITEMS)]
    return rows


def open_mall(server: FaultyServer) -> PostgresWarehouse:
    """An empty warehouse, whatever was there before."""
    schemas = Schemas(server.make_engine(), "mall")
    drop_schema(schemas)
    ensure_schema(schemas)
    return PostgresWarehouse(schemas)


def stage_marked(schemas: Schemas, number: int, day: date | None = None) -> int:
    """A staged release that counts as gated; its date is that of its number unless another is stated."""
    as_of = day or FIRST + timedelta(days=number)
    release_id = stage_release(
        schemas,
        as_of,
        make_tables(mark_rows(number)),
        window_items=ITEMS,
        window_users=USERS,
        run=make_run(as_of),
    )
    record_checks(schemas, release_id, [CheckResult("products", "", "by_hand", "critical", True, "", "")])
    return release_id


def read_current(connection: psycopg.Connection[Any], table: str, *, prepare: bool = False) -> set[Any]:
    """(number, as-of date) of all rows of a `_current` view: one, where readers see one release."""
    query = f"SELECT DISTINCT {MARKS[table]}, as_of_date FROM mall.{table}_current"
    return set(connection.execute(query, prepare=prepare).fetchall())


def read_history(connection: psycopg.Connection[Any], table: str, *, prepare: bool = False) -> set[Any]:
    query = f"SELECT DISTINCT {MARKS[table]}, as_of_date FROM mall.{table}"
    return set(connection.execute(query, prepare=prepare).fetchall())


def look(connection: psycopg.Connection[Any]) -> set[Any]:
    """What one transaction sees of all `_current` views; one element where it is one complete release.

    An empty view adds None.
    """
    seen: set[Any] = set()
    with connection.transaction():
        for table in RELEASE_TABLES:
            seen |= read_current(connection, table) or {None}
    return seen
