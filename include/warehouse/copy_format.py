"""Arrow rows in the binary format of COPY, which PostgreSQL reads with less work than CSV.

The format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"

# The one column type, by its number in pg_type, whose binary values an Arrow type makes.
TYPES: Final = {
    pa.bool_(): 16,
    pa.int64(): 20,
    pa.int32(): 23,
    pa.string(): 25,
    pa.float32(): 700,
    pa.float64(): 701,
    pa.timestamp("us", tz="UTC"): 1184,
}

_EPOCH: Final = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970


def compose_rows(batch: pa.RecordBatch) -> NDArray[np.uint8]:
    """The bytes (n,) of a batch's rows, whose types are those of TYPES; header and trailer go around."""
    columns = [_read_column(column) for column in batch.columns]
    sizes = np.full(batch.num_rows, 2 + 4 * len(columns))
    for _, bounds, valid in columns:
        sizes += np.where(valid, np.diff(bounds), 0)
    ends = np.cumsum(sizes)
    places = ends - sizes
    out = np.empty(ends[-1] if len(ends) else 0, np.uint8)
    out[places] = len(columns) >> 8
    out[places + 1] = len(columns) & 0xFF
    places += 2
    for values, bounds, valid in columns:
        _put_column(out, places, values, bounds, valid)
    return out


def _read_column(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_]]:
    """Bytes as PostgreSQL takes them, the bounds (n + 1,) of each value in them, and which are there (n,)."""
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    if column.type == pa.string():
        _, bounds, values = column.buffers()
        return (
            np.frombuffer(values or b"", np.uint8),
            np.frombuffer(bounds, np.int32)[column.offset : column.offset + len(column) + 1],
            valid,
        )
    numbers = _read_numbers(column)
    swapped = numbers.astype(numbers.dtype.newbyteorder(">"))
    return swapped.view(np.uint8), np.arange(len(column) + 1, dtype=np.int32) * numbers.itemsize, valid


def _read_numbers(column: pa.Array) -> NDArray[np.generic]:
    """The values (n,) of a column that is not text; anything where it is null."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.uint8()).fill_null(0).to_numpy()
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).fill_null(_EPOCH).to_numpy() - _EPOCH
    return column.fill_null(0).to_numpy()


@compile_kernel
def _put_column(
    out: NDArray[np.uint8],
    places: NDArray[np.int64],
    values: NDArray[np.uint8],
    bounds: NDArray[np.int32],
    valid: NDArray[np.bool_],
) -> None:
    """Write each row's value at its place (n,), a null as length -1, and move the place behind it."""
    for row in range(len(places)):
        place = places[row]
        start = bounds[row]
        size = bounds[row + 1] - start if valid[row] else -1
        for byte in range(4):
            out[place + byte] = (size >> (24 - 8 * byte)) & 0xFF
        place += 4
        for byte in range(size):
            out[place + byte] = values[start + byte]
        places[row] = place + max(size, 0)
