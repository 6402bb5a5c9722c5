"""A window's purchase lines as arrays: codes in place of ids, in order of user and item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.columns import (
    ID_COLUMNS,
    ITEM_ID,
    LINE_COLUMNS,
    PURCHASED_AT,
    PURCHASES,
    QUANTITY,
    USER_ID,
)
from include.dataset.grouping import group_rows
from include.dataset.id_codes import merge_ids, split_codes
from include.dataset.schemas import conform_table, reject_nulls
from include.kernels import count_cores

_SCHEMA = pa.schema([PURCHASES.field(name) for name in LINE_COLUMNS])


@dataclass(frozen=True, eq=False)
class CodedLines:
    """Purchase lines, numbered from 0 in the order in which they were read.

    user_ids: (users,) and item_ids: (items,), text, sorted by code point.
    starts: (users + 1,) int64, where each user's keys start in `keys`.
    keys: (lines,) uint64, the item's code << 32 | the line's number, sorted within each user.
    quantity: (lines,) float64, units, by the line's number; a line stands where it is positive.
    timestamps: (lines,) int64 microseconds since 1970 in UTC, by the line's number.
    """

    user_ids: pa.StringArray
    item_ids: pa.StringArray
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    quantity: NDArray[np.float64]
    timestamps: NDArray[np.int64]


class WindowPart(NamedTuple):
    """A part of a window: how many rows it has, and a function that returns its table with LINE_COLUMNS.

    The ids may be in dictionaries, one for each column, which is quicker.
    """

    rows: int
    read: Callable[[], pa.Table]


def code_lines(
    parts: Sequence[WindowPart], what: str = "purchases", threads: int | None = None
) -> CodedLines:
    """Read the parts of a window and code their lines.

    So many threads read them, or one for each core, a part each, so that no more of the text is in memory;
    only dictionaries stay until all are read. Raises ValueError for missing columns and nulls, and what a
    part raises.
    """
    ends = np.cumsum([0, *(part.rows for part in parts)])
    quantity, timestamps = np.empty(ends[-1], np.float64), np.empty(ends[-1], np.int64)
    codes = {name: np.empty(ends[-1], np.int32) for name in ID_COLUMNS}

    def read(number: int) -> list[pa.StringArray]:
        """Write what part `number` holds; return its dictionaries, in order of ID_COLUMNS."""
        lines = conform_table(parts[number].read(), _SCHEMA, what, encoded=ID_COLUMNS)
        reject_nulls(lines, _SCHEMA.names, what)
        rows = slice(ends[number], ends[number + 1])
        _copy_values(lines[QUANTITY], quantity[rows])
        _copy_values(lines[PURCHASED_AT].cast(pa.int64()), timestamps[rows])
        dictionaries = []
        for name in ID_COLUMNS:
            numbers, ids = split_codes(lines[name])
            _copy_values(numbers, codes[name][rows])
            dictionaries.append(ids)
        return dictionaries

    def merge(name: str, dictionaries: Sequence[pa.StringArray]) -> pa.StringArray:
        """Give the codes of a column one numbering; return the ids that they count."""
        code_of, ids = merge_ids(dictionaries)
        for number in range(len(parts)):
            rows = slice(ends[number], ends[number + 1])
            codes[name][rows] = code_of[number][codes[name][rows]]
        return ids

    with ThreadPoolExecutor(threads or count_cores()) as pool:
        dictionaries = list(pool.map(read, range(len(parts))))
        columns = [[some[index] for some in dictionaries] for index in range(len(ID_COLUMNS))]
        user_ids, item_ids = pool.map(merge, ID_COLUMNS, columns)
    starts, keys = group_rows(codes[USER_ID], codes[ITEM_ID], len(user_ids))
    return CodedLines(user_ids, item_ids, starts, keys, quantity, timestamps)


def _copy_values(column: pa.ChunkedArray, values: NDArray) -> None:
    start = 0
    for chunk in column.chunks:
        values[start : start + len(chunk)] = chunk.to_numpy()
        start += len(chunk)
