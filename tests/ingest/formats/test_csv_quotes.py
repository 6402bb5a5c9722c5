"""Quotes that are none of their format: read as lines, or refused with the line, and never swallowed."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.errors import RejectedDayError
from include.ingest.formats.csv_grammar import make_grammar
from include.settings import CsvFormat
from tests.ingest.formats.parsed import SECRET, read_rows, refuse

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at,title\n"


def line(number: int, title: str) -> str:
    return f"o{number},u{number},i{number},1,2.5,2026-03-10T10:00:00,{title}\n"


BACKSLASHES = HEADER + line(0, r'"Drawer 12\""') + line(1, "Lamp") + line(2, r'"Drawer 10\""')
BARE = HEADER + line(0, '"XL bag') + line(1, "Lamp") + line(2, '"XS bag')


@pytest.mark.parametrize(
    ("text", "cure"), [(BACKSLASHES, r'csv.escape: "\\"'), (BARE, "csv.quoting: none")], ids=["\\", "bare"]
)
def test_three_lines_are_not_one(text: str, cure: str) -> None:
    message = refuse(text)
    assert message.startswith("file a.csv, line 2: has a quoted value whose closing quotation mark in line 4")
    assert cure in message


def test_the_settings_cure_them() -> None:
    escaped = read_rows(BACKSLASHES, CsvFormat(escape="\\"))
    assert [row["title"] for row in escaped] == ['Drawer 12"', "Lamp", 'Drawer 10"']
    bare = read_rows(BARE, CsvFormat(quoting="none"))
    assert [row["title"] for row in bare] == ['"XL bag', "Lamp", '"XS bag']


@pytest.mark.parametrize(
    ("body", "number", "part"),
    [
        (line(0, '"XL bag') + line(1, '12"') + line(2, "Lamp"), 2, "goes on in line 3"),
        (line(0, '"XL bag') + line(1, "Lamp") + line(2, '12"'), 2, "goes on in line 3"),
        (line(0, "Lamp") + line(1, '"XL bag') + line(2, '12"'), 3, "goes on in line 4"),
        (line(0, '"XL bag') + line(1, 'Lamp,""') + line(2, '12"'), 2, "goes on in line 4"),
        (line(0, '"XL bag') + line(1, "Lamp") + line(2, "Lamp"), 2, "never ends"),
        (line(0, "Lamp") + line(1, "Lamp") + line(2, '"XL bag').rstrip(), 4, "never ends"),
        (line(0, '"Best" bag'), 2, "is followed by text"),
        (line(0, '"12" bag"'), 2, "is followed by text"),
        (line(0, '"Drawer 12""') + line(1, "Lamp") + line(2, '"Shelf 10""'), 2, "in line 4 is followed by"),
        (line(0, r'"a \"b\" c"'), 2, "is followed by text"),
        (line(0, r'"big \"') + line(9, 'bag"'), 2, "a backslash before a quotation mark"),
        ('o0,"XL bag,i0,1,2.5,t,x\no1,12",i1,1,2.5,t,x\n', 2, "goes on in line 3"),
        ('"XL,u0,i0,1,2.5,t,x\n12",u1,i1,1,2.5,t,x\n', 2, "goes on in line 3"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_quote_that_swallows_lines(body: str, number: int, part: str, line_end: str) -> None:
    message = refuse((HEADER + body).replace("\n", line_end))
    assert message.startswith(f"file a.csv, line {number}: ")
    assert part in message


def test_no_value_is_in_the_message() -> None:
    for title in (f'"{SECRET}', f'"{SECRET}" {SECRET}', f'"{SECRET}\\""', f'"{SECRET}\n{line(8, SECRET)}"'):
        assert SECRET not in refuse(HEADER + line(0, title) + line(1, SECRET))


@pytest.mark.parametrize(
    "title",
    [
        "two\nlines",
        'A "good" bag,\n"best" of all, and\n\nlight, soft',
        "one, two, three\nfour, five",
        "\n",
        "ends with a line\n",
        'a 12" bag\nof red, soft cloth',
        "\\",
        "12\\",
        ",",
        '"',
        '""',
        'x"',
        '"x',
        'a ""x"" b',
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_a_csv_writer_quotes_is_read(title: str, line_end: str, quoting: int) -> None:
    written = io.StringIO()
    writer = csv.writer(written, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    rows = [HEADER.strip().split(","), *([*line(n, "").split(",")[:6], title] for n in range(3))]
    writer.writerows(rows)
    assert [row["title"] for row in read_rows(written.getvalue())] == [title] * 3


def test_pairs_of_doubled_quotes_show_a_writer_that_quotes() -> None:
    assert read_rows('a,b\n1,"made of ""oak"", solid\nand heavy, too"\n')[0]["b"].endswith("heavy, too")


def test_a_value_may_hold_whole_lines_by_setting() -> None:
    text = 'a,b\n1,"x\n2,y"\n'
    assert "csv.multiline: true" in refuse(text)
    assert read_rows(text, CsvFormat(multiline=True)) == [{"a": "1", "b": "x\n2,y"}]


def test_where_everything_is_quoted_a_line_begins_with_a_quote() -> None:
    assert read_rows('"a","b"\n"1","x\n2,y"\n"3","z"\n') == [{"a": "1", "b": "x\n2,y"}, {"a": "3", "b": "z"}]
    assert "goes on in line 3" in refuse('"a","b"\n1,"x\n2,y"\n')  # names alone are quoted
    assert "goes on in line 3" in refuse('"a","b"\n"1","x\n"",y"\n')


def test_a_quote_within_a_plain_value_is_a_character() -> None:
    assert [row["b"] for row in read_rows('a,b\n1,12" TV\n2,5"\n3,a "b" c\n')] == ['12" TV', '5"', 'a "b" c']


def test_a_backslash_at_the_end_of_a_value_is_a_character() -> None:
    rows = read_rows('a,b\n"C:\\","D:\\x"\n"2","x"\n')
    assert rows == [{"a": "C:\\", "b": "D:\\x"}, {"a": "2", "b": "x"}]


def test_other_characters() -> None:
    form = CsvFormat(delimiter="|", quote="'", escape="^")
    assert read_rows("a|b\n'x|^'y'|it's\n", form) == [{"a": "x|'y", "b": "it's"}]
    assert read_rows('a,b\n"x""y",1\n', CsvFormat(escape='"')) == [{"a": 'x"y', "b": "1"}]


def test_no_value_as_mysql_writes_it() -> None:
    form = CsvFormat(delimiter="\t", quoting="none", escape="\\")
    rows = read_rows("a\tb\tc\n\\N\tx\\\ty\t\\N\nN\tC:\\\\N\tz\n", form)
    assert rows == [{"a": r"\N", "b": "x\ty", "c": r"\N"}, {"a": "N", "b": r"C:\N", "c": "z"}]


def test_an_escape_at_the_end_of_the_file() -> None:
    assert "ends with the escape character" in refuse("a,b\n1,2\\", CsvFormat(quoting="none", escape="\\"))


class NotStrictError(Exception):
    pass


def read_slowly(text: str) -> list[tuple[list[str], str]]:
    """RFC 4180, a character at a time: each line's values, and its own text."""
    lines: list[tuple[list[str], str]] = []
    values: list[str] = []
    value, state, begin = "", "start", 0
    for place, character in enumerate(text):
        if state == "quoted":
            if character == '"':
                state = "closing"
            else:
                value += character
        elif state == "closing" and character == '"':
            value, state = value + '"', "quoted"
        elif character in ",\n":
            values.append(value)
            value, state = "", "start"
            if character == "\n":
                lines.append((values, text[begin:place]))
                values, begin = [], place + 1
        elif state == "closing":
            raise NotStrictError
        elif state == "start" and character == '"':
            state = "quoted"
        else:
            value, state = value + character, "plain"
    if state == "quoted":
        raise NotStrictError
    return [(values, raw) for values, raw in lines if raw]


@given(st.text(alphabet='a,"\n', max_size=40))
@example('"\na,"\n')
@settings(max_examples=400, deadline=None)
def test_a_slow_reader_agrees(body: str) -> None:
    text = "x,y\n" + body + "\n"
    try:
        expected = read_slowly(text)[1:]
    except NotStrictError:
        assert refuse(text)
        return
    widths = {len(values) for values, _ in expected}
    try:
        rows = [list(row.values()) for row in read_rows(text)]
    except RejectedDayError as error:
        spans = any("\n" in raw for _, raw in expected)
        assert widths - {2} or (spans and "looks like a line of its own" in str(error))
        return
    if widths == {3}:
        assert [values for values, _ in expected] == [[*row, ""] for row in rows]
    else:
        assert [values for values, _ in expected] == rows


@given(
    st.lists(st.tuples(*[st.text(alphabet="ab, '\"\\\n|;\u00e9", max_size=8)] * 3), max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=300, deadline=None)
def test_what_a_writer_wrote_is_read_or_refused(rows: list[tuple[str, str, str]], quoting: int) -> None:
    for escape in (None, "\\"):
        written = io.StringIO()
        writer = csv.writer(  # type: ignore[call-overload]
            written, quoting=quoting, lineterminator="\n", doublequote=escape is None, escapechar=escape
        )
        writer.writerows([("x", "y", "z"), *rows])
        try:
            read = read_rows(written.getvalue(), CsvFormat(escape=escape))
        except RejectedDayError as error:
            assert "looks like a line of its own" in str(error) or "a backslash before" in str(error)
        else:
            assert [tuple(row.values()) for row in read] == rows


@given(
    st.text(alphabet='a,"\\\n\r', max_size=40),
    st.sampled_from([None, "\\", '"']),
    st.sampled_from(["minimal", "none"]),
)
@settings(max_examples=800, deadline=None)
def test_values_are_read_as_the_grammar_says(body: str, escape: str | None, quoting: str) -> None:
    form = CsvFormat.model_validate({"escape": escape, "quoting": quoting, "multiline": True})
    text = ("x,y\n" + body + "\n").encode()
    try:
        rows = [list(row.values()) for row in read_rows(text, form)]
    except RejectedDayError:
        return
    grammar = make_grammar(form)
    lines = [text[begin:end] for begin, end in grammar.records(text, 0)]
    assert b"".join(lines) == text
    expected = [grammar.split(line) for line in lines[1:] if line.strip(b"\r\n")]
    assert rows == [values[:2] for values in expected]
    assert all(values[2:] in ([], [""]) for values in expected)
