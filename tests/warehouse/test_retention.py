from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.releases import reject_release
from include.warehouse.postgres.retention import apply_retention
from include.warehouse.postgres.store import list_stored_tables
from include.warehouse.postgres.visibility import DELAY
from tests.warehouse.conftest import MONDAY, TUESDAY, WEDNESDAY
from tests.warehouse.test_releases import connect, pass_gates

pytestmark = pytest.mark.integration

NOW = timedelta(0)
WEEK = timedelta(days=7)


def stored(schemas: Schemas) -> set[int]:
    with schemas.begin() as connection:
        return {table.release_id for table in list_stored_tables(connection, schemas)}


def statuses(schemas: Schemas) -> dict[int, str]:
    with schemas.begin() as connection:
        rows = connection.execute(text("SELECT release_id, status FROM releases"))
        return {row.release_id: row.status for row in rows}


def retire(schemas: Schemas, keep: int) -> list[int]:
    """Expire and, once the moment of that has come, drop."""
    dropped = apply_retention(schemas, keep, grace=NOW)
    time.sleep(DELAY + 0.1)
    return dropped + apply_retention(schemas, keep, grace=NOW)


def test_the_newest_dates_stay(mall: Schemas, publish: Callable[..., Any]) -> None:
    ids = {day: publish(date(2024, 1, day)).release_id for day in (3, 1, 4, 2)}
    assert retire(mall, 2) == sorted([ids[1], ids[2]])
    assert stored(mall) == {ids[3], ids[4]}
    assert statuses(mall)[ids[1]] == "expired"
    with mall.begin() as connection:
        days = connection.execute(text("SELECT DISTINCT as_of_date FROM item_similarities ORDER BY 1"))
        assert list(days.scalars()) == [date(2024, 1, 3), date(2024, 1, 4)]
    assert apply_retention(mall, 2, grace=NOW) == []


def test_superseded_and_rejected_ones_go(
    mall: Schemas, publish: Callable[..., Any], stage: Callable[..., int]
) -> None:
    first, second = publish(MONDAY).release_id, publish(MONDAY).release_id
    waiting = stage(TUESDAY)
    assert apply_retention(mall, 14) == [], "open transactions may still read what was just replaced"
    assert apply_retention(mall, 14, grace=NOW) == [first]
    assert stored(mall) == {second, waiting}


def test_the_current_release_stays_though_it_is_old(mall: Schemas, publish: Callable[..., Any]) -> None:
    releases = [publish(day).release_id for day in (MONDAY, TUESDAY, WEDNESDAY)]
    with mall.begin() as connection:
        connection.execute(text("UPDATE releases SET is_current = false"))
        connection.execute(text("UPDATE releases SET is_current = release_id = :id"), {"id": releases[0]})
    assert retire(mall, 1) == [releases[1]]


def test_an_abandoned_attempt_is_given_up(mall: Schemas, stage: Callable[..., int]) -> None:
    release_id = stage(MONDAY)
    assert apply_retention(mall, 14, grace=NOW) == []
    assert apply_retention(mall, 14, grace=NOW, abandoned_after=NOW) == [release_id]
    assert (statuses(mall), stored(mall)) == ({release_id: "rejected"}, set())


def test_what_is_being_read_stays_until_the_next_time(
    mall: Schemas, publish: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    old, new = publish(MONDAY).release_id, publish(TUESDAY).release_id
    with connect(mall) as reader, connect(mall, autocommit=True) as other:
        reader.execute("SELECT count(*) FROM mall.products").fetchone()
        assert retire(mall, 1) == []
        assert "tries again next time" in caplog.text
        assert old in stored(mall)
        assert statuses(mall)[old] == "expired"
        assert other.execute("SELECT DISTINCT as_of_date FROM mall.products").fetchall() == [(TUESDAY,)]
    assert apply_retention(mall, 1, grace=NOW) == [old]
    assert stored(mall) == {new}


def test_what_its_gates_reject_stays_for_some_days(mall: Schemas, stage: Callable[..., int]) -> None:
    rejected, given_up = stage(MONDAY), stage(TUESDAY)
    pass_gates(mall, rejected, passed=False)
    for release_id in (rejected, given_up):
        reject_release(mall, release_id, "Not today.")
    assert apply_retention(mall, 14, keep_rejected=7) == [given_up]
    assert stored(mall) == {rejected}
    with mall.begin() as connection:
        connection.execute(text("UPDATE releases SET staged_at = staged_at - interval '8 days'"))
    assert apply_retention(mall, 14, keep_rejected=9) == []
    assert apply_retention(mall, 14, keep_rejected=7) == [rejected]


def test_no_clock_leads_back_to_what_was_dropped(mall: Schemas, publish: Callable[..., Any]) -> None:
    """Moments that are moved ahead are to readers what a clock that is set back is."""
    publish(MONDAY)
    publish(TUESDAY)
    assert retire(mall, 1)
    for back in ("25 minutes", "3 days"):
        with mall.begin() as connection:
            connection.execute(
                text("UPDATE changes SET moment = moment + CAST(:back AS interval)"), {"back": back}
            )
        with mall.begin() as connection:
            days = connection.execute(text("SELECT DISTINCT as_of_date FROM products_current")).scalars()
            assert list(days) == [TUESDAY]
