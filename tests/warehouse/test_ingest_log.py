from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.ingest_log import (
    FAILURE,
    record_expiry,
    record_failure,
    record_partition,
)

pytestmark = pytest.mark.integration

DAY = date(2024, 1, 1)
MOMENT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def make_partition(**changes: Any) -> dict[str, Any]:
    return {
        "feed": "purchases",
        "day": DAY,
        "accepted_rows": 90,
        "quarantined_rows": 8,
        "duplicate_rows": 2,
        "guest_rows": 0,
        "filtered_rows": 0,
        "is_closed": False,
        "source_files": 3,
        "source_fingerprint": "ab12",
        "ingested_at": MOMENT,
        "expired_at": None,
    } | changes


def make_quality(**changes: Any) -> dict[str, Any]:
    return {
        "feed": "purchases",
        "day": DAY,
        "expectation": "expect_column_values_to_not_be_null",
        "column_name": "user_id",
        "severity": "row",
        "reason": "user_id is missing",
        "passed": False,
        "unexpected_rows": 8,
        "unexpected_percent": 8.2,
        "sample": json.dumps(["", "단골"]),
        "checked_at": MOMENT,
    } | changes


def read(schemas: Schemas, table: str) -> list[dict[str, Any]]:
    with schemas.begin() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]


def test_a_day_is_recorded_as_given(mall: Schemas) -> None:
    record_partition(mall, make_partition(), [make_quality(), make_quality(column_name="item_id")])
    assert read(mall, "partitions") == [make_partition()]
    rows = sorted(read(mall, "data_quality"), key=lambda row: row["column_name"])
    sample = {"sample": ["", "단골"]}
    assert rows == [make_quality(column_name="item_id") | sample, make_quality() | sample]


def test_a_day_again_replaces_its_rows_and_no_others(mall: Schemas) -> None:
    other = make_partition(feed="products")
    record_partition(mall, other, [make_quality(feed="products")])
    record_partition(mall, make_partition(), [make_quality(), make_quality(column_name="item_id")])
    record_partition(mall, make_partition(accepted_rows=98), [make_quality(passed=True)])
    assert sorted(row["accepted_rows"] for row in read(mall, "partitions")) == [90, 98]
    assert [(row["feed"], row["passed"]) for row in read(mall, "data_quality")] == [
        ("products", False),
        ("purchases", True),
    ]


def test_days_that_expired_say_since_when_until_they_are_ingested_again(mall: Schemas) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    for day in days:
        record_partition(mall, make_partition(day=day), [])
    record_partition(mall, make_partition(feed="products"), [])

    def read_expired() -> dict[date, datetime]:
        rows = read(mall, "partitions")
        return {row["day"]: row["expired_at"] for row in rows if row["expired_at"] is not None}

    record_expiry(mall, "purchases", days[3], [days[1]])
    first = read_expired()
    assert sorted(first) == [days[0], days[2]]
    record_expiry(mall, "purchases", days[3], [])
    again = read_expired()
    assert sorted(again) == days[:3]
    assert {day: again[day] for day in first} == first
    record_partition(mall, make_partition(day=days[0]), [])
    assert sorted(read_expired()) == days[1:3]


def test_a_failure_keeps_what_was_recorded(mall: Schemas) -> None:
    record_partition(mall, make_partition(), [make_quality()])
    with pytest.raises(IntegrityError):
        record_partition(mall, make_partition(accepted_rows=1), [make_quality(reason=None)])
    assert read(mall, "partitions") == [make_partition()]
    assert len(read(mall, "data_quality")) == 1


def test_a_day_without_rules(mall: Schemas) -> None:
    record_partition(mall, make_partition(), [])
    assert read(mall, "data_quality") == []


def test_a_day_that_fails_says_why_until_it_is_accepted(mall: Schemas) -> None:
    record_partition(mall, make_partition(), [make_quality()])
    for reason in ("The file is cut off.", "The column price is missing."):
        record_failure(mall, "purchases", DAY, reason)
    failures = [row for row in read(mall, "data_quality") if row["expectation"] == FAILURE]
    assert [(row["reason"], row["severity"], row["passed"]) for row in failures] == [
        ("The column price is missing.", "table", False)
    ]
    assert read(mall, "partitions") == [make_partition()], "the lake has what it had"
    assert len(read(mall, "data_quality")) == 2

    record_partition(mall, make_partition(), [make_quality()])
    assert [row["expectation"] for row in read(mall, "data_quality")] == [make_quality()["expectation"]]
