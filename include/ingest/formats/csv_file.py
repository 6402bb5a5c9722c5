"""A CSV file as a table of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from include.errors import EmptyFileError, RejectedDayError
from include.ingest.formats.csv_frame import Frame, find_frame
from include.ingest.formats.csv_grammar import make_grammar
from include.ingest.formats.csv_layout import check_layout, explain_ragged
from include.ingest.formats.csv_quotes import check_quotes
from include.ingest.formats.decoding import count_lines, decode
from include.ingest.limits import SizeLimits, too_large, too_many_rows, too_much, value_too_long
from include.settings import CsvFormat

_BLOCK_BYTES: Final = 1 << 22  # a line must fit into one block
_LONGEST_BLOCK: Final = (1 << 31) - 1
_BLANK: Final = re.compile(rb"\s*+\Z")
_LINES_A_ROW: Final = 4  # of a file's lines, beyond which its rows need not be counted: blank ones, \r\n
_FEW_ROWS: Final = 1_000
_NULL: Final = re.compile(rb"(?<=[^\w\\])\\N(?=[^\w\\])")  # how MySQL writes "no value": else read as N


class _RaggedError(Exception):
    """Some line has another number of values than the header."""


def parse_csv(name: str, content: bytes, csv: CsvFormat, limits: SizeLimits) -> pa.Table:
    """All lines below the header, every value as it is written.

    Raises EmptyFileError where there is not even a header, RejectedDayError with the line, and never a value.
    """
    text = decode(name, content, csv.encoding)
    if _BLANK.match(text):
        raise EmptyFileError(
            f"file {name} is empty, without even a header line; a day without lines needs the header alone."
        )
    if text.count(b"\n") + text.count(b"\r") > _LINES_A_ROW * (limits.day_rows + _FEW_ROWS):
        raise too_many_rows(name, limits)
    if not text.endswith((b"\n", b"\r")):
        text += b"\n"
    frame = find_frame(name, text, csv)
    check_layout(name, frame, csv, limits)
    check_quotes(name, frame.text, frame.start, frame.skipped, csv)
    if csv.escape == "\\" and _NULL.search(frame.text):
        frame = replace(frame, text=_NULL.sub(rb"\\\\N", frame.text))
    return _read_lines(name, frame, csv, limits)


def _read_lines(name: str, frame: Frame, csv: CsvFormat, limits: SizeLimits) -> pa.Table:
    grammar = make_grammar(csv)
    end = next(grammar.records(frame.text, frame.start))[1]
    names = grammar.split(frame.text[frame.start : end])
    if len(names) > limits.columns:
        raise too_large(name, f"{len(names):,} columns", "columns", limits.columns)
    start = end if csv.header else frame.start
    if not csv.header:
        names = [str(position) for position in range(1, len(names) + 1)]
    try:
        return _read_values(name, frame, start, names, csv, limits)
    except _RaggedError:
        if not _ends_with_delimiter(frame, start, csv, len(names)):
            raise explain_ragged(name, frame, csv) from None
    try:
        table = _read_values(name, frame, start, [*names, ""], csv, limits)
    except _RaggedError:
        raise explain_ragged(name, frame, csv) from None
    if pc.any(pc.not_equal(table.column(len(names)), "")).as_py():
        raise explain_ragged(name, frame, csv)
    return table.select(range(len(names)))


def _ends_with_delimiter(frame: Frame, start: int, csv: CsvFormat, columns: int) -> bool:
    """The first line below the header has one more delimiter than the header, at its end."""
    grammar = make_grammar(csv)
    for begin, end in grammar.records(frame.text, start):
        line = frame.text[begin:end]
        if line.strip(b"\r\n"):
            return grammar.count(line) == columns + 1 and not grammar.split(line)[-1]
    return False


def _read_values(
    name: str, frame: Frame, start: int, names: Sequence[str], csv: CsvFormat, limits: SizeLimits
) -> pa.Table:
    """Read what is below the header. Raises _RaggedError, RejectedDayError."""
    keys = [str(position) for position in range(len(names))]  # names may be there twice
    schema = pa.schema([pa.field(key, pa.large_string()) for key in keys])
    lines = pa.py_buffer(frame.text).slice(start)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    if _holds_lines(frame.text, start):
        ragged: list[Any] = []
        try:
            with pa.csv.open_csv(
                pa.BufferReader(lines), *_make_options(keys, schema, csv, limits, ragged)
            ) as reader:
                for batch in reader:
                    _check_values(name, frame, start, batch, rows, csv, limits)
                    batches.append(batch)
                    rows += batch.num_rows
                    size += batch.nbytes
                    if rows > limits.day_rows:
                        raise too_many_rows(name, limits)
                    if size > limits.table_bytes:
                        raise too_much(name, limits)
        except pa.ArrowInvalid:
            if ragged:
                raise _RaggedError from None
            raise RejectedDayError(  # pyarrow's own words may hold values
                f"file {name} is not readable as CSV; it may have a line longer than"
                f" {_find_block(limits) >> 20:,} MB, or csv.encoding is not what the mall writes."
            ) from None
    return pa.Table.from_batches(batches, schema).rename_columns(list(names))


def _make_options(
    keys: list[str], schema: pa.Schema, csv: CsvFormat, limits: SizeLimits, ragged: list[Any]
) -> tuple[Any, Any, Any]:
    def note_line(row: Any) -> str:
        ragged.append(row.number)
        return "error"

    grammar = make_grammar(csv)
    return (
        pa.csv.ReadOptions(use_threads=False, block_size=_find_block(limits), column_names=keys),
        pa.csv.ParseOptions(
            delimiter=csv.delimiter,
            quote_char=csv.quote if grammar.quote else False,
            double_quote=True,
            escape_char=csv.escape if grammar.escape else False,
            newlines_in_values=bool(grammar.quote or grammar.escape),
            invalid_row_handler=note_line,
        ),
        pa.csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, quoted_strings_can_be_null=False, check_utf8=False
        ),
    )


def _find_block(limits: SizeLimits) -> int:
    return min(max(_BLOCK_BYTES, 4 * limits.value_bytes), _LONGEST_BLOCK)


def _holds_lines(text: bytes, start: int) -> bool:
    """Something but line ends is there: pyarrow refuses a text without."""
    return bool(text[start : start + 4096].strip(b"\r\n")) or bool(text[start:].strip(b"\r\n"))


def _check_values(
    name: str, frame: Frame, start: int, batch: pa.RecordBatch, rows: int, csv: CsvFormat, limits: SizeLimits
) -> None:
    """Refuse a value that is longer than the limit, with its line."""
    if batch.nbytes <= limits.value_bytes:
        return
    for position, column in enumerate(batch.columns, 1):
        lengths = pc.binary_length(column)
        longest = pc.max(lengths).as_py() or 0
        if longest <= limits.value_bytes:
            continue
        wanted = rows + pc.index(pc.greater(lengths, limits.value_bytes), True).as_py()
        found = 0
        for begin, end in make_grammar(csv).records(frame.text, start):
            found += bool(frame.text[begin:end].strip(b"\r\n"))
            if found > wanted:
                line = frame.skipped + count_lines(frame.text, begin) + 1
                raise value_too_long(f"{name}, line {line}", position, longest, limits)
