"""JSON lines: values as they are written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.errors import EmptyFileError
from include.settings import Feed
from tests.ingest.formats.parsed import LIMITS, SECRET, parse, refuse


def read(content: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parse(content, name="a.jsonl").table.to_pylist()
    return rows


def refuse_json(content: str) -> str:
    return refuse(content, name="a.jsonl")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("9007199254740993", "9007199254740993"),
        ('"0012"', "0012"),
        ("12.50", "12.50"),
        ("-1e-7", "-1e-7"),
        ("9" * 5_000, "9" * 5_000),
        ("true", "true"),
        ("null", None),
        ('""', ""),
        ('"null"', "null"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ('[1, 2.50, {"b": null}]', '[1, 2.50, {"b": null}]'),
        ('{"단": "\\u00e9\\""}', '{"단": "é\\""}'),
        ('"\\u0000"', "\0"),
    ],
)
def test_values_are_as_they_are_written(written: str, text: str | None) -> None:
    assert read(f'{{"a": {written}}}\n') == [{"a": text}]


def test_keys_that_come_and_go() -> None:
    content = '{"a": 1}\r\n\n  {"b": 2, "a": null}\n{}\n{"c": "x"}'
    assert read(content) == [
        {"a": "1", "b": None, "c": None},
        {"a": None, "b": "2", "c": None},
        {"a": None, "b": None, "c": None},
        {"a": None, "b": None, "c": "x"},
    ]


def test_a_key_that_comes_late_in_a_long_file() -> None:
    rows = read('{"a": 1}\n' * 50_000 + '{"b": 2}\n')
    assert (len(rows), rows[0], rows[-1]) == (50_001, {"a": "1", "b": None}, {"a": None, "b": "2"})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f'{{"a": "{SECRET}"', "is not JSON"),
        (f'{{"a": {SECRET}}}', "is not JSON"),
        (f'{{"a": 1}} {{"b": "{SECRET}"}}', "is not JSON"),
        (f'{{"{SECRET}": 1, "{SECRET}": 2}}', "has a key twice"),
        (f'{{"a": {{"{SECRET}": 1, "{SECRET}": 2}}}}', "has a key twice"),
        ('[{"a": 1}]', "begins an array"),
        ("3", "is no object"),
        ("null", "is no object"),
        ('{"a": "\\ud800"}', "is not JSON"),
        ('{"\\ud800": 1}', "is not JSON"),
        ('{"a": ["\\ud800"]}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"a":' * 100_000, "is not JSON"),
    ],
)
def test_a_broken_line_is_named(line: str, why: str) -> None:
    message = refuse_json('{"a": 1}\n\n' + line + '\n{"a": 2}\n')
    assert message.startswith(f"file a.jsonl, line 3: {why}")
    assert SECRET not in message


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson.gz", "A.JSON.zst", "part-0"])
def test_suffixes(name: str) -> None:
    assert parse('{"a": 1}', Feed(format="json_lines"), "part-0").table.to_pylist() == [{"a": "1"}]
    content = '{"a": 1}' if name in ("a.jsonl", "part-0") else None
    if content:
        assert parse(content, Feed(format="json_lines"), name).table.num_rows == 1
    else:
        assert "is not readable as" in refuse(b"x", name=name)


@pytest.mark.parametrize("content", ["", "\n \r\n"])
def test_no_line_is_an_empty_file(content: str) -> None:
    assert "is empty" in refuse(content, name="a.jsonl", kind=EmptyFileError)


def test_limits() -> None:
    limits = replace(LIMITS, day_rows=2, columns=2, value_bytes=10)

    def refuse_at_limit(content: str) -> str:
        return refuse(content, name="a.jsonl", limits=limits)

    assert "limits.day_rows is 2" in refuse_at_limit("{}\n" * 3)
    assert "limits.columns is 2" in refuse_at_limit('{"a": 1}\n{"b": 1, "c": 1}\n')
    message = refuse_at_limit('{"a": 1}\n{"a": 1, "b": "éééééé"}\n')
    assert message.startswith("file a.jsonl, line 2: the value in column 2 has 12 bytes, and limits.value_kb")
    assert "longer than 16 MB" in refuse_json('{"a": [' + "1," * (9 << 20) + "1]}")
    wide = json.dumps({f"k{n}": 1 for n in range(100)}) + "\n" + "{}\n" * 20_000
    message = refuse(wide, name="a.jsonl", limits=replace(LIMITS, unpacked_bytes=4 << 20))
    assert "in memory, twice limits.unpacked_mb" in message


@given(
    st.lists(
        st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=5) | st.integers(), max_size=5),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read(rows: list[dict[str, Any]]) -> None:
    rows = json.loads(json.dumps(rows).encode("utf-8", "ignore"))
    keys = {key: None for row in rows for key in row}
    expected = [{key: None if row.get(key) is None else str(row[key]) for key in keys} for row in rows]
    found = read("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    assert found == expected or not keys
