"""Numbers and flags: the value, and whether it parsed (True), did not (False) or was not there (None)."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from include.ingest.values import parse_flags, parse_numbers

NULLS = ("", "NULL", "NaN")


@pytest.mark.parametrize(
    ("column", "values", "parsed"),
    [
        ([1, None], [1, None], [True, None]),
        ([1.5, float("nan"), float("inf")], [1.5, None, None], [True, None, False]),
        ([Decimal("1.25"), None], [1.25, None], [True, None]),
        (pa.array([2**63], pa.uint64()), [2.0**63], [True]),
        ([" 1 ", "+.5", "5.", "-1e3", "0"], [1, 0.5, 5, -1000, 0], [True] * 5),
        (["1,000", "1 000", "0x10", "1_0", "inf", "1e999", "٣", "$1"], [None] * 8, [False] * 8),
        (["", "NULL", "NaN", None, "nan"], [None] * 5, [None, None, None, None, False]),
        ([b"2", b"\xff"], [2, None], [True, False]),
        (pa.array(["2", None]).dictionary_encode(), [2, None], [True, None]),
        ([True, None], [None, None], [False, None]),
        (pa.array([1], pa.date32()), [None], [False]),
        (pa.nulls(1), [None], [None]),
    ],
    ids=str,
)
def test_numbers(column: list | pa.Array, values: list[float | None], parsed: list[bool | None]) -> None:
    array = column if isinstance(column, pa.Array) else pa.array(column)
    found = parse_numbers(pa.chunked_array([array]), NULLS)
    assert [part.to_pylist() for part in found] == [values, parsed]


@pytest.mark.parametrize(
    ("column", "values", "parsed"),
    [
        ([True, False, None], [True, False, None], [True, True, None]),
        (["Y", "n", "Yes", "NO", " true", "F", "1", "0"], [True, False] * 4, [True] * 8),
        ([1, 0, 2], [True, False, None], [True, True, False]),
        ([1.0, 0.0, float("nan")], [True, False, None], [True, True, None]),
        (["maybe", ""], [None, None], [False, None]),
    ],
    ids=str,
)
def test_flags(column: list, values: list[bool | None], parsed: list[bool | None]) -> None:
    found = parse_flags(pa.chunked_array([pa.array(column)]), NULLS)
    assert [part.to_pylist() for part in found] == [values, parsed]
