"""One delivered file's bytes as an Arrow table: Parquet as it is, CSV as text alone.

Nothing here trusts the bytes: whatever is wrong with them is a RejectedDayError of one sentence, which
quotes no line, because lines hold personal data.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from include.errors import RejectedDayError
from include.settings import Feed

_SUFFIXES: Final = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
_GZIP: Final = b"\x1f\x8b"
_BLOCK_BYTES: Final = 1 << 24  # a line must fit into one block


def find_format(name: str, feed: Feed) -> str:
    """`parquet` or `csv`: by the file's suffix, else by the feed's setting. Raises RejectedDayError."""
    for suffix, form in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return form
    if feed.format is None:
        raise RejectedDayError(
            f"file {name} has none of the suffixes {', '.join(_SUFFIXES)};"
            " rename it, or set the feed's format."
        )
    return feed.format


def parse_file(name: str, content: bytes, feed: Feed) -> pa.Table:
    """All rows and columns of one file. Raises RejectedDayError, naming the file (and the line, for CSV)."""
    if find_format(name, feed) == "parquet":
        return _parse_parquet(name, content)
    return _parse_csv(name, content, feed)


def _parse_parquet(name: str, content: bytes) -> pa.Table:
    try:
        with pa.parquet.ParquetFile(pa.BufferReader(content)) as file:
            table = _replace_views(file.read())
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise RejectedDayError(
            f"file {name} is not readable as Parquet ({_first_clause(error)});"
            " ask for it to be delivered again."
        ) from error
    return table


def _replace_views(table: pa.Table) -> pa.Table:
    """Arrow's view types as plain ones: its own take and filter do not work on views."""
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return table.cast(
        pa.schema([field.with_type(plain.get(field.type, field.type)) for field in table.schema])
    )


def _parse_csv(name: str, content: bytes, feed: Feed) -> pa.Table:
    text = _decode(name, _decompress(name, content), feed.csv.encoding)
    if not text.strip():
        raise RejectedDayError(
            f"file {name} is empty, without even a header line; a day without lines needs the header alone."
        )
    if not text.endswith((b"\n", b"\r")):
        text += b"\n"  # pyarrow takes a header without a line end for no header
    ragged: list[tuple[int, int, int]] = []

    def note_line(row: Any) -> str:
        ragged.append((row.number, row.expected_columns, row.actual_columns))
        return "error"

    try:
        table = pa.csv.read_csv(
            pa.BufferReader(text),
            pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),  # threads lose the line number
            pa.csv.ParseOptions(
                delimiter=feed.csv.delimiter, newlines_in_values=True, invalid_row_handler=note_line
            ),
            pa.csv.ConvertOptions(default_column_type=pa.large_string(), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if ragged:
            line, expected, actual = ragged[0]
            raise RejectedDayError(
                f"file {name}, line {line}: has {actual} values where the header has {expected} columns;"
                " a value that contains the delimiter must be quoted."
            ) from error
        raise RejectedDayError(f"file {name} is not readable as CSV ({_first_clause(error)}).") from error
    last_value = table.column(-1)[-1].as_py() if table.num_rows else table.column_names[-1]
    if last_value.endswith(("\n", "\r")):
        _check_last_quote(name, text, feed.csv.delimiter)
    return table


def _decompress(name: str, content: bytes) -> bytes:
    if not name.lower().endswith(".gz") and not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise RejectedDayError(
            f"file {name} is not readable as gzip ({_first_clause(error)}); ask for it to be delivered again."
        ) from error


def _decode(name: str, content: bytes, encoding: str) -> bytes:
    """The content as UTF-8 without a byte order mark."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, errors="replace").count("\n") + 1
        raise RejectedDayError(
            f"file {name}, line {line}: is not {encoding} text;"
            " set the feed's csv.encoding to what the mall writes."
        ) from error
    return text.removeprefix("\ufeff").encode("utf-8", errors="surrogatepass")


def _check_last_quote(name: str, text: bytes, delimiter: str) -> None:
    """Refuse a quoted value that never ends: pyarrow takes the rest of the file for that one value.

    It is then the last value and holds the last line end, which is rare enough for a slower parser to judge.
    """
    reader = csv.reader(io.StringIO(text.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    limit = csv.field_size_limit(len(text))
    start = 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise RejectedDayError(
                f"file {name}, line {start}: has a quoted value that never ends;"
                " the file is cut short, or a quotation mark is not doubled."
            ) from error
    finally:
        csv.field_size_limit(limit)


def _first_clause(error: BaseException) -> str:
    return " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
