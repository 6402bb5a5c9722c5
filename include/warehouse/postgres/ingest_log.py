"""What ingest did, day by day, as rows that people can query."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects.postgresql import Insert, insert

from include.warehouse.postgres.definitions import define_small_tables
from include.warehouse.postgres.statements import read_statement

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas

FAILURE: Final = "expect_day_to_be_accepted"

# `reason` is part of a key, whose index holds at most 2,704 bytes of a row.
_LONGEST: Final = 2_000
_NO_CHARACTERS: Final = re.compile("[\0\ud800-\udfff]")


def record_partition(
    schemas: Schemas, partition: Mapping[str, Any], quality: Iterable[Mapping[str, Any]]
) -> None:
    """Replace what is recorded of one feed and day, in one transaction.

    The mappings hold the columns of `partitions` and of `data_quality`; `sample` is JSON text or None.
    """
    rows = [_make_storable(row) for row in quality]
    with schemas.begin() as connection:
        key = {"feed": partition["feed"], "day": partition["day"]}
        connection.execute(_replace_partition(partition))
        connection.execute(read_statement("delete_quality"), key)
        if rows:
            connection.execute(insert(define_small_tables()["data_quality"]), rows)


def record_failure(schemas: Schemas, feed: str, day: date, reason: str) -> None:
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
    with schemas.begin() as connection:
        connection.execute(read_statement("delete_failure"), failure)
        connection.execute(insert(define_small_tables()["data_quality"]), _make_storable(failure))


def _replace_partition(partition: Mapping[str, Any]) -> Insert:
    """Insert the row of a feed and day, or make the one that is there the same, defaults included."""
    table = define_small_tables()["partitions"]
    key = [column.name for column in table.primary_key]
    row = insert(table).values(dict(partition))
    changed = {column.name: row.excluded[column.name] for column in table.columns if column.name not in key}
    return row.on_conflict_do_update(index_elements=key, set_=changed)


def record_expiry(schemas: Schemas, feed: str, before: date, held: Iterable[date]) -> None:
    """Say in `partitions` that the lake has let go of a feed's days before `before`, but for those `held`."""
    expired = {"feed": feed, "before": before, "held": list(held)}
    with schemas.begin() as connection:
        connection.execute(read_statement("expire_partitions"), expired)


def _make_storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with texts as PostgreSQL takes them.

    They have no U+0000 and no half of a surrogate pair: a reason shows them escaped, the texts of a sample
    U+FFFD instead.
    """
    stored = dict(row)
    reason = row["reason"]
    if isinstance(reason, str):
        shown = reason.replace("\0", r"\x00").encode(errors="backslashreplace")
        if len(shown) > _LONGEST:
            shown = shown[:_LONGEST] + " …".encode()
        stored["reason"] = shown.decode(errors="ignore")
    if row["sample"] is not None:
        texts = [_NO_CHARACTERS.sub("\ufffd", str(text)) for text in json.loads(row["sample"])]
        stored["sample"] = texts
    return stored
