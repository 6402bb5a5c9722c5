"""What is wrong with a CSV file whose lines do not have the header's columns: named, with its cure."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from include.errors import RejectedDayError
from include.ingest.formats.csv_frame import Frame
from include.ingest.formats.csv_grammar import list_cells, make_grammar
from include.ingest.limits import SizeLimits, too_large
from include.settings import CsvFormat

_DELIMITERS: Final = {",": '","', ";": '";"', "\t": r'"\t" (a tab)', "|": '"|"'}
_LINE: Final = re.compile(rb"[^\r\n]++")
_SAMPLE: Final = 50
_SAMPLE_BYTES: Final = 1 << 20


def check_layout(name: str, frame: Frame, csv: CsvFormat, limits: SizeLimits) -> None:
    """Refuse too many columns, a delimiter that is plainly another, and title lines above the header."""
    header = _LINE.match(frame.text, frame.start)
    line = header[0] if header else b""
    if line.count(csv.delimiter.encode()) >= limits.columns:
        columns = len(list_cells(line[:_SAMPLE_BYTES], csv.delimiter.encode(), csv.quote.encode()))
        if columns > limits.columns:
            raise too_large(name, f"more than {limits.columns:,} columns", "columns", limits.columns)
    sample = _take_sample(frame)
    if _count(sample[0][1], csv.delimiter, csv) > 1:
        return
    if error := _find_titles(name, frame, sample, csv) or _find_delimiter(name, sample, csv):
        raise error


def explain_ragged(name: str, frame: Frame, csv: CsvFormat) -> RejectedDayError:
    """Why some line has another number of values than the header."""
    sample = _take_sample(frame)
    if error := _find_titles(name, frame, sample, csv) or _find_delimiter(name, sample, csv):
        return error
    grammar = make_grammar(csv)
    expected = 0
    for begin, end in grammar.records(frame.text, frame.start):
        line = frame.text[begin:end]
        if not line.strip(b"\r\n"):
            continue
        count = grammar.count(line)
        expected = expected or count
        if count == expected:
            continue
        first = "header has" if csv.header else "first line has"
        cure = "a value that contains the delimiter must be quoted"
        if count == expected + 1 and line.rstrip(b"\r\n").endswith(grammar.delimiter):
            cure = "a delimiter at a line's end must be there in all lines or in none"
        elif not frame.text[end:].strip():
            cure = "if it is the last line and no data, such as a total, set csv.skip_last_lines: 1"
        elif count == 1 or _is_near_end(frame.text, end):
            cure += ", and lines below the data, such as totals, are left out by csv.skip_last_lines"
        return RejectedDayError(
            f"file {name}, line {frame.find_line(begin)}: has {count} values where the {first} {expected}"
            f" columns; {cure}."
        )
    return RejectedDayError(f"file {name} has lines with another number of values than the header.")


def _is_near_end(text: bytes, end: int) -> bool:
    return len(text) - end < _SAMPLE_BYTES and len(_LINE.findall(text, end)) < 10


def _take_sample(frame: Frame) -> list[tuple[int, bytes]]:
    """The first lines that are not blank, with their positions."""
    found = []
    for match in _LINE.finditer(frame.text, frame.start, frame.start + _SAMPLE_BYTES):
        found.append((match.start(), match[0]))
        if len(found) == _SAMPLE:
            break
    return found


def _count(line: bytes, delimiter: str, csv: CsvFormat) -> int:
    return len(list_cells(line, delimiter.encode(), None if csv.quoting == "none" else csv.quote.encode()))


def _find_delimiter(name: str, sample: list[tuple[int, bytes]], csv: CsvFormat) -> RejectedDayError | None:
    """Another delimiter gives the header more columns, and the lines below it as many."""
    header = _count(sample[0][1], csv.delimiter, csv)
    for other, shown in _DELIMITERS.items():
        columns = _count(sample[0][1], other, csv)
        if other == csv.delimiter or columns <= header:
            continue
        if all(_count(line, other, csv) == columns for _, line in sample[1:3]) or header == 1:
            return RejectedDayError(
                f"file {name} has {header} column{'s' * (header > 1)} with the delimiter"
                f" {_DELIMITERS.get(csv.delimiter, repr(csv.delimiter))} and {columns} with another: set the"
                f" feed's csv.delimiter: {shown}."
            )
    return None


def _find_titles(
    name: str, frame: Frame, sample: list[tuple[int, bytes]], csv: CsvFormat
) -> RejectedDayError | None:
    """Most lines have as many values, and the first ones far fewer."""
    counts = [_count(line, csv.delimiter, csv) for _, line in sample]
    usual, times = Counter(counts[1:]).most_common(1)[0] if len(counts) > 1 else (0, 0)
    if times * 2 < len(counts) - 1 or usual < 2 or (usual - counts[0] < 2 and counts[0] != 1):
        return None
    first = frame.find_line(sample[counts.index(usual)][0])
    return RejectedDayError(
        f"file {name}, line {frame.find_line(sample[0][0])}: has {counts[0]} value{'s' * (counts[0] > 1)}"
        f" where most lines below have {usual}; if such lines, as titles, stand above the header, set"
        f" csv.skip_lines: {first - 1}."
    )
