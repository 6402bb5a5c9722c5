"""Ids of every type as text."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from include.ingest.text import as_text, clean_ids, clean_text

NULLS = ("", "NULL", "nan")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            ["17850.0", " 17850 ", "17850.50", "0042", "0042.00", "A.0", "1e3"],
            ["17850", "17850", "17850.50", "0042", "0042", "A.0", "1e3"],
        ),
        (["NULL", "nan", "", "  ", None, "Nullable"], [None, None, None, None, None, "Nullable"]),
        (["a\0\0", "\0"], ["a", None]),
        ([17850, -1, 2**62, None], ["17850", "-1", str(2**62), None]),
        (pa.array([2**64 - 1], pa.uint64()), [str(2**64 - 1)]),
        ([17850.0, float("nan"), None, 1.5, 2.0**53 - 1], ["17850", None, None, "1.5", "9007199254740991"]),
        (pa.array([17850.0], pa.float32()), ["17850"]),
        (pa.array([17850.0], pa.float16()).cast(pa.float32()), ["17856"]),
        ([Decimal("17850.00"), Decimal("0.50"), None], ["17850", "0.50", None]),
        ([b"17850", b"\xff\x00", None], ["17850", "ff00", None]),
        (pa.array([b"\xff\x01"], pa.binary(2)), ["ff01"]),
        (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
        (pa.nulls(2), [None, None]),
        ([True], ["true"]),
        ([[1, 2]], ["[1, 2]"]),
    ],
    ids=str,
)
def test_ids(column: list | pa.Array, expected: list[str | None]) -> None:
    array = column if isinstance(column, pa.Array) else pa.array(column)
    assert clean_ids(array, NULLS).to_pylist() == expected
    assert clean_ids(pa.chunked_array([array, array]), NULLS).to_pylist() == expected * 2


def test_titles_keep_what_ids_lose() -> None:
    assert clean_text(pa.array(["7.0", " Chanel No 5 "]), NULLS).to_pylist() == ["7.0", "Chanel No 5"]


def test_empty_columns() -> None:
    assert clean_ids(pa.chunked_array([], pa.string()), NULLS).to_pylist() == []
    assert as_text(pa.chunked_array([], pa.int64())).to_pylist() == []
