"""Ratings and timestamps of a file's lines, as numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import TIMESTAMP
from include.errors import RefusedInputError
from include.evaluation.split_files.text import Lines

# Above so much a number of seconds since 1970 would be of no year that anybody means: then it counts in
# milliseconds, microseconds or nanoseconds.
_LATEST = 1e11


def read_numbers(lines: Lines, column: pa.ChunkedArray, what: str) -> NDArray[np.float64]:
    """The column (lines,) as finite numbers. Raises RefusedInputError with the first line that has none."""
    try:
        numbers = column.cast(pa.float64()).to_numpy()
        wrong = np.flatnonzero(~np.isfinite(numbers))
    except pa.ArrowInvalid:
        wrong = np.array([_find_unread(column, pa.float64())])
    if len(wrong):
        line = int(wrong[0])
        raise RefusedInputError(
            f"{lines.name(line)}: the {what} is {column[line].as_py()!r}, which is no number; correct the"
            " line or take it out."
        )
    return numbers


def read_times(lines: Lines, column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The column (lines,) as microseconds since 1970 in UTC.

    From numbers of seconds, milliseconds, microseconds or nanoseconds since 1970, by how large the largest
    is; or from dates such as 2018-01-31 or 2018-01-31 10:00:00, taken as UTC where they have no zone.
    """
    first = column[0].as_py()
    if first[:4].isdigit() and first[4:5] == "-":
        try:
            return _cast_times(column)
        except pa.ArrowInvalid:
            line = _find_unread(column, pa.timestamp("us"))
            raise RefusedInputError(
                f"{lines.name(line)}: the timestamp is {column[line].as_py()!r}, which is no date like the"
                " others; correct the line or take it out."
            ) from None
    numbers = read_numbers(lines, column, "timestamp")
    unit, largest = 1e6, np.abs(numbers).max()
    while largest >= _LATEST and unit > 1e-3:
        unit, largest = unit / 1e3, largest / 1e3
    if largest >= _LATEST:
        line = int(np.abs(numbers).argmax())
        raise RefusedInputError(
            f"{lines.name(line)}: the timestamp is {column[line].as_py()!r}, which is no time; correct the"
            " line or take it out."
        )
    return np.round(numbers * unit).astype(np.int64)


def _cast_times(column: pa.ChunkedArray) -> NDArray[np.int64]:
    zoned = bool(pc.any(pc.match_substring_regex(column, r"\d\d:.*(Z|[+-]\d\d:?\d\d)$")).as_py())
    times = column.cast(TIMESTAMP if zoned else pa.timestamp("us"))
    return times.cast(pa.int64()).to_numpy()


def _find_unread(column: pa.ChunkedArray, type: pa.DataType) -> int:
    """The first row that is not of the type, found by halves."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            column.slice(low, middle - low).cast(type)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low
