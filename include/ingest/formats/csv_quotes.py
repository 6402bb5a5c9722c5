"""Are a CSV file's quotes what they seem? A quote that is none of its format's swallows lines in silence."""

from __future__ import annotations

import re
from dataclasses import replace

from include.errors import RejectedDayError
from include.ingest.formats.csv_grammar import Grammar, list_cells, make_grammar
from include.ingest.formats.decoding import count_lines
from include.settings import CsvFormat

_BACKSLASH = b"\\"
_SET_ESCAPE = (
    r"""set the feed's csv.escape: "\\" if a backslash stands before quotation marks within values"""
)
_DOUBLED_PAIR = rb'[\s(]""\w[^"\r\n]*+""(?=[\s.,;:!?)])'
_SET_NONE = "set csv.quoting: none if quotation marks are characters like any other"


def check_quotes(name: str, text: bytes, start: int, skipped: int, csv: CsvFormat) -> None:
    """Refuse a file whose quotes break the grammar, or may mean something else than they seem.

    The file's lines begin at `start`, below `skipped` lines. Raises RejectedDayError with the line.
    """
    grammar = make_grammar(csv)
    marks = [mark for mark in (grammar.quote, grammar.escape) if mark is not None]
    if not any(mark in text for mark in marks):
        return
    may_be_escaped = (
        grammar.escape is None and grammar.quote is not None and _BACKSLASH + grammar.quote in text
    )
    if not may_be_escaped and grammar.is_flat(text, start):
        return
    end = start
    header: bytes | None = None
    for begin, end in grammar.records(text, start):
        if header is None:
            header = text[begin:end]
        if not csv.multiline and (b"\n" in text[begin : end - 2] or b"\r" in text[begin : end - 2]):
            _check_continuation(name, text, (begin, end), header, skipped, grammar)
    if end < len(text):
        _explain_violation(name, text, end, skipped, grammar)
    if may_be_escaped and header is not None:
        _check_other_reading(name, text, start, skipped, grammar)


def _check_continuation(
    name: str, text: bytes, record: tuple[int, int], header: bytes, skipped: int, grammar: Grammar
) -> None:
    """Refuse a value that spans lines where one of them, read by itself, is a whole line of the file.

    So look the lines between two quotes of which neither was meant to open or close anything. Where all names
    of the header and all values are quoted, a whole line begins with a quote; and a writer that doubles the
    quotes around a word within values knows what it does.
    """
    columns = grammar.count(header)
    lines = text[slice(*record)].splitlines()
    if all(line.count(grammar.delimiter) + 1 < columns for line in lines[1:]):
        return
    mark = grammar.quote or b""
    known = list_cells(header, grammar.delimiter, grammar.quote)
    known += list_cells(lines[0], grammar.delimiter, grammar.quote)
    quotes_all = all(cell.startswith(mark) for cell in known)
    if re.search(_DOUBLED_PAIR.replace(b'"', re.escape(mark)), text[slice(*record)]):
        return
    for offset, line in enumerate(lines[1:], 1):
        cells = list_cells(line, grammar.delimiter, grammar.quote)
        is_whole = len(cells) == columns or (len(cells) == columns + 1 and not cells[-1])
        if is_whole and (line.startswith(mark) or not quotes_all):
            first = skipped + count_lines(text, record[0]) + 1
            raise RejectedDayError(
                f"file {name}, line {first}: has a quoted value that goes on in line {first + offset}, which"
                " looks like a line of its own; have quotation marks within values doubled, or"
                f" {_SET_NONE}, or csv.multiline: true if values do hold such lines."
            )


def _explain_violation(name: str, text: bytes, start: int, skipped: int, grammar: Grammar) -> None:
    """Raise what is wrong with the line that begins at `start`."""
    while found := grammar.value.match(text, start):
        start = found.end()
    line = skipped + count_lines(text, start) + 1
    cures = ["have quotation marks within values doubled", _SET_ESCAPE, _SET_NONE]
    if grammar.escape is not None:
        cures.remove(_SET_ESCAPE)
    elif grammar.quote and _BACKSLASH + grammar.quote in text:
        cures.insert(0, cures.pop(1))
    cure = f"{', or '.join(cures)}."
    opened = grammar.quoted.match(text, start)
    if opened is None and (grammar.quote is None or not text.startswith(grammar.quote, start)):
        raise RejectedDayError(
            f"file {name}, line {line}: ends with the escape character; the file is cut short, or"
            " csv.escape is not what the mall writes."
        )
    if opened is None:
        raise RejectedDayError(
            f"file {name}, line {line}: has a quoted value that never ends; the file is cut short, or a"
            f" quotation mark is not doubled: {cure}"
        )
    last = skipped + count_lines(text, opened.end()) + 1
    where = "" if last == line else f" in line {last}"
    raise RejectedDayError(
        f"file {name}, line {line}: has a quoted value whose closing quotation mark{where} is"
        f" followed by text, so that it is unclear where the value ends; {cure}"
    )


def _check_other_reading(name: str, text: bytes, start: int, skipped: int, grammar: Grammar) -> None:
    """Refuse where backslashes, taken for escapes, give other lines that are as good as those without.

    A value such as "12\\" is whole without escapes and goes on with them.
    """
    escaped = replace(grammar, escape=_BACKSLASH)
    end, columns, difference = start, 0, None
    ends = {end for _, end in grammar.records(text, start)}
    for begin, end in escaped.records(text, start):
        count = escaped.count(text[begin:end])
        columns = columns or count
        if count != columns:
            return
        if difference is None and (end not in ends or grammar.count(text[begin:end]) != count):
            difference = begin
    if end == len(text) and difference is not None:
        raise RejectedDayError(
            f"file {name}, line {skipped + count_lines(text, difference) + 1}: has a backslash before a"
            " quotation mark, and would be read otherwise if that is an escape;"
            f" {_SET_ESCAPE}, or have such values delivered without backslashes."
        )
