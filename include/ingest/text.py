"""Delivered values of any type as text: ids and titles, and what every other kind is parsed from.

Each function takes one column of one file (n values) and gives n values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.Array | pa.ChunkedArray

_WHOLE_NUMBER: Final = r"^([+-]?[0-9]+)\.0+$"


def as_text(column: Column) -> pa.ChunkedArray:
    """Every value as text, as delivered; whole floats without a fraction, bytes as UTF-8, else as hex."""
    column = decode_dictionary(column)
    kind = column.type
    if pa.types.is_large_string(kind):
        return _chunked(column)
    if pa.types.is_floating(kind):
        return _chunked(_float_text(column))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _chunked(pa.array([_bytes_text(value) for value in column.to_pylist()], pa.large_string()))
    try:
        return _chunked(column.cast(pa.large_string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return _chunked(pa.array(values, pa.large_string()))


def clean_text(column: Column, null_values: Sequence[str]) -> pa.Array:
    """Text without surrounding whitespace; null for the empty text and for `null_values`."""
    # PostgreSQL's text cannot hold U+0000; fixed-width exports pad with it.
    text = pc.replace_substring(as_text(column), "\0", "")
    text = pc.utf8_trim_whitespace(text)
    missing = pc.is_in(text, pa.array(["", *null_values], pa.large_string()))
    return join_chunks(pc.if_else(missing, pa.scalar(None, pa.large_string()), text))


def clean_ids(column: Column, null_values: Sequence[str]) -> pa.Array:
    """Ids as text: `17850.0`, as a float or as text, is `17850`; leading zeros of a text stay."""
    text = clean_text(column, null_values)
    return pc.replace_substring_regex(text, _WHOLE_NUMBER, r"\1")


def is_textual(kind: pa.DataType) -> bool:
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary)
    return any(check(kind) for check in (*checks, pa.types.is_large_binary))


def decode_dictionary(column: Column) -> Column:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def join_chunks(column: Column) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _chunked(column: Column) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _float_text(column: Column) -> Column:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    wide = column.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less(pc.abs(wide), float(1 << 53)))
    integers = pc.if_else(whole, wide, pa.scalar(None, pa.float64())).cast(pa.int64())
    text = pc.coalesce(integers.cast(pa.large_string()), column.cast(pa.large_string()))
    return pc.if_else(pc.is_nan(wide), pa.scalar(None, pa.large_string()), text)


def _bytes_text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
