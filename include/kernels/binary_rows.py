"""Columns of bytes put together row by row or list by list, each value with its size before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel


class ByteColumn(NamedTuple):
    """A value for each of n rows: content[bounds[r] : bounds[r + 1]], which counts where valid[r].

    content: (m,) uint8; bounds: (n + 1,) integers that do not fall, within m; valid: (n,).
    """

    content: NDArray[np.uint8]
    bounds: NDArray[np.int32]
    valid: NDArray[np.bool_]


def compose_rows(columns: Sequence[ByteColumn], rows: int) -> NDArray[np.uint8]:
    """The bytes (n,) of the rows as PostgreSQL's binary COPY takes them, the high byte of a number first.

    A row is the number of its columns in two bytes, and for each column four bytes of size and the value; -1
    and nothing where a value is not valid. Each of the columns has so many rows.
    """
    sizes = np.full(rows, 2)
    for column in columns:
        sizes += _measure_values(column)
    out, free = _begin_rows(sizes, len(columns))
    for column in columns:
        _put_column(out, free, *column)
    return out


def compose_lists(
    owners: Sequence[ByteColumn], entries: Sequence[tuple[int, ByteColumn]], bounds: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """The bytes (n,) of a row for each of m lists: its owner's columns, then those of its entries as arrays.

    owners: columns of m values. entries: the number in pg_type of an element, and the elements of all lists;
    those of list i are bounds[i] to bounds[i + 1], at least one. bounds: (m + 1,).
    """
    lengths = np.diff(bounds)
    elements = [_measure_values(column) for _, column in entries]
    arrays = [_ARRAY_HEADER + _add_by_list(sizes, bounds) for sizes in elements]
    sizes = np.full(len(lengths), 2)
    for column in owners:
        sizes += _measure_values(column)
    for array in arrays:
        sizes += array
    out, free = _begin_rows(sizes, len(owners) + len(entries))
    for column in owners:
        _put_column(out, free, *column)
    for (kind, column), element, array in zip(entries, elements, arrays, strict=True):
        header = np.empty((len(lengths), _ARRAY_HEADER // 4), ">i4")
        header[:, 0] = array - 4
        header[:, 1] = 1  # dimension
        header[:, 2] = _add_by_list(~column.valid, bounds) > 0
        header[:, 3] = kind
        header[:, 4] = lengths
        header[:, 5] = 1  # the first element's index
        out[free[:, np.newaxis] + np.arange(_ARRAY_HEADER)] = header.view(np.uint8)
        ends = np.cumsum(element)
        begins = ends - element
        places = np.repeat(free + _ARRAY_HEADER - begins[bounds[:-1]], lengths) + begins
        _put_column(out, places, *column)
        free += array
    return out


# Bytes before an array's elements: its size, dimensions, whether there are nulls, type, length, lower bound.
_ARRAY_HEADER: Final = 24


def _measure_values(column: ByteColumn) -> NDArray[np.int64]:
    """Bytes of each value (n,) with its size."""
    sizes: NDArray[np.int64] = 4 + np.where(column.valid, np.diff(column.bounds), 0).astype(np.int64)
    return sizes


def _add_by_list(numbers: NDArray[np.generic], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(bounds) < 2:
        return np.empty(0, np.int64)
    sums: NDArray[np.int64] = np.add.reduceat(numbers, bounds[:-1], dtype=np.int64)
    return sums


def _begin_rows(sizes: NDArray[np.int64], columns: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Room for rows of so many bytes, with the number of columns in each, and where its first value goes."""
    ends = np.cumsum(sizes)
    free = ends - sizes
    out = np.empty(ends[-1] if len(sizes) else 0, np.uint8)
    out[free] = columns >> 8
    out[free + 1] = columns & 0xFF
    return out, free + 2


@compile_kernel
def _put_column(
    out: NDArray[np.uint8],
    free: NDArray[np.int64],
    content: NDArray[np.uint8],
    bounds: NDArray[np.int32],
    valid: NDArray[np.bool_],
) -> None:
    """Write each row's value where free (n,) says, and move that behind it."""
    for row in range(len(free)):
        index = free[row]
        start = bounds[row]
        size = bounds[row + 1] - start if valid[row] else -1
        for byte in range(4):
            out[index + byte] = (size >> (24 - 8 * byte)) & 0xFF
        index += 4
        for byte in range(size):
            out[index + byte] = content[start + byte]
        free[row] = index + max(size, 0)
