"""Repeated lines against the obvious, a set of those seen so far, and by declared keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingest.days import ingest_day
from include.ingest.delivered import join_files
from include.ingest.duplicates import find_first_lines
from include.ingest.lake import read_partition
from include.ingest.landing import DeliveredFile
from tests.conftest import SHARED_DATA
from tests.ingest.conftest import DAY, Mall, make_purchases

CASES = SHARED_DATA.parent / "cases"


def find_first(tables: list[pa.Table]) -> list[list[bool]]:
    """The mask of each table."""
    files = [DeliveredFile(f"{number}.parquet", 0, table) for number, table in enumerate(tables)]
    delivered = join_files(files)
    return [part.tolist() for part in np.split(find_first_lines(delivered), delivered.starts[1:-1])]


LINES = st.lists(st.tuples(st.sampled_from(["a", "", None]), st.sampled_from([0, 1, None])), max_size=20)


@given(files=st.lists(LINES, max_size=4))
def test_against_a_set(files: list[list[tuple]]) -> None:
    tables = [
        pa.table(
            {
                "x": pa.array([a for a, _ in lines], pa.string()),
                "y": pa.array([b for _, b in lines], pa.int64()),
            }
        )
        for lines in files
    ]
    tables = [t.select(["y", "x"]) if number % 2 else t for number, t in enumerate(tables)]
    seen: set[tuple] = set()
    expected = []
    for lines in files:
        expected.append([line not in seen and not seen.add(line) for line in lines])
    assert (find_first(tables) if tables else []) == expected


def test_files_of_other_columns_have_other_lines() -> None:
    masks = find_first([pa.table({"x": [1]}), pa.table({"y": [1]}), pa.table({"x": [1], "y": [1]})])
    assert masks == [[True], [True], [True]]


def test_every_type_can_be_compared() -> None:
    twice = {
        "f": pa.array([float("nan")] * 2),
        "d": pa.array([Decimal("1.10")] * 2),
        "t": pa.array([datetime(2026, 1, 1)] * 2),
        "b": pa.array([b"\xff"] * 2),
        "list": pa.array([[1, None]] * 2),
        "struct": pa.array([{"a": 1}] * 2),
        "category": pa.array(["x"] * 2).dictionary_encode(),
        "null": pa.nulls(2),
    }
    assert find_first([pa.table(twice)])[0] == [True, False]


def test_one_file_may_have_numbers_where_another_has_text() -> None:
    masks = find_first([pa.table({"id": [17850]}), pa.table({"id": ["17850"]}), pa.table({"id": ["017850"]})])
    assert masks == [[True], [False], [True]]


def test_rows_of_files_that_alternate_between_two_types_keep_their_order() -> None:
    assert find_first(
        [pa.table({"id": [1]}), pa.table({"id": ["2"]}), pa.table({"id": [2, 1]}), pa.table({"id": ["1"]})]
    ) == [[True], [True], [False, False], [False]]


@pytest.mark.parametrize(
    ("duplicates", "accepted"),
    [("exact", 4), ("none", 5), ({"by": ["order_id", "item_id"]}, 2), ({"by": ["order_id", "price"]}, 2)],
)
def test_what_the_same_line_is(make_mall: Callable[..., Mall], duplicates: Any, accepted: int) -> None:
    mall = make_mall(feeds={"purchases": {"duplicates": duplicates}})
    lines = make_purchases(
        5,
        order_id=["o1", "o1", "o1", "o1", "o2"],
        item_id=["7", "7.0", "7", "7", "7"],
        price=["2.50", "2.50", "2.5", "2.5", "2.5"],
        user_id=["u1"] * 5,
    )
    mall.deliver(lines)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.duplicate_rows) == (accepted, 5 - accepted)


def test_the_first_of_lines_with_the_same_keys_counts_whatever_else_they_hold(
    make_mall: Callable[..., Mall],
) -> None:
    mall = make_mall(feeds={"purchases": {"duplicates": {"by": ["order_id", "item_id"]}}})
    mall.deliver(make_purchases(1, quantity=["1"]), name="a.parquet")
    mall.deliver(make_purchases(1, quantity=[5]), name="b.parquet")
    ingest_day(mall.advertiser, "purchases", DAY)
    assert read_partition(mall.advertiser, "purchases", DAY).column("quantity").to_pylist() == [1]


def test_a_line_without_one_of_the_keys_repeats_none(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"duplicates": {"by": ["order_id", "quantity"]}}})
    mall.deliver(make_purchases(4, order_id=["o1"] * 4, quantity=["x", "x", "", "2"]))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.quarantined_rows, manifest.duplicate_rows) == (1, 3, 0)


@pytest.mark.skipif(not CASES.exists(), reason="the small deliveries are not there; see DANGOL_SHARED_DATA")
@pytest.mark.parametrize(("duplicates", "accepted"), [("exact", 2), ({"by": ["order_id", "item_id"]}, 1)])
def test_an_export_with_an_index_column(
    make_mall: Callable[..., Mall], duplicates: Any, accepted: int
) -> None:
    mall = make_mall(feeds={"purchases": {"duplicates": duplicates}})
    delivered = CASES / "index_column" / "landing" / "index_column" / "purchases" / f"dt={DAY}"
    shutil.copytree(delivered, mall.landing(), dirs_exist_ok=True)
    assert ingest_day(mall.advertiser, "purchases", DAY).accepted_rows == accepted
