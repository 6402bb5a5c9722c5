"""Arrow rows in the binary format of COPY, which PostgreSQL reads with less work than CSV.

The format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.kernels import ByteColumn, compose_lists, compose_rows
from include.warehouse.postgres.list_batches import ListBatch

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

# And that of an array of it.
ARRAYS: Final = {
    pa.bool_(): 1000,
    pa.int64(): 1016,
    pa.int32(): 1007,
    pa.string(): 1009,
    pa.float32(): 1021,
    pa.float64(): 1022,
    pa.timestamp("us", tz="UTC"): 1185,
}

_EPOCH: Final = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970


def compose_batch(batch: pa.RecordBatch) -> NDArray[np.uint8]:
    """The bytes (n,) of a batch's rows, whose types are those of TYPES; header and trailer go around."""
    return compose_rows([_read_column(column) for column in batch.columns], batch.num_rows)


def compose_list_batch(batch: ListBatch) -> NDArray[np.uint8]:
    """The bytes (n,) of one row for each list, with an array for each column of its entries."""
    return compose_lists(
        [_read_column(column) for column in batch.owners.columns],
        [(TYPES[column.type], _read_column(column)) for column in batch.entries.columns],
        batch.bounds,
    )


def _read_column(column: pa.Array) -> ByteColumn:
    """The values as PostgreSQL takes them."""
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    if column.type == pa.string():
        _, bounds, values = column.buffers()
        return ByteColumn(
            np.frombuffer(values or b"", np.uint8),
            np.frombuffer(bounds, np.int32)[column.offset : column.offset + len(column) + 1],
            valid,
        )
    numbers = _read_numbers(column)
    swapped = numbers.astype(numbers.dtype.newbyteorder(">"))
    bounds = np.arange(len(column) + 1, dtype=np.int32) * numbers.itemsize
    return ByteColumn(swapped.view(np.uint8), bounds, valid)


def _read_numbers(column: pa.Array) -> NDArray[np.generic]:
    """The values (n,) of a column that is not text; anything where it is null."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.uint8()).fill_null(0).to_numpy()
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).fill_null(_EPOCH).to_numpy() - _EPOCH
    return column.fill_null(0).to_numpy()
