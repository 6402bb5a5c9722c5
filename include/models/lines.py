"""A window's purchase lines as arrays: codes in place of ids, in order of user and item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.models.columns import (
    ID_COLUMNS,
    ITEM_ID,
    LINE_COLUMNS,
    PURCHASED_AT,
    PURCHASES,
    QUANTITY,
    USER_ID,
)
from include.models.grouping import group_rows, run_parts
from include.models.id_codes import IdCoder
from include.models.kernels import count_cores
from include.models.tables import conform_table, reject_nulls

_SCHEMA = pa.schema([PURCHASES.field(name) for name in LINE_COLUMNS])


@dataclass(frozen=True, eq=False)
class Lines:
    """Purchase lines, numbered from 0 in the order in which they were read.

    user_ids: (users,) and item_ids: (items,), text, sorted by code point.
    starts: (users + 1,) int64, where each user's keys start in `keys`.
    keys: (lines,) uint64, the item's code << 32 | the line's number, sorted within each user.
    quantity: (lines,) float64, units, by the line's number; a line stands where it is positive.
    moment: (lines,) int64 microseconds since 1970 in UTC, by the line's number.
    """

    user_ids: pa.StringArray
    item_ids: pa.StringArray
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    quantity: NDArray[np.float64]
    moment: NDArray[np.int64]


class Part(NamedTuple):
    """A part of a window: how many rows it has, and a function that returns its table with LINE_COLUMNS.

    The ids may be in dictionaries, which is quicker.
    """

    rows: int
    read: Callable[[], pa.Table]


def code_lines(parts: Sequence[Part], what: str = "purchases") -> Lines:
    """Read the parts of a window and code their lines.

    Threads read them, one part for each core, so that no more of the text is in memory. Raises ValueError
    for missing columns and nulls, and what a part raises.
    """
    users, items = IdCoder(), IdCoder()
    ends = np.cumsum([0, *(part.rows for part in parts)])
    quantity, moment = np.empty(ends[-1], np.float64), np.empty(ends[-1], np.int64)
    user_numbers, item_numbers = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int32)

    def code(number: int) -> None:
        lines = conform_table(parts[number].read(), _SCHEMA, what, encoded=ID_COLUMNS)
        reject_nulls(lines, _SCHEMA.names, what)
        rows = slice(ends[number], ends[number + 1])
        _copy_values(lines[QUANTITY], quantity[rows])
        _copy_values(lines[PURCHASED_AT].cast(pa.int64()), moment[rows])
        users.number_ids(lines[USER_ID], user_numbers[rows])
        items.number_ids(lines[ITEM_ID], item_numbers[rows])

    run_parts(code, len(parts))
    with ThreadPoolExecutor(count_cores()) as pool:
        user_job, item_job = pool.submit(users.sort_ids), pool.submit(items.sort_ids)
    (user_codes, user_ids), (item_codes, item_ids) = user_job.result(), item_job.result()
    starts, keys = group_rows(user_numbers, item_numbers, user_codes, item_codes)
    return Lines(user_ids, item_ids, starts, keys, quantity, moment)


def _copy_values(column: pa.ChunkedArray, values: NDArray) -> None:
    start = 0
    for chunk in column.chunks:
        values[start : start + len(chunk)] = chunk.to_numpy()
        start += len(chunk)
