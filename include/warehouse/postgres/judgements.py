"""The lists that were out before a day, and what was found of them on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from include.warehouse.postgres.definitions import define_small_tables
from include.warehouse.postgres.statements import read_statement

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas


def find_lists_before(schemas: Schemas, as_of: date) -> list[tuple[int, date]]:
    """The two newest published releases of dates before one, as far as there are any, the newest first."""
    with schemas.begin() as connection:
        rows = connection.execute(read_statement("find_lists_before"), {"as_of": as_of})
        return [(row.release_id, row.as_of_date) for row in rows]


def read_ad_lists(schemas: Schemas, release_id: int, user_ids: Sequence[str]) -> dict[str, list[str]]:
    """The items of those of the users who have a list, best first."""
    asked = {"release_id": release_id, "user_ids": list(user_ids)}
    with schemas.begin(store_first=True) as connection:
        rows = connection.execute(read_statement("read_ad_lists"), asked)
        return {row.user_id: row.item_id for row in rows}


def read_popular(schemas: Schemas, release_id: int) -> list[str]:
    """The best sellers of the whole mall."""
    with schemas.begin(store_first=True) as connection:
        rows = connection.execute(read_statement("read_popular"), {"release_id": release_id})
        return [item for row in rows for item in row.item_id]


def record_judgement(schemas: Schemas, as_of: date, rows: Sequence[dict[str, Any]]) -> None:
    """Replace what is recorded of a day."""
    with schemas.begin() as connection:
        connection.execute(read_statement("delete_judgement"), {"as_of": as_of})
        if rows:
            connection.execute(insert(define_small_tables()["release_metrics"]), list(rows))


def read_judgements(schemas: Schemas, days: int) -> list[dict[str, Any]]:
    """See `include.warehouse.base.Warehouse`."""
    with schemas.begin() as connection:
        if not connection.execute(read_statement("has_judgements")).scalar_one():
            return []
        rows = connection.execute(read_statement("read_judgements"), {"days": days})
        return [dict(row) for row in rows.mappings()]
