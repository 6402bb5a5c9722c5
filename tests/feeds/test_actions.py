"""Views and carts: what a user did with an item, by users who are mostly guests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from include.errors import RejectedDayError
from include.ingest import lake
from include.ingest.days import ingest_day
from include.ingest.manifest import Manifest
from include.ingest.trial import try_delivery
from tests.ingest.conftest import DAY, Mall

FEEDS = ("views", "carts")
MakeMall = Callable[..., Mall]


def make_actions(count: int = 4, **columns: list[Any]) -> pa.Table:
    lines: dict[str, list[Any]] = {
        "user_id": [f"u{i}" for i in range(count)],
        "item_id": [f"i{i}" for i in range(count)],
        "occurred_at": ["2026-03-10T09:30:00"] * count,
    }
    return pa.table(lines | columns)


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def open_mall(make_mall: MakeMall, feed: str, own: dict[str, Any] | None = None, **settings: Any) -> Mall:
    feeds = {"purchases": {}, feed: {"required": False, **(own or {})}}
    return make_mall(**{"feeds": feeds, "quarantine": {"max_share": 0.05}} | settings)


def ingest(mall: Mall, feed: str, lines: pa.Table) -> Manifest:
    mall.deliver(lines, feed=feed)
    return ingest_day(mall.advertiser, feed, DAY)


def test_three_columns_are_enough(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed)
    manifest = ingest(mall, feed, make_actions())
    assert (manifest.accepted_rows, manifest.warnings) == (4, ())
    rows = lake.read_partition(mall.advertiser, feed, DAY)
    assert rows.column_names == ["user_id", "item_id", "occurred_at", "quantity", "price", "session_id"]
    assert rows["quantity"].null_count == rows["price"].null_count == rows["session_id"].null_count == 4


def test_a_window_reads_them_as_it_reads_purchases(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed)
    ingest(mall, feed, make_actions(user_id=["b", "a", "b", "c"], quantity=[1, 2, None, 3]))
    lines = lake.open_lines(mall.advertiser, feed, DAY)
    assert lines.url.endswith(".arrow")
    assert lines.rows == 4
    table = lines.read(["user_id", "item_id", "occurred_at", "quantity"])
    assert table["user_id"].combine_chunks().dictionary_decode().to_pylist() == ["a", "b", "b", "c"]
    assert sorted(table["quantity"].drop_null().to_pylist()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"item_id": ["", "i", "i", "i"]}, "item_id is missing"),
        ({"user_id": ["x" * 513, "u", "u", "u"]}, "user_id is longer than 512 characters"),
        (
            {"occurred_at": ["2026-03-11T09:30:00"] + ["2026-03-10 09:30"] * 3},
            "occurred_at is outside the day",
        ),
        ({"occurred_at": ["soon"] + ["2026-03-10 09:30"] * 3}, "occurred_at is not a date and time"),
        ({"occurred_at": [""] + ["2026-03-10 09:30"] * 3}, "occurred_at is missing"),
        ({"quantity": ["0", "1", "", "2"]}, "quantity is zero"),
        ({"quantity": ["-1", "1", "", "2"]}, "quantity is negative"),
        ({"quantity": ["one", "1", "", "2"]}, "quantity is not a number"),
        ({"quantity": ["2e9", "1", "", "2"]}, "quantity is beyond 1,000,000,000"),
        ({"price": ["-1", "0", "", "2"]}, "price is negative"),
        ({"price": ["2e12", "0", "", "2"]}, "price is beyond 1,000,000,000,000"),
    ],
)
def test_a_bad_line_is_quarantined_with_its_reason(
    make_mall: MakeMall, feed: str, columns: dict[str, list[Any]], reason: str
) -> None:
    mall = open_mall(make_mall, feed, quarantine={"max_share": 1})
    manifest = ingest(mall, feed, make_actions(**columns))
    assert lake.read_quarantine(mall.advertiser, feed, DAY)["reason"].to_pylist() == [reason]
    assert manifest.accepted_rows == 3


@pytest.mark.parametrize("guests", ["fail", "quarantine"])
@pytest.mark.parametrize("limits", [{}, {"max_share_of": {"user_id": 0.01}}])
def test_guests_are_dropped_whatever_is_said_of_purchases(
    make_mall: MakeMall, feed: str, guests: str, limits: dict[str, Any]
) -> None:
    mall = open_mall(make_mall, feed, guests=guests, quarantine={"max_share": 0.05, **limits})
    manifest = ingest(mall, feed, make_actions(10, user_id=[None] * 8 + ["a", "b"]))
    assert (manifest.accepted_rows, manifest.guest_rows, manifest.quarantined_rows) == (2, 8, 0)
    assert f"{feed} without a user (feeds.{feed}.guests: drop)" in manifest.to_json()


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (
            {"guests": "fail"},
            r"8 of 10 lines .*\(quarantine.max_share\).*Where {feed} without a user are normal, set"
            r" feeds.{feed}.guests: quarantine",
        ),
        (
            {"quarantine": {"max_share_of": {"user_id": 0.5}}},
            r"limit is 50.0% \(feeds.{feed}.quarantine.max_share_of: user_id\)",
        ),
    ],
)
def test_a_feed_may_have_limits_of_its_own(
    make_mall: MakeMall, feed: str, own: dict[str, Any], sentence: str
) -> None:
    mall = open_mall(make_mall, feed, own)
    with pytest.raises(RejectedDayError, match=sentence.replace("{feed}", feed)):
        ingest(mall, feed, make_actions(10, user_id=[None] * 8 + ["a", "b"]))


def test_a_feed_s_own_limit_is_wider_than_that_of_purchases(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed, {"quarantine": {"max_share": 0.5}})
    assert ingest(mall, feed, make_actions(quantity=["0", "1", "1", "1"])).quarantined_rows == 1


def test_a_day_of_nobody_but_guests_is_a_wrong_column(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed)
    with pytest.raises(RejectedDayError, match=rf"99.0% \(feeds.{feed}.guests: drop\)") as error:
        ingest(mall, feed, make_actions(user_id=[None] * 4))
    assert f"set feeds.{feed}.quarantine.max_share_of: {{user_id: 1}}." in str(error.value)


@pytest.mark.parametrize(("duplicates", "accepted"), [("exact", 2), ("none", 3), ({"by": ["user_id"]}, 1)])
def test_of_equal_lines_one_counts_unless_the_feed_says_otherwise(
    make_mall: MakeMall, feed: str, duplicates: Any, accepted: int
) -> None:
    mall = open_mall(make_mall, feed, {"duplicates": duplicates})
    lines = make_actions(3, user_id=["u"] * 3, item_id=["i", "i", "j"])
    assert ingest(mall, feed, lines).accepted_rows == accepted


def test_files_are_not_compared(make_mall: MakeMall, feed: str) -> None:
    """Many views of one item are nothing that was delivered again."""
    mall = open_mall(make_mall, feed)
    mall.deliver(make_actions(30, item_id=["i"] * 30), feed=feed, name="1.parquet")
    lines = make_actions(30, item_id=["i"] * 30, occurred_at=["2026-03-10T10:00:00"] * 30)
    assert (ingest(mall, feed, lines).accepted_rows) == 60


def test_one_log_of_all_events_is_read_by_each_feed(make_mall: MakeMall) -> None:
    path = "events/dt={day}"
    feeds = {
        "purchases": {},
        "views": {"path": path, "where": {"event": ["view"]}},
        "carts": {"path": path, "where": {"event": ["cart"]}},
    }
    mall = make_mall(feeds=feeds)
    mall.deliver(make_actions(event=["view", "view", "cart", "search"]), feed="events")
    accepted = {feed: ingest_day(mall.advertiser, feed, DAY).accepted_rows for feed in FEEDS}
    assert accepted == {"views": 2, "carts": 1}


def test_a_delivery_is_tried(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed)
    header = "member,goods,event_time,qty\n"
    rows = "".join(f"m{n},g{n % 3},10.03.2026 09:{n:02},1\n" for n in range(20))
    mall.deliver_text(header + rows, feed=feed)
    trial = try_delivery(mall.advertiser, feed, DAY)
    assert "lacks the column user_id" in str(trial.refusal)
    settings = "\n".join(cure.setting for cure in trial.cures)
    for part in ("user_id: member", "item_id: goods", "occurred_at: event_time", "'%d.%m.%Y %H:%M'"):
        assert part in settings
    assert trial.cures[-1].accepted == 20


def test_nobody_s_session_is_shown(make_mall: MakeMall, feed: str) -> None:
    mall = open_mall(make_mall, feed, quarantine={"max_share": 1})
    lines = make_actions(session_id=["kim"] * 4, price=["kim"] * 4)
    assert "kim" not in ingest(mall, feed, lines).to_json()
