"""A file that delivers another one of its day again replaces it, whatever the number of files."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingest.days import ingest_day
from include.ingest.lake import read_partition
from include.ingest.redelivery import FEWEST_PAIRS, NOTICED_SHARE, _compare_files
from tests.ingest.conftest import DAY, Mall

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at,exported"


def lines(orders: range, exported: str, quantity: int = 1) -> str:
    """Two items an order; `exported` makes each line another one than that of another file."""
    rows = [
        f"o{order},u{order},i{item},{quantity},2.5,2026-03-10T10:00:00,{exported}"
        for order in orders
        for item in (order, order + 1)
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def deliver(mall: Mall, name: str, text: str, age: int) -> None:
    mall.deliver_text(text, name=name)
    moment = 1_773_200_000 - age
    os.utime(mall.landing() / name, (moment, moment))


def quantities(mall: Mall) -> dict[str, float]:
    table = read_partition(mall.advertiser, "purchases", DAY)
    return dict(zip(table["order_id"].to_pylist(), table["quantity"].to_pylist(), strict=True))


def test_the_newest_file_of_an_order_counts(mall: Mall) -> None:
    deliver(mall, "z-first.csv", lines(range(30), "09:00"), age=100)
    deliver(mall, "a-corrected.csv", lines(range(5, 40), "11:00", quantity=3), age=10)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.lines, manifest.accepted_rows, manifest.duplicate_rows) == (130, 80, 50)
    found = quantities(mall)
    assert {order for order, quantity in found.items() if quantity == 1} == {f"o{n}" for n in range(5)}
    assert len(found) == 40
    assert any("a-corrected.csv" in text and "z-first.csv" in text for text in manifest.warnings)


def test_both_count_where_the_feed_says_so(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"redelivered": "keep"}})
    deliver(mall, "a.csv", lines(range(30), "09:00"), age=100)
    deliver(mall, "b.csv", lines(range(30), "11:00"), age=10)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.duplicate_rows) == (120, 0)
    assert any("redelivered: keep" in text for text in manifest.warnings)


def test_part_files_that_share_orders_and_no_items_are_no_redelivery(mall: Mall) -> None:
    whole = lines(range(60), "09:00").splitlines()
    deliver(mall, "part-0.csv", "\n".join([HEADER, *whole[1::2]]) + "\n", age=2)
    deliver(mall, "part-1.csv", "\n".join([HEADER, *whole[2::2]]) + "\n", age=1)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.warnings) == (120, ())


def test_a_few_lines_in_both_are_said_and_count_twice(mall: Mall) -> None:
    deliver(mall, "a.csv", lines(range(30), "09:00"), age=2)
    deliver(mall, "b.csv", lines(range(25, 80), "11:00"), age=1)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.accepted_rows == 60 + 110
    assert any("both count" in text for text in manifest.warnings)


def test_a_catalogue_that_is_delivered_again_replaces_the_former(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {}, "products": {}}, quarantine={"max_share": 0})
    for name, title, items in (("b.csv", "old", range(40)), ("a.csv", "new", range(2, 40))):
        rows = [f"i{item},{title}" for item in items]
        mall.deliver_text("\n".join(["item_id,title", *rows]) + "\n", feed="products", name=name)
        moment = 1_773_200_000 + (title == "new")
        os.utime(mall.landing(feed="products") / name, (moment, moment))
    manifest = ingest_day(mall.advertiser, "products", DAY)
    table = read_partition(mall.advertiser, "products", DAY)
    titles = dict(zip(table["item_id"].to_pylist(), table["title"].to_pylist(), strict=True))
    assert (manifest.accepted_rows, manifest.duplicate_rows) == (40, 38)
    assert {item for item, title in titles.items() if title == "old"} == {"i0", "i1"}


@given(
    st.lists(st.tuples(st.integers(-1, 60), st.integers(0, 3)), max_size=300),
)
def test_shares_are_those_of_a_comparison_of_all_files(rows: list[tuple[int, int]]) -> None:
    """The slow, obvious way: each pair belongs to the newest file that has it, beside every other one."""
    import numpy as np

    pairs = np.array([pair for pair, _ in rows], dtype=np.int64)
    ages = np.array([age for _, age in rows], dtype=np.int64)
    sets = [{pair for pair, age in rows if age == file and pair >= 0} for file in range(4)]
    expected = []
    for newer, older in combinations(range(4), 2):
        newest = sets[newer] - set().union(*sets[:newer])
        shared, smaller = len(newest & sets[older]), min(len(sets[newer]), len(sets[older]))
        if smaller >= FEWEST_PAIRS and shared / smaller >= NOTICED_SHARE:
            expected.append((newer, older, pytest.approx(shared / smaller)))
    assert _compare_files(pairs, ages, 4) == expected
