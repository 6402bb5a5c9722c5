"""`where`: of a file of all kinds of events the lines that one feed wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from include.errors import RejectedDayError
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition, read_quarantine
from tests.ingest.conftest import DAY, Mall, make_purchases

MakeMall = Callable[..., Mall]


def make_mall_of(make_mall: MakeMall, where: dict[str, list[Any]], **feed: Any) -> Mall:
    return make_mall(feeds={"purchases": {"where": where} | feed})


def make_events(*kinds: Any) -> pa.Table:
    return make_purchases(len(kinds)).append_column("event_type", pa.array(kinds))


def test_lines_of_other_events_are_neither_quarantined_nor_duplicates(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"event_type": ["purchase"]})
    events = make_events("purchase", "view", " purchase ", None, "view", "Purchase")
    broken = events.set_column(3, "quantity", pa.array(["1", "x", "1", "x", "x", "x"]))
    mall.deliver(pa.concat_tables([broken, broken.slice(1, 1), broken.slice(0, 1)]))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert read_partition(mall.advertiser, "purchases", DAY).column("order_id").to_pylist() == ["o0", "o2"]
    counts = (manifest.filtered_rows, manifest.duplicate_rows, manifest.quarantined_rows, manifest.lines)
    assert counts == (5, 1, 0, 8)


def test_every_column_must_have_one_of_its_values(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"event_type": ["purchase", "refund"], "shop": [7]})
    events = make_events("purchase", "refund", "view", "purchase")
    mall.deliver(events.append_column("shop", pa.array([7.0, 7, 7, 8])), name="a.parquet")
    other = make_events("purchase").append_column("shop", pa.array(["7"]))
    mall.deliver(other.set_column(0, "order_id", pa.array(["other"])), name="b.parquet")
    ingest_day(mall.advertiser, "purchases", DAY)
    orders = read_partition(mall.advertiser, "purchases", DAY).column("order_id").to_pylist()
    assert orders == ["o0", "o1", "other"]


def test_a_file_that_lacks_the_column_refuses_the_day(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"event_type": ["purchase"]})
    mall.deliver(make_events("purchase"), name="a.parquet")
    mall.deliver(make_purchases(1), name="b.parquet")
    with pytest.raises(RejectedDayError, match=r"b\.parquet lacks the column event_type, by which .* where"):
        ingest_day(mall.advertiser, "purchases", DAY)


def test_a_filter_that_keeps_nothing_is_said(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"event_type": ["PURCHASE"]})
    mall.deliver(make_events("purchase", "view"))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.filtered_rows, manifest.accepted_rows) == (2, 0)
    assert manifest.warnings == (
        "the feed's where keeps none of the 2 lines; it looks at event_type.",
        "the day has no lines.",
    )


def test_a_column_may_be_chosen_by_and_mapped(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"user_id": ["u1"]})
    mall.deliver(make_purchases(3))
    assert ingest_day(mall.advertiser, "purchases", DAY).filtered_rows == 2


def test_quarantined_lines_keep_their_place_in_the_file(make_mall: MakeMall) -> None:
    mall = make_mall_of(make_mall, {"event_type": ["purchase"]})
    events = make_events("view", "purchase", "view", "purchase")
    mall.deliver(events.set_column(3, "quantity", pa.array([1, 1, 1, 0])))
    ingest_day(mall.advertiser, "purchases", DAY)
    assert read_quarantine(mall.advertiser, "purchases", DAY).column("source_line").to_pylist() == [4]
