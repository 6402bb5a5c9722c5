"""Ids of every type and form as one text: what the rules change, what is spoilt and what cannot be shown."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from include.ingest.values.ids import clean_ids
from include.settings import Feed

NULLS = Feed().nulls("user_id")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            ["17850.0", " 17850 ", "17850.50", "0042", "0042.00", "A.0", "1e3"],
            ["17850", "17850", "17850.50", "0042", "0042", "A.0", "1e3"],
        ),
        (["NULL", "nan", "", "  ", None, "Nullable"], [None, None, None, None, None, "Nullable"]),
        (["a\0\0", "\0", "\0a"], ["a", None, "\0a"]),
        ([17850, -1, 2**62, None], ["17850", "-1", str(2**62), None]),
        (pa.array([2**64 - 1], pa.uint64()), [str(2**64 - 1)]),
        ([17850.0, float("nan"), None, 1.5, 2.0**53 - 1], ["17850", None, None, "1.5", "9007199254740991"]),
        (pa.array([17850.0], pa.float32()), ["17850"]),
        (pa.array([17850.0], pa.float16()).cast(pa.float32()), ["17856"]),
        ([Decimal("17850.00"), Decimal("0.50"), None], ["17850", "0.50", None]),
        (pa.array([Decimal("17800")], pa.decimal128(5, 0)).cast(pa.decimal128(5, -2)), ["17800"]),
        ([b"17850", b"\xff\x00", None], ["17850", "ff00", None]),
        (pa.array([b"ab\0\0"], pa.binary(4)), ["ab"]),
        (pa.array([b"\xff\x01"], pa.binary(2)), ["ff01"]),
        (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
        (pa.array(["x ", None], pa.string_view()), ["x", None]),
        (pa.nulls(2), [None, None]),
        ([True], ["true"]),
        ([[1, 2]], ["[1, 2]"]),
    ],
    ids=str,
)
def test_ids(column: list | pa.Array, expected: list[str | None]) -> None:
    array = column if isinstance(column, pa.Array) else pa.array(column)
    assert clean_ids(array, NULLS).values.to_pylist() == expected
    assert clean_ids(pa.chunked_array([array, array]), NULLS).values.to_pylist() == expected * 2


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("\u00a0 A1\u3000\t\r\n", "A1", {"blanks"}),
        ("A1\0\0\0", "A1", {"blanks"}),
        ("A 1", "A 1", set()),
        ('="0012"', "0012", {"formula"}),
        ('=""0012""', "0012", {"formula"}),
        ('=" 0012 "', "0012", {"formula"}),
        ("'0012", "0012", {"formula"}),
        ("'tis", "'tis", set()),
        ("=0012", "=0012", set()),
        ("A\u200b\u200d1\ufeff", "A1", {"zero_width"}),
        ("A\u00ad1\u2060\u200e", "A1", {"zero_width"}),
        ("\u200b \u3000A1", "A1", {"zero_width", "blanks"}),
        ("cafe\u0301", "caf\u00e9", {"unicode"}),
        ("\u1112\u1161\u11ab", "한", {"unicode"}),
        ("한", "한", set()),
        ("Ａ１", "Ａ１", set()),  # NFC keeps the wide forms
        ("17850.0", "17850", {"fraction"}),
        ('="17850.00" ', "17850", {"blanks", "formula", "fraction"}),
        ("0012", "0012", set()),
    ],
)
def test_the_rules(text: str, expected: str, rules: set[str]) -> None:
    found = clean_ids(pa.array([text, None, "plain", text]), NULLS)
    assert found.values.to_pylist() == [expected, None, "plain", expected]
    assert found.changes == dict.fromkeys(rules, 2)
    again = clean_ids(found.values, NULLS)
    assert (again.values, again.changes) == (found.values, {})


def test_the_case_is_a_setting_and_counted() -> None:
    column = pa.array(["ab1", "AB1", " Ab1", "É9", "42", None, "NULL"])
    assert clean_ids(column, NULLS).values.to_pylist()[:3] == ["ab1", "AB1", "Ab1"]
    lower = clean_ids(column, NULLS, "lower")
    assert lower.values.to_pylist() == ["ab1", "ab1", "ab1", "é9", "42", None, None]
    assert lower.changes == {"blanks": 1, "case": 3}
    upper = clean_ids(column, NULLS, "upper")
    assert upper.values.to_pylist() == ["AB1", "AB1", "AB1", "É9", "42", None, None]
    assert upper.changes == {"blanks": 1, "case": 2}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "NA",
            "N/A",
            "#N/A",
            "undefined",
            "null",
            "NULL",
            "Null",
            "none",
            "None",
            "nan",
            "NaN",
            "(not set)",
        ),
        *(
            "(null)",
            "<NA>",
            r"\N",
            "__HIVE_DEFAULT_PARTITION__",
            "#REF!",
            ' ="NULL" ',
            "\u200bna\u00a0",
            '=""',
        ),
    ],
)
def test_placeholders_are_nobody_s_id(text: str) -> None:
    found = clean_ids(pa.array([text, text, "u1"]), NULLS)
    assert found.values.to_pylist() == [None, None, "u1"]
    assert found.changes == {}


def test_a_null_value_of_the_mall_s_own_is_compared_in_the_form_of_ids() -> None:
    nulls = Feed(null_values={"user_id": ["0", "Gast ", "CAFE\u0301"]}).nulls("user_id")
    texts = pa.array(["0", "0.0", "guest", "GAST", "caf\u00e9", "00", None])
    assert clean_ids(texts, nulls).values.to_pylist() == [None, None, "guest", None, None, "00", None]
    assert clean_ids(pa.array([0.0, 7.0]), nulls).values.to_pylist() == [None, "7"]
    assert clean_ids(texts, nulls, "upper").values.to_pylist()[3:5] == [None, None]


@pytest.mark.parametrize(
    ("column", "exact"),
    [
        (["8.80E+12", "8.8e+12", "1.23457E+11", "8,80E+12", "1E+12", "8.8E12", "1e+21"], [False] * 7),
        ([' "', " 8.80E+12\u00a0", '="8.80E+12"'], [None, False, False]),
        (["1E5", "12E3", "3E-12", "A1.5E+3", "1.5E+3B", "1.5", "E+12", "1234E+5"], [None] * 8),
        (["9007199254740991.0", "9007199254740992.0", "12345678901234567890.00"], [None, False, None]),
        (["1234567890123456789"], [None]),
        (pa.array([1234567890123456789, None]), [None, None]),
        (
            [2.0**53 - 1, 2.0**53, -(2.0**53), float("inf"), float("nan"), 1.5],
            [None, *[False] * 3, None, None],
        ),
        (pa.array([2.0**24 - 1, 2.0**24, None], pa.float32()), [None, False, None]),
        (pa.array([2047.0, 2048.0], pa.float32()).cast(pa.float16()), [None, False]),
        ([Decimal("12345678901234567890")], [None]),
        (pa.chunked_array([pa.array([1.0]), pa.array([1e20])]), [None, False]),
        (pa.array([], pa.float64()), []),
    ],
    ids=str,
)
def test_ids_that_a_number_type_has_spoilt(
    column: list | pa.Array | pa.ChunkedArray, exact: list[bool | None]
) -> None:
    array = pa.array(column) if isinstance(column, list) else column
    assert clean_ids(array, NULLS).exact.to_pylist() == exact


def test_control_characters_stay_and_are_marked() -> None:
    texts = ["a\0b", "a\tb", "a\nb", "a\x7f", "a\u0085b", "a\u2028b", "a\ufffd", "ab", "단골", None, "\0\0"]
    found = clean_ids(pa.array(texts), NULLS)
    assert found.values.to_pylist() == [*texts[:-1], None]
    assert found.printable.to_pylist() == [*[False] * 7, None, None, None, None]
    assert found.exact.to_pylist() == [None] * len(texts)


def test_text_that_is_no_utf8_is_marked() -> None:
    """A lone surrogate, as an encoder that lets everything pass writes it."""
    broken = pa.array([b"a\xed\xa0\x80", b"b", None]).view(pa.string())
    found = clean_ids(broken, NULLS)
    found.values.validate(full=True)
    assert found.values.to_pylist()[1:] == ["b", None]
    assert found.printable.to_pylist() == [False, None, None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.int64(), pa.float32(), pa.null()])
def test_empty_columns(kind: pa.DataType) -> None:
    found = clean_ids(pa.chunked_array([], kind), NULLS)
    assert [len(part) for part in (found.values, found.exact, found.printable)] == [0, 0, 0]
    assert (found.values.type, found.exact.type, found.changes) == (pa.large_string(), pa.bool_(), {})


def test_a_slice_of_a_column_is_that_slice() -> None:
    column = pa.array(["A.0", " b", None, "17.0", "\u200bc", "d"], pa.large_string())
    found = clean_ids(column.slice(2, 3), NULLS)
    assert found.values.to_pylist() == [None, "17", "c"]
    assert found.changes == {"fraction": 1, "zero_width": 1}
