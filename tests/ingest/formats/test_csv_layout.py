"""What stands around a CSV's lines: titles, totals, other delimiters; and what is no CSV at all."""

from __future__ import annotations

import codecs
from dataclasses import replace

import pytest
from pydantic import ValidationError

from include.errors import EmptyFileError
from include.settings import CsvFormat, Feed
from tests.ingest.formats.parsed import LIMITS, SECRET, parse, read_rows, refuse

DATA = "a,b,c\n1,2,3\n4,5,6\n"
ROWS = [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "6"}]


@pytest.mark.parametrize(("other", "shown"), [(";", ";"), ("\t", r"\t"), ("|", "|")])
@pytest.mark.parametrize("end", ["", "{0}x{0}y, z\n", "1{0}2{0}3,4\n"])
def test_another_delimiter_is_named(other: str, shown: str, end: str) -> None:
    text = DATA.replace(",", other) + end.format(other)
    message = refuse(text)
    assert message.startswith(
        'file a.csv has 1 column with the delimiter "," and 3 with another: set the feed'
    )
    assert f'csv.delimiter: "{shown}"' in message
    assert len(read_rows(text, CsvFormat(delimiter=other))) >= 2


def test_another_delimiter_is_named_where_ours_is_in_a_name() -> None:
    message = refuse("a;b, c;d\n1;2, x;3\n1;2;3\n")
    assert message.startswith('file a.csv has 2 columns with the delimiter "," and 3 with another')


@pytest.mark.parametrize("sep", ["sep=,", "SEP=,", '"sep=,"'])
def test_the_line_of_excel_above_the_header_is_read_away(sep: str) -> None:
    assert read_rows(f"{sep}\r\n{DATA}") == ROWS
    assert 'set the feed\'s csv.delimiter: ","' in refuse(f"{sep}\n{DATA}", CsvFormat(delimiter=";"))
    assert r'csv.delimiter: "\t"' in refuse("sep=\t\na\tb\n")


@pytest.mark.parametrize("titles", ["Report\n", "Sales of March\n\n", "\n\nReport\nof,March\n"])
def test_title_lines(titles: str) -> None:
    message = refuse(titles + DATA * 3)
    skip = titles.count("\n")
    assert f"csv.skip_lines: {skip}." in message
    assert read_rows(titles + DATA, CsvFormat(skip_lines=skip)) == ROWS


def test_footers() -> None:
    assert (
        "line 4: has 1 values where the header has 3 columns; if it is the last line and no data"
        in refuse(DATA + "total\n")
    )
    assert "csv.skip_last_lines" in refuse(DATA + "total,2\nby,me\n\n")
    for line_end in ("\n", "\r\n", "\r"):
        text = (DATA + "total,2\n\nby,me\n\n").replace("\n", line_end)
        assert read_rows(text, CsvFormat(skip_last_lines=2)) == ROWS


def test_skipping_all_lines_is_no_empty_part() -> None:
    assert "no line left for a header" in refuse("a,b\n", CsvFormat(skip_lines=1))
    assert "no line left for a header" in refuse("a,b\n", CsvFormat(skip_last_lines=3))


def test_skipped_lines_count_as_lines() -> None:
    assert "line 5: has 2 values" in refuse("x\ny\na,b,c\n1,2,3\n4,5\n6,7,8\n", CsvFormat(skip_lines=2))
    assert "line 5: has a quoted value" in refuse('x\nsep=,\na,b\n1,2\n"1"x,2\n', CsvFormat(skip_lines=1))


def test_a_delimiter_at_the_end_of_every_line() -> None:
    assert read_rows("a,b,c\n1,2,3,\n4,5,6,\n") == ROWS
    assert read_rows("a,b,c,\n1,2,3,\n") == [{"a": "1", "b": "2", "c": "3", "": ""}]
    assert "line 2: has 4 values where the header has 3" in refuse("a,b,c\n1,2,3,\n4,5,6\n")
    assert "line 3: has 4 values where the header has 3" in refuse("a,b,c\n1,2,3\n4,5,6,\n")
    assert "has 4 values where the header has 3" in refuse("a,b,c\n1,2,3,\n4,5,6,7\n")


def test_files_without_a_header() -> None:
    assert read_rows("1,2\n3,4\n", CsvFormat(header=False)) == [{"1": "1", "2": "2"}, {"1": "3", "2": "4"}]
    message = refuse(f"1,{SECRET}\n3,4,{SECRET}\n", CsvFormat(header=False))
    assert message.startswith("file a.csv, line 2: has 3 values where the first line has 2 columns")
    assert SECRET not in message


def test_headers_of_any_names() -> None:
    table = parse('a,a,,"x ""y"", z","two\nlines"\n1,2,3,4,5\n').table
    assert table.column_names == ["a", "a", "", 'x "y", z', "two\nlines"]
    assert [column[0].as_py() for column in table.columns] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n\n", '"a","b"\r'])
def test_a_header_alone_is_a_file_without_rows(content: str) -> None:
    table = parse(content).table
    assert (table.column_names, table.num_rows) == (["a", "b"], 0)


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t\n", codecs.BOM_UTF8])
def test_an_empty_file(content: bytes) -> None:
    assert "is empty, without even a header" in refuse(content, kind=EmptyFileError)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04....[Content_Types].xml", "an Excel workbook (xlsx)"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (xls)"),
        (b"PAR1....PAR1", "Parquet"),
        (b"\n<!DOCTYPE html><html>", "an HTML page"),
        (b"<?xml version='1.0'?><Error>", "XML"),
        (b"BZh91AY&SY", "packed with bzip2"),
    ],
)
def test_other_kinds_are_named(content: bytes, what: str) -> None:
    assert f"file a.csv is {what} and not CSV" in refuse(content)
    assert f"file a.jsonl is {what} and not JSON lines" in refuse(content, name="a.jsonl")


def test_json_and_parquet_of_another_name_have_their_cures() -> None:
    assert "is JSON and not CSV; name it .jsonl, or set" in refuse(f'{{"a": "{SECRET}"}}\n')
    assert "is Parquet and not CSV; name it .parquet, or set" in refuse(b"PAR1\x15\x04")


@pytest.mark.parametrize("name", ["ORCHID", "PAR1", "BZh", "<b>", "Object"])
def test_names_that_begin_like_other_kinds(name: str) -> None:
    assert read_rows(f"{name},b\n1,2\n") == [{name: "1", "b": "2"}]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_without_a_mark(encoding: str) -> None:
    for text in (DATA, "이름,b\n단골,1\n" * 9):
        message = refuse(text.encode(encoding))
        assert message.endswith(f"set the feed's csv.encoding: {encoding}.") or not text.isascii()
    assert read_rows(DATA.encode(encoding), CsvFormat(encoding=encoding)) == ROWS


@pytest.mark.parametrize(
    ("written", "said", "cure"),
    [("utf-16", "utf-8", "utf-16"), ("utf-32", "utf-8", "utf-32"), ("utf-8-sig", "cp949", "utf-8")],
)
def test_marks_of_another_encoding(written: str, said: str, cure: str) -> None:
    message = refuse(DATA.encode(written), CsvFormat(encoding=said))
    assert message == f"file a.csv begins with the mark of {cure}: set the feed's csv.encoding: {cure}."


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16", "ascii"])
def test_bytes_of_no_such_character_name_their_line(encoding: str) -> None:
    content = DATA.encode(encoding)
    bad = b"\x00\xd8" if encoding == "utf-16" else b"\xff\xff"
    message = refuse(content + bad + "\n".encode(encoding)[-2:], CsvFormat(encoding=encoding))
    assert message.startswith(f"file a.csv, line 4: is not {encoding} text")


def test_long_files_of_other_encodings() -> None:
    text = "이름,b\n" + "단골,x\n" * 1_000_000
    table = parse(text.encode("cp949"), Feed(csv=CsvFormat(encoding="cp949"))).table
    assert table.column("이름").unique().to_pylist() == ["단골"]
    message = refuse(text.encode("cp949") + b"\xff\xff\n", CsvFormat(encoding="cp949"))
    assert message.startswith("file a.csv, line 1000002: ")


def test_limits() -> None:
    limits = replace(LIMITS, day_rows=3, columns=4, value_bytes=100)
    assert parse("a\n1\n2\n3\n", limits=limits).table.num_rows == 3
    assert "has more than 3 lines, and limits.day_rows is 3" in refuse("a\n1\n2\n3\n4\n", limits=limits)
    assert "limits.day_rows" in refuse("a\n" + "1\n" * 9_999, limits=limits)
    assert "more than 4 columns, and limits.columns is 4" in refuse(",,,,\n", limits=limits)
    assert parse('"a,b,c,d,e"\n', limits=limits).table.num_columns == 1
    message = refuse(f'a,b\n\n1,"x\ny"\n2,{SECRET}{"x" * 100}\n', limits=limits)
    assert message.startswith(
        "file a.csv, line 5: the value in column 2 has 117 bytes, and limits.value_kb is"
    )


def test_a_line_that_is_longer_than_memory_allows() -> None:
    assert "longer than 4 MB" in refuse("a,b\n1," + "x" * (40 << 20) + "\n")


@pytest.mark.parametrize(
    "settings",
    [
        {"delimiter": "§"},
        {"quote": "\n"},
        {"escape": "\r"},
        {"delimiter": '"'},
        {"delimiter": "|", "escape": "|"},
        {"encoding": "no-such"},
    ],
)
def test_settings_that_cannot_work(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CsvFormat.model_validate(settings)
