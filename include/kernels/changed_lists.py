"""Lists that are ordered anew, and where each item of a changed list was before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists


def find_rows(after: RankedLists, before: RankedLists, items: int) -> tuple[NDArray[np.int64], bool]:
    """The row (n,) of `before` in which each item of `after` is in the same list, -1 where it is in none, and
    whether a list of `after` has an item twice.

    As many lists in both; of an item that a list has twice before, the first. items: how many there are.
    """
    rows = np.empty(len(after.items), np.int64)
    places, seen = np.full(items, -1, np.int64), np.full(items, -1, np.int64)
    return rows, _find_rows(after.indptr, after.items, before.indptr, before.items, places, seen, rows)


def order_lists(lists: RankedLists, keys: NDArray[np.number]) -> RankedLists:
    """The lists by keys (n,) from the lowest, each item with its score; what ties stays in its order."""
    items, scores = lists.items.copy(), lists.scores.copy()
    _order(lists.indptr, keys, items, scores)
    return RankedLists(lists.indptr, items, scores)


@compile_kernel
def _find_rows(
    bounds: Any, items: Any, bounds_before: Any, items_before: Any, places: Any, seen: Any, rows: Any
) -> bool:
    twice = False
    for user in range(len(bounds) - 1):
        first = bounds_before[user]
        for row in range(first, bounds_before[user + 1]):
            if places[items_before[row]] < first:
                places[items_before[row]] = row
        for row in range(bounds[user], bounds[user + 1]):
            item = items[row]
            rows[row] = places[item] if places[item] >= first else -1
            twice |= seen[item] == user
            seen[item] = user
    return twice


@compile_kernel
def _order(indptr: Any, keys: Any, items: Any, scores: Any) -> None:
    for owner in range(len(indptr) - 1):
        start, stop = indptr[owner], indptr[owner + 1]
        for row in range(start + 1, stop):
            if keys[row] < keys[row - 1]:
                order = np.argsort(keys[start:stop], kind="mergesort")
                items[start:stop] = items[start:stop][order]
                scores[start:stop] = scores[start:stop][order]
                break
