"""Purchases without a user, and limits that reasons have of their own."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from pydantic import ValidationError

from include.errors import RejectedDayError
from include.ingest.days import ingest_day
from include.ingest.lake import read_quarantine
from include.ingest.manifest import Manifest
from tests.ingest.conftest import DAY, Mall, make_purchases

MakeMall = Callable[..., Mall]


def make_day(count: int, guests: int, broken: int = 0) -> pa.Table:
    """The first `guests` lines have no user, the last `broken` no readable quantity."""
    users = [None] * guests + [f"u{i}" for i in range(guests, count)]
    return make_purchases(count, user_id=users, quantity=["1"] * (count - broken) + ["x"] * broken)


def count_guests(manifest: Manifest) -> int:
    [rule] = [rule for rule in manifest.rules if rule.expectation == "expect_guests_to_be_counted"]
    assert (rule.column_name, rule.severity, rule.passed) == ("user_id", "warning", True)
    return rule.unexpected_rows


def refuse(mall: Mall) -> str:
    with pytest.raises(RejectedDayError) as caught:
        ingest_day(mall.advertiser, "purchases", DAY)
    return str(caught.value)


@pytest.mark.parametrize(
    ("guests", "quarantined", "dropped"), [("fail", 6, 0), ("quarantine", 6, 0), ("drop", 1, 5)]
)
def test_guests_are_counted_in_each_way(
    make_mall: MakeMall, guests: str, quarantined: int, dropped: int
) -> None:
    mall = make_mall(guests=guests, quarantine={"max_share": 0.4 if guests == "fail" else 0.1})
    mall.deliver(make_day(20, 5, broken=1))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    counts = (manifest.accepted_rows, manifest.quarantined_rows, manifest.guest_rows)
    assert counts == (14, quarantined, dropped)
    assert count_guests(manifest) == 5
    assert f"guests: {guests}" in manifest.to_json()
    assert read_quarantine(mall.advertiser, "purchases", DAY).num_rows == quarantined


def test_guests_above_the_limit_are_told_the_cure(make_mall: MakeMall) -> None:
    mall = make_mall(quarantine={"max_share": 0.05})
    mall.deliver(make_day(20, 5))
    message = refuse(mall)
    for part in ("5 of 20 lines (25.0%)", "user_id is missing", "guests: quarantine", "guests: drop"):
        assert part in message


@pytest.mark.parametrize("guests", ["drop", "quarantine"])
def test_a_guest_line_that_is_broken_otherwise_is_broken(make_mall: MakeMall, guests: str) -> None:
    mall = make_mall(guests=guests, quarantine={"max_share": 0.05})
    users = [None] * 5 + [f"u{i}" for i in range(15)]
    mall.deliver(make_purchases(20, user_id=users, price=["x"] * 2 + ["1"] * 18))
    message = refuse(mall)
    assert "2 of 17 lines (11.8%)" in message
    assert "price is not a number" in message


@pytest.mark.parametrize("guests", ["drop", "quarantine"])
def test_a_day_of_nobody_but_guests_is_refused(make_mall: MakeMall, guests: str) -> None:
    mall = make_mall(guests=guests, feeds={"purchases": {"columns": {"user_id": "member"}}})
    mall.deliver(make_day(20, 20).rename_columns(["order_id", "member", *make_day(1, 0).column_names[2:]]))
    message = refuse(mall)
    for part in ("20 of 20", "95.0%", f"guests: {guests}", "user_id is the mall's column member"):
        assert part in message


def test_such_a_day_is_accepted_where_the_settings_say_so(make_mall: MakeMall) -> None:
    mall = make_mall(guests="drop", quarantine={"max_share_of": {"user_id": 1}})
    mall.deliver(make_day(3, 3))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.guest_rows) == (0, 3)


@pytest.mark.parametrize("key", ["user_id", "user_id is missing"])
@pytest.mark.parametrize("guests", ["fail", "drop", "quarantine"])
def test_a_limit_of_its_own_leaves_the_others_as_they_are(make_mall: MakeMall, key: str, guests: str) -> None:
    limits = {"max_share": 0.05, "max_share_of": {key: 0.3}}
    mall = make_mall(guests=guests, quarantine=limits)
    mall.deliver(make_day(100, 25))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.accepted_rows == 75
    [rule] = [rule for rule in manifest.rules if key in rule.reason and rule.severity == "table"]
    assert (rule.unexpected_rows, rule.column_name, rule.passed) == (25, "user_id", True)
    mall.deliver(make_day(100, 25, broken=40))
    assert "quantity is not a number" in refuse(mall)
    mall.deliver(make_day(100, 31))
    limit = f"the limit is 30.0% (quarantine.max_share_of: {key})"
    assert f"31 of 100 lines (31.0%) break row rules and {limit}" in refuse(mall)


def test_a_reason_goes_before_its_column(make_mall: MakeMall) -> None:
    mall = make_mall(quarantine={"max_share": 0, "max_share_of": {"price": 0.1, "price is negative": 0.5}})
    mall.deliver(make_purchases(10, price=["-1"] * 4 + ["x"] + ["1"] * 5))
    assert ingest_day(mall.advertiser, "purchases", DAY).quarantined_rows == 5
    mall.deliver(make_purchases(10, price=["-1"] * 4 + ["x"] * 2 + ["1"] * 4))
    assert "2 of 10 lines (20.0%)" in refuse(mall)


@pytest.mark.parametrize("key", ["quantitty", "member", "quantity is not a numbr"])
def test_an_unknown_key_is_refused_when_the_settings_are_read(make_mall: MakeMall, key: str) -> None:
    with pytest.raises(ValidationError, match="neither one of our columns"):
        make_mall(quarantine={"max_share_of": {key: 0.1}})


def test_a_refund_in_quarantine_is_said(mall: Mall) -> None:
    mall.deliver(
        make_purchases(
            5,
            order_id=["o0", "o0", "o1", "o2", "o3"],
            user_id=["u0", "u0", "u1", None, None],
            quantity=[1, -1, -2, -1, 1],
            price=["1", "x", "1", "1", "1"],
            purchased_at=["2026-03-10", "2026-03-10", "2026-03-09", "2026-03-10", "2026-03-10"],
        )
    )
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.warnings == (
        "2 cancellation lines are quarantined, so what they cancel still counts: 1 because price is not a"
        " number, 1 because purchased_at is outside the day.",
    )


def test_a_guests_refund_is_said_where_its_order_has_a_user(make_mall: MakeMall) -> None:
    mall = make_mall(guests="drop")
    mall.deliver(make_purchases(2, order_id=["o0", "o0"], user_id=["u0", None], quantity=[1, -1]))
    [warning] = ingest_day(mall.advertiser, "purchases", DAY).warnings
    assert warning == (
        "1 cancellation line is quarantined, so what it cancels still counts: 1 because user_id is missing."
    )


def test_a_limit_is_not_told_of_a_feed_without_its_column(make_mall: MakeMall) -> None:
    mall = make_mall(quarantine={"max_share_of": {"quantity": 0.1, "price": 0.2}})
    mall.deliver(pa.table({"item_id": ["i1"]}), feed="products")
    rules = ingest_day(mall.advertiser, "products", DAY).rules
    assert [rule.column_name for rule in rules if rule.severity == "table"] == ["", "price"]
