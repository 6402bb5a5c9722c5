"""Numbers and flags: the value, and whether it parsed (True), did not (False) or was not there (None)."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from include.ingest.values.number_texts import NumberFormat
from include.ingest.values.numbers_and_flags import parse_flags, parse_numbers
from include.settings import Availability

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


def test_a_number_may_mean_no_value_in_a_column_of_numbers_too() -> None:
    nulls = ("", "-1", "n/a")
    for column in (["-1", "-1.0", "0", "n/a", None], [-1.0, -1.0, 0.0, float("nan"), None]):
        values, parsed = parse_numbers(pa.array(column), nulls)
        assert parsed.to_pylist()[2:] == [True, None, None]
        assert values.to_pylist()[2:] == [0.0, None, None]
        assert parsed.to_pylist()[0] is None
    values, parsed = parse_numbers(pa.array([-1, 5]), nulls)
    assert (values.to_pylist(), parsed.to_pylist()) == ([None, 5.0], [None, True])


def test_words_of_the_mall_s_own() -> None:
    words = Availability(available=["판매중", "On Sale", 10, "n"], unavailable=["품절", "sold out", "y"])
    texts = ["판매중", " ON SALE ", "10", "10.0", "품절", "Sold Out", "yes", "0", "n", "Y", "gone", "", None]
    values, parsed = parse_flags(pa.array(texts), NULLS, words)
    assert values.to_pylist() == [True] * 4 + [False] * 2 + [True, False, True, False, None, None, None]
    assert parsed.to_pylist() == [True] * 10 + [False, None, None]
    assert parse_flags(pa.array([10, 0, 20]), NULLS, words)[0].to_pylist() == [True, False, None]


@pytest.mark.parametrize(
    ("column", "values", "parsed"),
    [
        (
            ["25", "0", "-3", "1", "0,5", "1.200", "out", None],
            [True, False, False, True, True, True, None, None],
            [True] * 6 + [False, None],
        ),
        ([25, 0, -3, None], [True, False, False, None], [True, True, True, None]),
        ([25.0, float("nan"), float("inf")], [True, None, None], [True, None, False]),
    ],
    ids=str,
)
def test_counts_of_stock(column: list, values: list[bool | None], parsed: list[bool | None]) -> None:
    found = parse_flags(pa.array(column), NULLS, Availability(stock_count=True), NumberFormat(",", "."))
    assert [part.to_pylist() for part in found] == [values, parsed]


def test_counts_of_stock_are_a_setting() -> None:
    assert parse_flags(pa.array([25, 1, 0]), NULLS)[1].to_pylist() == [False, True, True]


def test_empty_columns() -> None:
    for kind in (pa.string(), pa.int64(), pa.float32(), pa.bool_(), pa.null()):
        for parse in (parse_numbers, parse_flags):
            assert [len(part) for part in parse(pa.chunked_array([], kind), NULLS)] == [0, 0]
