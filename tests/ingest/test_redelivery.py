"""A corrected file beside the old one, and files that only look like that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.ingest.days import ingest_day
from include.ingest.lake import read_partition
from include.ingest.landing import DeliveredFile
from include.ingest.redelivery import find_redelivered
from tests.ingest.conftest import DAY, Mall, make_purchases


def make_orders(first: int, count: int, **columns: list[Any]) -> pa.Table:
    """`count` orders of two items each."""
    orders = [f"o{first + i // 2}" for i in range(2 * count)]
    users = [f"u{first + i // 2}" for i in range(2 * count)]
    items = [f"i{2 * first + i}" for i in range(2 * count)]
    return make_purchases(2 * count, order_id=orders, user_id=users, item_id=items, **columns)


def set_age(mall: Mall, **hours: float) -> None:
    for name, age in hours.items():
        path = mall.landing() / f"{name}.parquet"
        changed = time.time() - 3600 * age
        os.utime(path, (changed, changed))


def read_quantities(mall: Mall) -> list[tuple[str, float]]:
    rows = read_partition(mall.advertiser, "purchases", DAY)
    return sorted(zip(rows.column("order_id").to_pylist(), rows.column("quantity").to_pylist(), strict=True))


@pytest.mark.parametrize("newest", ["a", "b"])
def test_the_newest_file_of_an_order_counts(mall: Mall, newest: str) -> None:
    """a has orders 0 to 9, b has 1 to 10 with other quantities and one item of order 1 less."""
    mall.deliver(make_orders(0, 10), name="a.parquet")
    mall.deliver(make_orders(1, 10, quantity=[3] * 20).slice(1), name="b.parquet")
    set_age(mall, **{"a": 1, "b": 1} | {newest: 0.5})
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    quantities = read_quantities(mall)
    if newest == "b":
        assert quantities == sorted(
            [("o0", 1.0)] * 2 + [("o1", 3.0)] + [(f"o{i}", 3.0) for i in range(2, 11) for _ in range(2)]
        )
    else:
        assert quantities == sorted(
            [(f"o{i}", 1.0) for i in range(10) for _ in range(2)] + [("o10", 3.0)] * 2
        )
    assert manifest.duplicate_rows == (18 if newest == "b" else 17)
    [warning] = manifest.warnings
    for part in ("a.parquet", "b.parquet", "17 of the 19", "redelivered: newest"):
        assert part in warning


def test_files_of_one_age_are_ordered_by_name(mall: Mall) -> None:
    mall.deliver(make_orders(0, 3, quantity=[2] * 6), name="b.parquet")
    mall.deliver(make_orders(0, 3), name="a.parquet")
    for path in mall.landing().iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    ingest_day(mall.advertiser, "purchases", DAY)
    assert {quantity for _, quantity in read_quantities(mall)} == {2.0}


@pytest.mark.parametrize("feed", [{"redelivered": "keep"}, {"duplicates": "none"}])
def test_both_count_where_the_feed_says_so(make_mall: Callable[..., Mall], feed: dict[str, str]) -> None:
    mall = make_mall(feeds={"purchases": feed})
    mall.deliver(make_orders(0, 5), name="a.parquet")
    mall.deliver(make_orders(0, 5, quantity=[2] * 10), name="b.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.duplicate_rows) == (20, 0)
    [warning] = manifest.warnings
    assert "a.parquet and b.parquet share 10 of the 10" in warning
    assert "the lines of both count" in warning


def test_orders_that_are_split_over_files_are_whole(mall: Mall) -> None:
    """Spark puts lines of an order into several files: the order is in both, its items are not."""
    lines = make_orders(0, 50)
    mall.deliver(lines.take(pa.array(range(0, 100, 2))), name="a.parquet")
    mall.deliver(lines.take(pa.array(range(1, 100, 2))), name="b.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.warnings) == (100, ())


def test_cancellations_in_a_file_of_their_own_supersede_no_purchase(mall: Mall) -> None:
    mall.deliver(make_orders(0, 5), name="a.parquet")
    mall.deliver(make_orders(0, 5, quantity=[-1] * 10), name="b.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.warnings) == (20, ())


def test_one_order_that_two_files_share_is_no_redelivery(mall: Mall) -> None:
    mall.deliver(make_purchases(1, quantity=[1]), name="a.parquet")
    mall.deliver(make_purchases(1, quantity=[2]), name="b.parquet")
    assert ingest_day(mall.advertiser, "purchases", DAY).accepted_rows == 2


def test_some_repeated_orders_are_named_and_kept(mall: Mall) -> None:
    mall.deliver(make_orders(0, 20), name="a.parquet")
    mall.deliver(make_orders(15, 20, quantity=[2] * 40), name="b.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.accepted_rows == 80
    [warning] = manifest.warnings
    assert "a.parquet and b.parquet share 10 of the 40" in warning
    assert "too few for a redelivery" in warning


def test_of_two_catalogues_the_newest_counts(mall: Mall) -> None:
    old = {"item_id": [f"i{i}" for i in range(10)], "title": ["old"] * 10}
    new = {"item_id": [f"i{i}" for i in range(5)], "title": ["new"] * 5}
    mall.deliver(pa.table(new), feed="products", name="a.parquet")
    mall.deliver(pa.table(old), feed="products", name="b.parquet")
    os.utime(mall.landing(feed="products") / "b.parquet", (1_700_000_000, 1_700_000_000))
    manifest = ingest_day(mall.advertiser, "products", DAY)
    titles = read_partition(mall.advertiser, "products", DAY).select(["item_id", "title"]).to_pylist()
    assert {row["item_id"]: row["title"] for row in titles} == {
        f"i{i}": "new" if i < 5 else "old" for i in range(10)
    }
    assert (manifest.accepted_rows, manifest.duplicate_rows, manifest.quarantined_rows) == (10, 5, 0)


def test_of_an_item_that_two_catalogues_share_the_newest_line_counts(mall: Mall) -> None:
    mall.deliver(
        pa.table({"item_id": ["x", "a", "b"], "title": ["new"] * 3}), feed="products", name="a.parquet"
    )
    mall.deliver(
        pa.table({"item_id": ["x", "c", "d"], "title": ["old"] * 3}), feed="products", name="b.parquet"
    )
    os.utime(mall.landing(feed="products") / "b.parquet", (1_700_000_000, 1_700_000_000))
    manifest = ingest_day(mall.advertiser, "products", DAY)
    rows = read_partition(mall.advertiser, "products", DAY).to_pylist()
    assert [row["title"] for row in rows if row["item_id"] == "x"] == ["new"]
    assert manifest.quarantined_rows == 1


FILES = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=10), min_size=2, max_size=6
)


@settings(deadline=None)
@given(files=FILES)
def test_against_every_pair_of_files(files: list[list[tuple[int, int]]]) -> None:
    """A row goes where a newer file that repeats at least half of the smaller one has its order."""
    start = datetime(2026, 3, 10, tzinfo=UTC)
    delivered = [
        DeliveredFile(f"{number}", 0, pa.table({}), start + timedelta(hours=number))
        for number in range(len(files))
    ]
    rows = [(number, *row) for number, lines in enumerate(files) for row in lines]
    table = pa.table({"o": [row[1] for row in rows], "i": [row[2] for row in rows]})
    table = table.cast(pa.schema([("o", pa.int64()), ("i", pa.int64())]))
    found = find_redelivered(delivered, np.array([row[0] for row in rows], dtype=int), table, drop=True)

    def repeats(older: int, newer: int) -> bool:
        both = set(files[older]) & set(files[newer])
        smaller = min(len(set(files[older])), len(set(files[newer])))
        return len({order for order, _ in both}) >= 2 and len(both) >= smaller / 2

    expected = [
        any(
            repeats(number, newer) and order in {other for other, _ in files[newer]}
            for newer in range(number + 1, len(files))
        )
        for number, order, _ in rows
    ]
    assert found.superseded.tolist() == expected


def test_thousands_of_files_that_repeat_each_other() -> None:
    """As many as a day may have: the work must not grow with the pairs of files, which would not end."""
    count = 5_000
    delivered = [DeliveredFile(f"{number:05}", 0, pa.table({})) for number in range(count)]
    table = pa.table({"o": np.tile(np.arange(40) // 2, count), "i": np.tile(np.arange(40) % 2, count)})
    found = find_redelivered(delivered, np.repeat(np.arange(count), 40), table, drop=True)
    assert np.flatnonzero(~found.superseded).tolist() == list(range(40 * (count - 1), 40 * count))
