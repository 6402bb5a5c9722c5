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
from include.dataset.id_codes import IdCoder
from include.dataset.sorted_ids import merge_ids
from include.dataset.tables import conform_table, look_up_places, reject_nulls
from include.kernels.grouping import run_parts
from include.kernels.row_groups import group_rows
from include.kernels.threads import count_cores

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


class Part(NamedTuple):
    """A part of a window: how many rows it has, and a function that returns its table with LINE_COLUMNS.

    The ids may be in dictionaries, one for each column, which is quicker.
    """

    rows: int
    read: Callable[[], pa.Table]


def code_lines(parts: Sequence[Part], what: str = "purchases") -> CodedLines:
    """Read the parts of a window and code their lines.

    Threads read them, one part for each core, so that no more of the text is in memory; only dictionaries
    stay until all are read. It is quickest where every part's users ascend and its dictionaries are sorted.
    Raises ValueError for missing columns and nulls, and what a part raises.
    """
    ends = np.cumsum([0, *(part.rows for part in parts)])
    quantity, timestamps = np.empty(ends[-1], np.float64), np.empty(ends[-1], np.int64)
    codes = {name: np.empty(ends[-1], np.int32) for name in ID_COLUMNS}
    coders = {name: IdCoder() for name in ID_COLUMNS}
    ids: dict[str, list[pa.StringArray | None]] = {name: [None] * len(parts) for name in ID_COLUMNS}

    def read(number: int) -> None:
        lines = conform_table(parts[number].read(), _SCHEMA, what, encoded=ID_COLUMNS)
        reject_nulls(lines, _SCHEMA.names, what)
        rows = slice(ends[number], ends[number + 1])
        _copy_values(lines[QUANTITY], quantity[rows])
        _copy_values(lines[PURCHASED_AT].cast(pa.int64()), timestamps[rows])
        for name in ID_COLUMNS:
            ids[name][number] = _copy_codes(lines[name], codes[name][rows], coders[name])

    def recode(number: int) -> None:
        rows = slice(ends[number], ends[number + 1])
        for name in ID_COLUMNS:
            look_up_places(codes[name][rows], places[name][number], codes[name][rows])

    run_parts(read, len(parts))
    with ThreadPoolExecutor(count_cores()) as pool:
        jobs = {name: pool.submit(merge_ids, ids[name], coders.pop(name)) for name in ID_COLUMNS}
    places = {name: job.result()[0] for name, job in jobs.items()}
    user_ids, item_ids = (jobs[name].result()[1] for name in (USER_ID, ITEM_ID))
    del jobs
    run_parts(recode, len(parts))
    places.clear()
    starts, keys = group_rows(codes[USER_ID], codes[ITEM_ID], len(user_ids), ends)
    return CodedLines(user_ids, item_ids, starts, keys, quantity, timestamps)


def _copy_codes(column: pa.ChunkedArray, codes: NDArray[np.int32], coder: IdCoder) -> pa.StringArray | None:
    """Write the code (n,) of each id to `codes` and return the ids that they count, each part's own.

    Without one dictionary for all of the column the codes are the coder's numbers; then it returns None.
    """
    if not len(column):  # a closed day, whose file may have no dictionary
        return pa.array([], pa.string())
    if pa.types.is_dictionary(column.type):
        ids = column.chunk(0).dictionary
        if all(chunk.dictionary.equals(ids) for chunk in column.chunks[1:]):
            _copy_values(pa.chunked_array([chunk.indices for chunk in column.chunks]), codes)
            return ids
    coder.number_ids(column, codes)
    return None


def _copy_values(column: pa.ChunkedArray, values: NDArray) -> None:
    start = 0
    for chunk in column.chunks:
        values[start : start + len(chunk)] = chunk.to_numpy()
        start += len(chunk)
