"""Delivered values of any type as text: ids and titles, and what every other kind is parsed from.

Each function takes one column of one file (n values) and gives n values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.Array | pa.ChunkedArray

# Control characters but tab and line ends, and those that turn the direction of what follows in a table.
_UNPRINTABLE: Final = r"[\x{0}-\x{8}\x{b}\x{c}\x{e}-\x{1f}\x{7f}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
# The bytes that such a character can begin with in UTF-8.
_MAYBE_UNPRINTABLE: Final = {*range(0x20), 0x7F, 0xC2, 0xE2} - {0x9, 0xA, 0xD}


def as_text(column: Column) -> pa.ChunkedArray:
    """Every value as text, as delivered; whole floats without a fraction, bytes as UTF-8, else as hex.

    Text is always valid UTF-8: what is not (a lone surrogate) becomes U+FFFD.
    """
    column = decode_dictionary(column)
    kind = column.type
    if pa.types.is_floating(kind):
        return _chunked(_float_text(column))
    if pa.types.is_decimal(kind) and kind.scale < 0:  # Arrow would write 17,800 as 1.78E+4
        column = column.cast(pa.decimal256(76, 0))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _chunked(pa.array([_bytes_text(value) for value in column.to_pylist()], pa.large_string()))
    try:
        text = _chunked(column.cast(pa.large_string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        if pa.types.is_timestamp(kind):  # of a zone that nobody knows
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        values = [None if value is None else str(value) for value in column.to_pylist()]
        text = _chunked(pa.array(values, pa.large_string()))
    return _replace_invalid(text)


def clean_text(column: Column, null_values: Sequence[str]) -> pa.Array:
    """Text without surrounding whitespace; null for the empty text and for `null_values`.

    Characters that no table can show (U+0000, which PostgreSQL cannot hold, and other controls) are dropped.
    """
    text = join_chunks(as_text(column))
    rows = np.flatnonzero(classify_rows(text, make_classes(_MAYBE_UNPRINTABLE)))
    text = change_rows(text, rows, lambda some: replace_regex(some, _UNPRINTABLE, ""))
    text = pc.utf8_trim_whitespace(text)
    missing = pc.is_in(text, pa.array(["", *null_values], pa.large_string()))
    return pc.if_else(missing, pa.scalar(None, pa.large_string()), text)


def classify_rows(text: pa.Array, classes: np.ndarray) -> np.ndarray:
    """For each text (large_string) the classes of all its bytes, bit by bit; 0 where there are none.

    `classes` has for each byte value (256) the bits of the classes that it is in. One look-up a byte: most
    columns need nothing more, and regular expressions look at the rows of their class alone.
    """
    found = np.zeros(len(text), dtype=classes.dtype)
    _, offsets, data = text.buffers()
    if not len(text) or data is None:
        return found
    bounds = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    bits = classes[np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]]
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled) and bits.any():
        found[filled] = np.bitwise_or.reduceat(bits, bounds[filled] - bounds[0])
    return found


def make_classes(*groups: Collection[int]) -> np.ndarray:
    """For each byte value (256) a bit for each group that it is in."""
    classes = np.zeros(256, dtype=np.uint8)
    for number, group in enumerate(groups):
        classes[list(group)] |= 1 << number
    return classes


def change_rows(text: pa.Array, rows: np.ndarray, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`text` with `change` done to the texts at `rows` (ascending)."""
    if not len(rows):
        return text
    mask = np.zeros(len(text), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(text, pa.array(mask), change(text.take(pa.array(rows))))


def replace_regex(text: pa.Array, pattern: str, replacement: str) -> pa.Array:
    return pc.replace_substring_regex(text, pattern=pattern, replacement=replacement)


def is_textual(kind: pa.DataType) -> bool:
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary)
    return any(check(kind) for check in (*checks, pa.types.is_large_binary))


def decode_dictionary(column: Column) -> Column:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def join_chunks(column: Column) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _chunked(column: Column) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _replace_invalid(text: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        values = text.cast(pa.large_binary()).to_pylist()
        decoded = [None if value is None else value.decode("utf-8", errors="replace") for value in values]
        return pa.chunked_array([pa.array(decoded, pa.large_string())])
    return text


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
