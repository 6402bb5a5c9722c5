"""CSV as malls write it."""

from __future__ import annotations

import codecs
import gzip

import pytest

from include.errors import RejectedDayError
from include.ingest.formats.parsing import parse_file
from include.settings import CsvFormat, Feed
from tests.ingest.formats.parsed import LIMITS


def parse(content: bytes, feed: Feed | None = None, name: str = "a.csv") -> list[dict[str, str]]:
    rows: list[dict[str, str]] = parse_file(name, content, feed or Feed(), LIMITS).table.to_pylist()
    return rows


def test_every_value_stays_text() -> None:
    row = {"a": "007", "b": "", "c": "NULL", "d": "2026-01-01", "e": "1.50", "f": "true"}
    content = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    assert parse(content.encode()) == [row]


def test_quoted_commas_line_ends_and_quotes() -> None:
    content = b'a,b\n1,"x, y"\n2,"two\nlines"\n3,"5"" pipe"\n4,5" pipe\n'
    assert [row["b"] for row in parse(content)] == ["x, y", "two\nlines", '5" pipe', '5" pipe']


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(line_end: bytes) -> None:
    assert parse(line_end.join([b"a,b", b"1,2", b"3,4"])) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (codecs.BOM_UTF8 + "이름\n단골\n".encode(), "utf-8"),
        ("이름\n단골\n".encode("cp949"), "cp949"),
        ("이름\n단골\n".encode("utf-16"), "utf-16"),
    ],
)
def test_encodings_and_byte_order_marks(content: bytes, encoding: str) -> None:
    assert parse(content, Feed(csv=CsvFormat(encoding=encoding))) == [{"이름": "단골"}]


def test_delimiter_and_gzip() -> None:
    feed = Feed(csv=CsvFormat(delimiter="|"))
    assert parse(gzip.compress(b"a|b\n1,5|2\n"), feed, "A.CSV.GZ") == [{"a": "1,5", "b": "2"}]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a,b\n1,2\n3,"4\n5,6\n', 3),
        (b'a,b\n5" pipe,2\n3,"4\n5,6', 3),  # an even number of quotation marks
    ],
)
def test_a_quote_that_never_ends(content: bytes, line: int) -> None:
    with pytest.raises(
        RejectedDayError, match=f"file a.csv, line {line}: has a quoted value that never ends"
    ):
        parse(content)


def test_a_last_value_may_end_with_a_line_end() -> None:
    assert parse(b'a,b\n1,"2\n"\n') == [{"a": "1", "b": "2\n"}]


def test_a_long_file_names_its_ragged_line() -> None:
    content = b"a,b\n" + b"1,2\n" * 300_000 + b"3\n" + b"1,2\n" * 10
    with pytest.raises(RejectedDayError, match="line 300002: has 1 values where the header has 2 columns"):
        parse(content)
