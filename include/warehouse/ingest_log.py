"""What ingest did, day by day, as rows that people can query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from include.warehouse.engine import open_schema
from include.warehouse.statements import read_statement

if TYPE_CHECKING:
    from sqlalchemy import Engine

FAILURE: Final = "expect_day_to_be_accepted"


def record_partition(
    engine: Engine, schema: str, partition: Mapping[str, Any], quality: Iterable[Mapping[str, Any]]
) -> None:
    """Replace what is recorded of one feed and day, in one transaction.

    The mappings hold the columns of `partitions` and of `data_quality`; `sample` is JSON text or None.
    """
    rows = [dict(row) for row in quality]
    with open_schema(engine, schema) as connection:
        key = {"feed": partition["feed"], "day": partition["day"]}
        connection.execute(read_statement("replace_partition"), dict(partition))
        connection.execute(read_statement("delete_quality"), key)
        if rows:
            connection.execute(read_statement("insert_quality"), rows)


def record_failure(engine: Engine, schema: str, feed: str, day: date, reason: str) -> None:
    """Say in `data_quality` why a day was not accepted, until it is; `partitions` keeps what it had."""
    failure = {
        "feed": feed,
        "day": day,
        "expectation": FAILURE,
        "column_name": "",
        "severity": "table",
        "reason": reason,
        "sample": None,
        "passed": False,
        "unexpected_rows": 0,
        "unexpected_percent": 0.0,
        "checked_at": datetime.now(UTC),
    }
    with open_schema(engine, schema) as connection:
        connection.execute(read_statement("delete_failure"), failure)
        connection.execute(read_statement("insert_quality"), failure)
