"""Columns of bytes put together row by row, each row and each value with its size before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
    sizes = np.full(rows, 2 + 4 * len(columns))
    for column in columns:
        sizes += np.where(column.valid, np.diff(column.bounds), 0)
    ends = np.cumsum(sizes)
    free = ends - sizes
    out = np.empty(ends[-1] if rows else 0, np.uint8)
    out[free] = len(columns) >> 8
    out[free + 1] = len(columns) & 0xFF
    free += 2
    for column in columns:
        _put_column(out, free, *column)
    return out


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
