"""A Parquet file as a table, read a few rows at a time and no further than the limits."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from include.errors import RejectedDayError
from include.ingest.formats.parquet_pages import inspect_chunks
from include.ingest.formats.plain_types import count_leaves, make_plain
from include.ingest.limits import SizeLimits, too_large, too_many_rows, too_much, value_too_long
from include.memory import MB

_BATCH_ROWS: Final = 65_536
_BATCH_BYTES: Final = 256 * MB
_MOST_BATCHES: Final = 100_000
_OBJECT_BYTES: Final = 50
_VALUE_BYTES: Final = 8  # of a number, a list's end or a text's


def parse_parquet(name: str, content: bytes, limits: SizeLimits) -> tuple[pa.Table, bool]:
    """All rows in plain types, and whether all pages have checksums, which are verified then.

    INT96 is an instant, as Spark and Impala write it. Raises RejectedDayError.
    """
    try:
        with pa.parquet.ParquetFile(
            pa.BufferReader(content), page_checksum_verification=True, coerce_int96_timestamp_unit="us"
        ) as file:
            return _read_file(name, content, file, limits)
    except (RejectedDayError, MemoryError):
        raise
    except Exception as error:  # damaged bytes make the reader raise anything
        raise RejectedDayError(
            f"file {name} is not readable as Parquet: {_explain(error)}; ask for it to be delivered again."
        ) from error


def _read_file(name: str, content: bytes, file: Any, limits: SizeLimits) -> tuple[pa.Table, bool]:
    rows = file.metadata.num_rows
    if rows > limits.day_rows:
        raise too_many_rows(name, limits)
    columns = max(file.metadata.num_columns, len(file.schema_arrow))
    if columns > limits.columns:
        raise too_large(name, f"{columns:,} columns", "columns", limits.columns)
    batch_rows, has_checksums = _inspect_pages(name, content, file, limits)
    instants = _find_int96(file)
    batches: list[list[pa.Array]] = []
    size = seen = 0
    for batch in file.iter_batches(batch_rows, use_threads=False):
        batch.validate(full=True)
        arrays = [_read_column(column, place in instants) for place, column in enumerate(batch.columns)]
        _check_values(name, arrays, seen, limits)
        seen += batch.num_rows
        size += sum(column.nbytes for column in arrays)
        if size > limits.table_bytes:
            raise too_much(name, limits)
        batches.append(arrays)
    if seen != rows:
        raise ValueError("the footer counts other rows than there are")
    if not batches:
        empty = [pa.array([], field.type) for field in file.schema_arrow]
        batches = [[_read_column(column, place in instants) for place, column in enumerate(empty)]]
    chunks = [pa.chunked_array(parts) for parts in zip(*batches, strict=True)]
    return pa.table(chunks, names=file.schema_arrow.names), has_checksums


def _explain(error: Exception) -> str:
    """Without the reader's own words, which may hold a value."""
    if isinstance(error, pa.ArrowInvalid) and "UTF8" in str(error):
        return "a column of text is not UTF-8"
    if "CRC" in str(error):
        return "a page does not have its checksum, so it was damaged on its way"
    if "magic bytes" in str(error):
        return "it is cut short, or of another kind"
    return f"it is damaged ({type(error).__name__})"


def _inspect_pages(name: str, content: bytes, file: Any, limits: SizeLimits) -> tuple[int, bool]:
    """How many rows may be read at once, and whether all pages have checksums. Raises RejectedDayError."""
    values = unpacked = longest = 0
    has_checksums = True
    for place, chunk in inspect_chunks(content):
        values += chunk.values
        unpacked += chunk.unpacked_bytes
        has_checksums &= chunk.has_checksums
        if file.schema.column(place).max_repetition_level:
            # One row may hold them all, and they become Python's objects on their way to JSON.
            unpacked += (chunk.longest_repeated + _OBJECT_BYTES) * chunk.values
        else:
            longest = max(longest, chunk.longest_repeated)
        if max(unpacked, values * _VALUE_BYTES) > limits.table_bytes:
            raise too_much(name, limits)
    batch_rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, longest)))
    if file.metadata.num_rows > _MOST_BATCHES * batch_rows:
        raise too_much(name, limits)
    return batch_rows, has_checksums


def _find_int96(file: Any) -> set[int]:
    """Which columns of the table are INT96."""
    found, leaf = set(), 0
    for place, field in enumerate(file.schema_arrow):
        leaves = count_leaves(field.type)
        if (
            leaves == 1
            and pa.types.is_timestamp(field.type)
            and file.schema.column(leaf).physical_type == "INT96"
        ):
            found.add(place)
        leaf += leaves
    return found


def _read_column(column: pa.Array, is_instant: bool) -> pa.Array:
    column = make_plain(column)
    return column.cast(pa.timestamp(column.type.unit, "UTC")) if is_instant else column


def _check_values(name: str, arrays: list[pa.Array], seen: int, limits: SizeLimits) -> None:
    for place, column in enumerate(arrays, 1):
        if not (pa.types.is_large_string(column.type) or pa.types.is_string(column.type)) and not (
            pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
        ):
            continue
        if column.nbytes <= limits.value_bytes:
            continue
        lengths = pc.binary_length(column)
        longest = pc.max(lengths).as_py() or 0
        if longest > limits.value_bytes:
            row = seen + pc.index(pc.greater(lengths, limits.value_bytes), True).as_py() + 1
            raise value_too_long(f"{name}, row {row:,}", place, longest, limits)
