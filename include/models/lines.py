"""A window's purchase lines as arrays: codes in place of ids, in order of user and item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.models.columns import ITEM_ID, PURCHASED_AT, PURCHASES, QUANTITY, USER_ID
from include.models.grouping import group_rows
from include.models.id_codes import IdCoder
from include.models.kernels import count_cores, run_blocks
from include.models.tables import conform_table, reject_nulls

LINE_COLUMNS = (USER_ID, ITEM_ID, QUANTITY, PURCHASED_AT)
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


def code_lines(parts: Iterable[Callable[[], pa.Table]], what: str = "purchases") -> Lines:
    """Read the parts of a window, each a function that returns a table with LINE_COLUMNS, and code them.

    Threads call them, one part for each core, so that no more of the text is in memory. Raises ValueError
    for missing columns and nulls, and what a part raises.
    """
    users, items = IdCoder(), IdCoder()
    begun: list[Callable[[], pa.Table]] = []

    def begin_parts() -> Iterator[tuple[int, int]]:
        for part in parts:
            begun.append(part)
            yield len(begun) - 1, len(begun)

    def code(part: int, _: int) -> tuple[NDArray, ...]:
        lines = conform_table(begun[part](), _SCHEMA, what)
        reject_nulls(lines, _SCHEMA.names, what)
        return (
            users.number_ids(lines[USER_ID]),
            items.number_ids(lines[ITEM_ID]),
            lines[QUANTITY].to_numpy(),
            lines[PURCHASED_AT].cast(pa.int64()).to_numpy(),
        )

    threads = count_cores()
    coded = [arrays for _, _, arrays in run_blocks(code, begin_parts(), threads)]
    user_numbers, item_numbers, quantity, moment = (list(arrays) for arrays in zip(*coded, strict=True))
    with ThreadPoolExecutor(threads) as pool:
        user_job = pool.submit(_finish_codes, users, user_numbers)
        item_job = pool.submit(_finish_codes, items, item_numbers)
        quantity_job = pool.submit(np.concatenate, quantity)
        moment_job = pool.submit(np.concatenate, moment)
    (user_codes, user_ids), (item_codes, item_ids) = user_job.result(), item_job.result()
    starts, keys = group_rows(user_codes, item_codes, len(user_ids))
    return Lines(user_ids, item_ids, starts, keys, quantity_job.result(), moment_job.result())


def _finish_codes(coder: IdCoder, numbers: list[NDArray[np.int32]]) -> tuple[NDArray, pa.StringArray]:
    place, ids = coder.sort_ids()
    codes = np.empty(sum(map(len, numbers)), np.int32)
    start = 0
    for part in numbers:
        np.take(place, part, out=codes[start : start + len(part)], mode="clip")
        start += len(part)
    return codes, ids
