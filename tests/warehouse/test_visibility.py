"""What readers see when clocks, servers and other readers are not as one would wish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import Engine, create_engine, text

from include.errors import PermanentError, WarehouseUnavailableError
from include.local.postgres import Server
from include.warehouse.base import CheckResult, RolledBackRelease
from include.warehouse.postgres import visibility
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.corrections import mend_state, roll_back
from include.warehouse.postgres.gates import record_checks
from include.warehouse.postgres.locks import add_lock, list_staging, name_staging, try_lock
from include.warehouse.postgres.releases import publish_release
from include.warehouse.postgres.schema import ensure_schema
from include.warehouse.postgres.store import drop_table, list_stored_tables
from tests.warehouse.conftest import MONDAY, TUESDAY, WEDNESDAY
from tests.warehouse.test_releases import ask

pytestmark = pytest.mark.integration

Publish = Callable[..., Any]
Stage = Callable[..., int]


def shift_moments(schemas: Schemas, by: str, which: str = "true") -> None:
    """To readers, moments that lie so much later are a clock that was set back by as much."""
    with schemas.begin() as connection:
        shifted = "UPDATE changes SET moment = moment + CAST(:by AS interval) WHERE isfinite(moment) AND "
        connection.execute(text(shifted + which), {"by": by})


def lose_tables(schemas: Schemas, release_id: int) -> None:
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas, release_id)
    assert stored and all(drop_table(schemas, table.name) for table in stored)


def see(schemas: Schemas) -> list[Any]:
    return ask(schemas, "SELECT DISTINCT as_of_date FROM products_current")


@pytest.mark.parametrize("by", ["25 minutes", "40 minutes", "1 hour", "400 days"])
def test_a_clock_that_is_set_back_leaves_one_release(mall: Schemas, publish: Publish, by: str) -> None:
    publish(MONDAY)
    shift_moments(mall, by)
    assert see(mall) == [(MONDAY,)]
    publish(TUESDAY)
    assert see(mall) == [(TUESDAY,)], "a publication is seen although older moments lie ahead"
    shift_moments(mall, by)
    assert see(mall) in ([(MONDAY,)], [(TUESDAY,)])


def test_a_clock_that_ran_ahead_is_said_and_mended(
    mall: Schemas, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(MONDAY)
    published = publish(TUESDAY)
    shift_moments(mall, "3 days", "number = (SELECT max(number) FROM changes)")
    assert see(mall) == [(MONDAY,)]
    monkeypatch.setattr(visibility, "_PATIENCE", 0.1)
    monkeypatch.setattr(visibility, "DELAY", 0.01)
    sentence = (
        r"release 2 is current, but readers see release 1 of 2024-01-01: .* dangol mend --advertiser mall"
    )
    with pytest.raises(PermanentError, match=sentence):
        publish_release(mall, published.release_id)
    monkeypatch.undo()
    mended = mend_state(mall)
    assert (mended.current_release, mended.current_date) == (published.release_id, TUESDAY)
    assert see(mall) == [(TUESDAY,)]


def test_mending_leaves_out_what_has_no_rows(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY)
    lost = publish(TUESDAY).release_id
    lose_tables(mall, lost)
    mended = mend_state(mall)
    assert (mended.current_date, mended.expired) == (MONDAY, [lost])
    assert see(mall) == [(MONDAY,)]


def test_mending_where_nothing_has_rows_shows_nothing(mall: Schemas, publish: Publish) -> None:
    lost = publish(MONDAY).release_id
    lose_tables(mall, lost)
    for expired in ([lost], []):
        mended = mend_state(mall)
        assert (mended.current_release, mended.expired) == (None, expired)
        assert ask(mall, "SELECT release_id FROM releases_current") == []
    publish(TUESDAY)
    assert ask(mall, "SELECT count(*) FROM changes WHERE current_release IS NULL") == [(0,)]


def test_a_server_that_is_too_slow_for_its_moment_changes_nothing(
    mall: Schemas, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_id = stage(MONDAY)
    record_checks(mall, release_id, [CheckResult("products", "", "by_hand", "critical", True, "", "")])
    monkeypatch.setattr(visibility, "DELAY", 0.01)
    with pytest.raises(WarehouseUnavailableError, match="took longer than"):
        publish_release(mall, release_id)
    assert ask(mall, "SELECT status, published_at FROM releases") == [("staged", None)]
    monkeypatch.undo()
    monkeypatch.setattr(visibility, "DELAY", 0.2)  # too short, then long enough
    assert publish_release(mall, release_id).is_current


def test_rolling_back(mall: Schemas, publish: Publish) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        publish(day)
    rolled_back = roll_back(mall)
    assert (rolled_back.as_of_date, rolled_back.current_date) == (WEDNESDAY, TUESDAY)
    assert see(mall) == [(TUESDAY,)]
    assert ask(mall, "SELECT DISTINCT as_of_date FROM products ORDER BY 1") == [(MONDAY,), (TUESDAY,)]
    assert ask(mall, "SELECT status FROM releases WHERE as_of_date = '2024-01-03'") == [("rolled_back",)]
    with pytest.raises(PermanentError, match="no other release of 2024-01-03 is published"):
        roll_back(mall, WEDNESDAY)
    assert publish(WEDNESDAY).is_current
    assert roll_back(mall, MONDAY).current_date == MONDAY
    assert see(mall) == [(MONDAY,)]
    with pytest.raises(PermanentError, match="stays current, because no release of an earlier date"):
        roll_back(mall)
    assert see(mall) == [(MONDAY,)]


@pytest.mark.parametrize("to", [None, TUESDAY])
def test_rolling_back_that_was_killed_takes_no_second_release_away(
    mall: Schemas, publish: Publish, monkeypatch: pytest.MonkeyPatch, to: date | None
) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        publish(day)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(visibility, "make_durable", Mock(side_effect=KeyboardInterrupt))
        roll_back(mall)
    assert roll_back(mall, to) == RolledBackRelease(3, WEDNESDAY, 2, TUESDAY)
    assert see(mall) == [(TUESDAY,)]
    assert roll_back(mall).current_date == MONDAY, "one that is meant goes on"


def test_rolling_back_to_rows_that_are_gone(mall: Schemas, publish: Publish) -> None:
    with pytest.raises(PermanentError, match="no release is out"):
        roll_back(mall)
    lost = publish(MONDAY).release_id
    publish(TUESDAY)
    lose_tables(mall, lost)
    with pytest.raises(PermanentError, match="the rows of release 1 of 2024-01-01 are gone"):
        roll_back(mall)


def test_a_warehouse_from_before_changes_shows_the_same(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY)
    publish(TUESDAY)
    before = see(mall), ask(mall, "SELECT * FROM releases_published ORDER BY release_id")
    with mall.begin() as connection:
        connection.execute(text("DROP TABLE changes CASCADE"))
        connection.execute(text("DROP TABLE locks"))
        connection.execute(text("ALTER TABLE releases DROP COLUMN dropped_at"))
        connection.execute(text("COMMENT ON SCHEMA mall_store IS 'older'"))
    ensure_schema(mall)
    assert (see(mall), ask(mall, "SELECT * FROM releases_published ORDER BY release_id")) == before
    assert publish(WEDNESDAY).is_current


def test_who_is_staging_is_known_without_a_lock(mall: Schemas) -> None:
    for day in (MONDAY, TUESDAY):
        add_lock(mall, name_staging(day))
    with mall.begin() as connection, mall.begin() as other:
        assert try_lock(connection, mall, name_staging(TUESDAY))
        assert not try_lock(other, mall, name_staging(TUESDAY))
        assert list_staging(other, mall) == [TUESDAY]
    with mall.begin() as connection:
        assert list_staging(connection, mall) == []


def test_readers_reach_neither_locks_nor_changes(postgres: Server, mall: Schemas) -> None:
    from sqlalchemy.exc import ProgrammingError

    analyst: Engine = create_engine(postgres.url(mall.engine.url.database or "", "analyst"))
    for table in ("locks", "changes"):
        with pytest.raises(ProgrammingError, match="permission denied"), analyst.connect() as connection:
            connection.exec_driver_sql(f"LOCK TABLE mall_store.{table} IN ACCESS SHARE MODE")
    analyst.dispose()
