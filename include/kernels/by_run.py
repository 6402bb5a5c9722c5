"""Of runs of rows: the newest of each, and sums that do not depend on the order of the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel


def sum_by_item(items: NDArray[np.int32], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of the values (n,) of each item, for the items (m,) that have a row, by code.

    items (n,): the item's code of each row. Float sums depend on their order, and the order of the rows must
    not show: each item's smallest values come first.
    """
    counts = np.bincount(items)
    sums = _sum_smallest_first(items, values, np.append(0, np.cumsum(counts)))
    return sums[counts > 0]


def choose_newest(
    indptr: NDArray[np.integer], timestamps: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The newest entries of each run, at most `most`: where each run's start (runs + 1,), and they (m,).

    Run r is timestamps[indptr[r] : indptr[r + 1]]. The entries are indices into `timestamps`, the newest
    first; where timestamps tie, the lower index comes first.
    """
    starts = np.append(0, np.cumsum(np.minimum(np.diff(indptr), most), dtype=np.int64))
    entries = np.empty(starts[-1], np.int64)
    _choose_newest(indptr, timestamps, starts, entries)
    return starts, entries


@compile_kernel
def _sum_smallest_first(
    items: NDArray[np.int32], values: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The sum (m,) of each item's values; starts (m + 1,): where each item's start, once grouped."""
    free, grouped = starts.copy(), np.empty(len(values))
    for row in range(len(values)):
        grouped[free[items[row]]] = values[row]
        free[items[row]] += 1
    sums = np.zeros(len(starts) - 1)
    for item in range(len(sums)):
        grouped[starts[item] : starts[item + 1]].sort()
        for value in grouped[starts[item] : starts[item + 1]]:
            sums[item] += value
    return sums


@compile_kernel
def _choose_newest(
    indptr: NDArray[np.integer],
    timestamps: NDArray[np.int64],
    starts: NDArray[np.int64],
    entries: NDArray[np.int64],
) -> None:
    for run in range(len(starts) - 1):
        begin = indptr[run]
        order = np.argsort(-timestamps[begin : indptr[run + 1]], kind="mergesort")
        for rank in range(starts[run + 1] - starts[run]):
            entries[starts[run] + rank] = begin + order[rank]
