"""Exact duplicates against the obvious: a set of the lines seen so far."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from include.ingest.duplicates import find_first_lines

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
    assert [mask.tolist() for mask in find_first_lines(tables)] == expected


def test_files_of_other_columns_have_other_lines() -> None:
    masks = find_first_lines([pa.table({"x": [1]}), pa.table({"y": [1]}), pa.table({"x": [1], "y": [1]})])
    assert [mask.tolist() for mask in masks] == [[True], [True], [True]]


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
    assert find_first_lines([pa.table(twice)])[0].tolist() == [True, False]


def test_one_file_may_have_numbers_where_another_has_text() -> None:
    masks = find_first_lines(
        [pa.table({"id": [17850]}), pa.table({"id": ["17850"]}), pa.table({"id": ["017850"]})]
    )
    assert [mask.tolist() for mask in masks] == [[True], [False], [True]]
