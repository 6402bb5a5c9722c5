"""Warnings about one id that stands for nobody, and about two that are one."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from include.ingest.days import ingest_day
from include.ingest.odd_ids import warn_of_ids
from include.samples.completejourney import split_purchases
from tests.conftest import SHARED_DATA
from tests.ingest.conftest import DAY, Mall, make_purchases

RETAIL = SHARED_DATA / "online_retail_ii_2009_2010.parquet"


def make_lines(users: list[str], items: list[str] | None = None) -> pa.Table:
    return pa.table(
        {
            "order_id": [f"o{i}" for i in range(len(users))],
            "user_id": users,
            "item_id": items or [f"i{i}" for i in range(len(users))],
        }
    )


@pytest.mark.parametrize(
    ("others", "nobody", "warned"),
    [(1, 2, True), (1, 1, False), (10, 10, False), (10, 11, True), (180, 40, False), (170, 50, True)],
)
def test_a_user_of_most_orders(others: int, nobody: int, warned: bool) -> None:
    users = [f"u{i}" for i in range(others)] + ["guest"] * nobody
    warnings = warn_of_ids("purchases", make_lines(users))
    assert bool(warnings) == warned
    if warned:
        assert f"one user_id holds {nobody:,} of {others + nobody:,} orders" in warnings[0]
        assert "feeds.purchases.null_values.user_id" in warnings[0]
        assert "guest" not in warnings[0]


def test_a_user_of_one_large_order_is_a_customer() -> None:
    lines = make_lines(["u1"] * 50).set_column(0, "order_id", pa.array(["o1"] * 50))
    assert warn_of_ids("purchases", lines) == []


def test_an_item_of_most_lines() -> None:
    users = [f"u{i}" for i in range(40)]
    [warning] = warn_of_ids("purchases", make_lines(users, ["none"] * 30 + [f"i{i}" for i in range(10)]))
    assert warning.startswith("one item_id holds 30 of 40 lines (75.0%)")


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (["AB1", "ab1", "c"], "1 item id differs from another one of the day only by form (1 by case)"),
        (["0042", "42", "00042"], "2 item ids differ from another one of the day only by form (2 by leading"),
        (
            ["Ａ1", "A1", "x"],
            "1 item id differs from another one of the day only by form (1 by Unicode form)",
        ),
        (["1", "2", "3"], None),
    ],
)
def test_ids_that_are_one_but_for_their_form(ids: list[str], told: str | None) -> None:
    warnings = warn_of_ids("purchases", make_lines(["u1", "u2", "u3"], ids))
    assert [warning.startswith(told or "") for warning in warnings] == ([True] if told else [])
    assert not any(each in warning for each in ids if len(each) > 2 for warning in warnings)


def test_the_day_says_so(mall: Mall) -> None:
    mall.deliver(make_purchases(4, user_id=["guest", "guest", "guest", "U1"]))
    [warning] = ingest_day(mall.advertiser, "purchases", DAY).warnings
    assert warning.startswith("one user_id holds 3 of 4 orders (75.0%)")


def find_implausible(days: Iterable[pa.Table]) -> list[str]:
    return [
        warning
        for lines in days
        for warning in warn_of_ids("purchases", lines.filter(lines.column("user_id").is_valid()))
        if warning.startswith("one ")
    ]


@pytest.mark.skipif(not RETAIL.exists(), reason="the log is not there; see DANGOL_SHARED_DATA")
def test_no_id_of_a_wholesalers_year_is_implausible() -> None:
    log = pq.read_table(RETAIL, columns=["InvoiceNo", "CustomerID", "StockCode", "InvoiceDate"])
    texts = [column.cast(pa.string()) for column in log.columns[:3]]
    log = pa.table([*texts, log.column(3)], names=["order_id", "user_id", "item_id", "time"])
    days = pc.floor_temporal(log.column("time"), unit="day")
    assert find_implausible(log.filter(pc.equal(days, day)) for day in pc.unique(days)) == []


def test_no_id_of_a_grocers_year_is_implausible() -> None:
    names = {"basket_id": "order_id", "household_id": "user_id", "product_id": "item_id"}
    days = split_purchases().values()
    tables = (
        pa.table({ours: lines.column(theirs).cast(pa.string()) for theirs, ours in names.items()})
        for lines in days
    )
    assert find_implausible(tables) == []
