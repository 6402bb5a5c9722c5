"""Delivered values as text, and titles without what a table cannot show."""

from __future__ import annotations

import pyarrow as pa
import pytest

from include.ingest.values.text import as_text, classify_rows, clean_text, make_classes

NULLS = ("", "NULL", "nan")


def test_titles_keep_what_ids_lose() -> None:
    titles = pa.array(["7.0", " Chanel No 5 ", "cafe\u0301", '="7"', "NULL", "Null", None, ""])
    expected = ["7.0", "Chanel No 5", "cafe\u0301", '="7"', None, "Null", None, None]
    assert clean_text(titles, NULLS).to_pylist() == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Red\0 shoes\0\0", "Red shoes"),
        ("Red\x1b[31m shoes", "Red[31m shoes"),
        ("Red\u202eseohs\u2066", "Redseohs"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\u3000단골 — “손님”", "단골 — “손님”"),
        ("\0 \x01", None),
    ],
)
def test_titles_lose_what_a_table_cannot_show(title: str, expected: str | None) -> None:
    assert clean_text(pa.array([title, None, "x"]), NULLS).to_pylist() == [expected, None, "x"]
    assert clean_text(pa.array([title.encode()]), NULLS).to_pylist() == [expected]


def test_text_is_always_utf8() -> None:
    broken = pa.array([b"a\xed\xa0\x80", b"caf\xe9", b"b", None]).view(pa.string())
    text = clean_text(broken, NULLS)
    text.validate(full=True)
    assert text.to_pylist() == ["a\ufffd\ufffd\ufffd", "caf\ufffd", "b", None]


def test_rows_are_classified_by_their_bytes() -> None:
    classes = make_classes(b".", b"ab")
    column = pa.array(["a.b", "", None, "ab", "..", "c", ""], pa.large_string())
    assert classify_rows(column, classes).tolist() == [3, 0, 0, 2, 1, 0, 0]
    assert classify_rows(column.slice(1, 4), classes).tolist() == [0, 0, 2, 1]
    assert classify_rows(column.slice(0, 0), classes).tolist() == []
    assert classify_rows(column, make_classes(b"")).tolist() == [0] * 7


def test_empty_columns() -> None:
    assert clean_text(pa.chunked_array([], pa.string()), NULLS).to_pylist() == []
    assert as_text(pa.chunked_array([], pa.int64())).to_pylist() == []
