"""What an ad shows at this moment: the current list less what was blocked or bought since, by index."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from include.local.postgres import Server
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.names import name_leaf
from include.warehouse.postgres.schema import ensure_schema
from include.warehouse.postgres.serving import (
    block_items,
    forget_live_rows,
    record_just_bought,
    unblock_item,
)
from tests.warehouse.conftest import ITEMS, MONDAY, NOBODY, SCHEMA, TUESDAY, USERS, all_rows
from tests.warehouse.test_views import explain

pytestmark = pytest.mark.integration

Publish = Callable[..., Any]
NOW = datetime.now(UTC).replace(microsecond=0)


def block(
    item: str, *, at: datetime = NOW, until: datetime | None = None, reason: str = ""
) -> dict[str, Any]:
    return {"item_id": item, "reason": reason, "blocked_at": at, "until": until}


def buy(user: str, item: str, at: datetime = NOW) -> dict[str, Any]:
    return {"user_id": user, "item_id": item, "bought_at": at}


def read(schemas: Schemas, query: str, **values: Any) -> list[Any]:
    with schemas.begin() as connection:
        return list(connection.execute(text(query), values))


def show(schemas: Schemas, user: str) -> list[tuple[int, str]]:
    rows = read(schemas, "SELECT rank, item_id FROM ads_now WHERE user_id = :user ORDER BY rank", user=user)
    return [tuple(row) for row in rows]


def serve(schemas: Schemas, user: str) -> list[tuple[int, str]]:
    return [tuple(row) for row in read(schemas, "SELECT rank, item_id FROM ads_for(:user)", user=user)]


def test_nothing_is_served_before_the_first_release(mall: Schemas) -> None:
    assert show(mall, "A") == serve(mall, "A") == []


def test_without_blocks_and_purchases_it_is_the_current_list(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY)
    publish(TUESDAY, all_rows())
    columns = "as_of_date, user_id, rank, item_id, source, score, because_item_id"
    now = read(mall, f"SELECT {columns} FROM ads_now ORDER BY user_id, rank")
    assert now == read(mall, f"SELECT {columns} FROM ad_candidates_current ORDER BY user_id, rank")
    assert len(now) == 16


def test_a_blocked_item_is_left_out_until_its_block_ends(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    soon, past = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
    assert block_items(mall, [block("P1"), block("P2", until=soon), block("P3", until=past)]) == 3
    for user in (*USERS, NOBODY, "a stranger"):
        assert serve(mall, user) == [(3, "P3"), (4, "P4")]
    assert show(mall, "A") == [(3, "P3"), (4, "P4")]
    assert unblock_item(mall, "P1") and not unblock_item(mall, "P1")
    assert [item for _, item in show(mall, "A")] == ["P1", "P3", "P4"]


def test_what_a_user_has_just_bought_is_left_out_for_that_user_alone(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    assert record_just_bought(mall, [buy("A", "P1"), buy("new", "P2"), buy("B", "not listed")]) == 3
    assert [item for _, item in show(mall, "A")] == ["P2", "P3", "P4"]
    assert [item for _, item in show(mall, "B")] == ["P1", "P2", "P3", "P4"]
    assert [item for _, item in serve(mall, "new")] == ["P1", "P3", "P4"], "a list that is not his own"
    assert [item for _, item in show(mall, NOBODY)] == ["P1", "P2", "P3", "P4"]


def test_whom_the_release_does_not_know_has_the_list_of_nobody(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    assert serve(mall, "a stranger") == show(mall, NOBODY) == serve(mall, NOBODY)
    assert serve(mall, "B") == show(mall, "B")
    (row,) = {row.user_id for row in read(mall, "SELECT user_id FROM ads_for('a stranger')")}
    assert row == NOBODY, "which says that it is nobody's own list"
    assert read(mall, "SELECT item_id FROM ads_for(NULL)") != []


def test_a_known_user_of_whose_list_nothing_is_left_gets_no_list_of_another(
    mall: Schemas, publish: Publish
) -> None:
    publish(MONDAY, all_rows())
    record_just_bought(mall, [buy("A", item) for item in ITEMS])
    assert serve(mall, "A") == show(mall, "A") == []


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_loop_over_the_rows_leaves(mall: Schemas, publish: Publish, seed: int) -> None:
    draw = random.Random(seed)
    publish(MONDAY, all_rows())
    users = [*USERS, NOBODY, "new"]
    blocks = [
        block(item, until=draw.choice([None, NOW - timedelta(days=1), NOW + timedelta(days=1)]))
        for item in draw.sample(ITEMS, 3)
    ]
    bought = {(draw.choice(users), draw.choice(ITEMS)) for _ in range(8)}
    block_items(mall, blocks)
    record_just_bought(mall, [buy(*pair) for pair in bought])
    listed = read(mall, "SELECT user_id, rank, item_id FROM ad_candidates_current")
    known = {row.user_id for row in listed}
    closed = {row["item_id"] for row in blocks if row["until"] is None or row["until"] > NOW}
    for user in users:
        left = sorted(
            (row.rank, row.item_id)
            for row in listed
            if row.user_id == (user if user in known else NOBODY)
            and row.item_id not in closed
            and (user, row.item_id) not in bought
        )
        assert serve(mall, user) == left
        assert show(mall, user) == (left if user in known else [])


def test_a_look_up_reads_each_table_by_its_key(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    release_id = publish(TUESDAY, all_rows()).release_id
    block_items(mall, [block("P2")])
    record_just_bought(mall, [buy("B", "P1")])
    leaf = name_leaf("ad_candidates", release_id, "")
    for query in ("SELECT * FROM ads_now WHERE user_id = 'B'", "SELECT * FROM ads_for('B')"):
        scans = explain(mall, query)
        assert scans.keys() == {leaf, "blocked_items", "just_bought"}, query
        assert {name: scan["Index Name"] for name, scan in scans.items()} == {
            name: f"{name}_pkey" for name in scans
        }
        for table in ("blocked_items", "just_bought"):
            assert 1 < scans[table]["Actual Loops"] <= 4, "once for each item of the list that is left"


def test_the_later_row_counts_in_whatever_order_they_come(mall: Schemas) -> None:
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    assert (
        block_items(mall, [block("P1", at=late, reason="late"), block("P1", at=early, reason="early")]) == 1
    )
    assert block_items(mall, [block("P1", at=early, reason="early")]) == 0
    assert block_items(mall, [block("P1", at=late, reason="late")]) == 0, "as it is already"
    assert block_items(mall, [block("P1", at=late, until=NOW, reason="late")]) == 1, "said anew"
    (row,) = read(mall, "SELECT * FROM blocked_items")
    assert tuple(row) == ("P1", "late", late, NOW)
    assert record_just_bought(mall, [buy("A", "P1", late), buy("A", "P1", early)]) == 1
    assert record_just_bought(mall, [buy("A", "P1", early)]) == 0
    assert read(mall, "SELECT bought_at FROM just_bought") == [(late,)]
    assert block_items(mall, []) == record_just_bought(mall, []) == 0


def test_many_rows_at_once(mall: Schemas) -> None:
    rows = [buy(f"u{n % 1000}", f"i{n // 1000}") for n in range(12_000)]
    assert record_just_bought(mall, rows) == 12_000
    assert record_just_bought(mall, rows) == 0


def test_what_is_old_is_forgotten(mall: Schemas) -> None:
    days = [NOW - timedelta(days=n) for n in range(4)]
    record_just_bought(mall, [buy("A", f"P{n}", day) for n, day in enumerate(days)])
    block_items(mall, [block(f"P{n}", at=days[3], until=day) for n, day in enumerate(days)])
    block_items(mall, [block("for ever", at=days[3])])
    assert forget_live_rows(mall, bought_before=days[2], unblocked_before=days[1]) == 1 + 2
    assert read(mall, "SELECT item_id FROM just_bought ORDER BY 1") == [("P0",), ("P1",), ("P2",)]
    assert read(mall, "SELECT item_id FROM blocked_items ORDER BY 1") == [("P0",), ("P1",), ("for ever",)]


def test_the_analyst_is_served_and_writes_nothing(postgres: Server, mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    analyst = create_engine(postgres.url(mall.engine.url.database or "", "analyst"))
    with analyst.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT item_id FROM {SCHEMA}.ads_for('A')").all()
        assert len(found) == 4
    with analyst.connect() as connection, pytest.raises(Exception) as caught:
        connection.exec_driver_sql("SET transaction_read_only = off")
        connection.exec_driver_sql(f"INSERT INTO {SCHEMA}.blocked_items (item_id) VALUES ('P1')")
    assert isinstance(getattr(caught.value, "orig", None), psycopg.errors.InsufficientPrivilege)
    analyst.dispose()


def test_a_warehouse_from_before_gets_the_tables_and_keeps_its_releases(
    mall: Schemas, publish: Publish
) -> None:
    publish(MONDAY, all_rows())
    with mall.begin() as connection:
        connection.execute(text("DROP FUNCTION ads_for"))
        connection.execute(text("DROP VIEW ads_now"))
        connection.execute(text("DROP TABLE blocked_items, just_bought"))
        connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA}_store IS 'older'"))
    ensure_schema(mall)
    assert len(serve(mall, "A")) == 4


def test_rows_stay_when_the_views_are_made_anew(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY, all_rows())
    block_items(mall, [block("P1")])
    with mall.begin() as connection:
        connection.execute(text("DROP VIEW products_current"))
        connection.execute(text("CREATE VIEW products_current AS SELECT 1 AS gone, item_id FROM products"))
        connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA}_store IS 'older'"))
    ensure_schema(mall)
    assert [item for _, item in serve(mall, "A")] == ["P2", "P3", "P4"]


def test_the_mall_may_write_both_tables_itself(warehouse: Engine, mall: Schemas) -> None:
    """With no more than the columns that it knows."""
    with mall.begin() as connection:
        connection.execute(text("INSERT INTO blocked_items (item_id) VALUES ('P1')"))
        connection.execute(text("INSERT INTO just_bought (user_id, item_id) VALUES ('A', 'P1')"))
    (blocked,), (bought,) = (read(mall, f"SELECT * FROM {name}") for name in ("blocked_items", "just_bought"))
    assert blocked.reason == "" and blocked.until is None and blocked.blocked_at == bought.bought_at
