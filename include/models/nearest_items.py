"""The exact k nearest items of each item by cosine of their factors; each pair is scored once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.models.kernels import compile_kernel, run_blocks
from include.models.selection import pack_key, read_item, read_score
from include.models.shortlists import (
    STRIDE,
    Shortlists,
    bound_errors,
    drop_hopeless,
    make_shortlists,
    settle_scores,
)

# A tile of scores has so many rows and columns, 4 MB.
_SIDE = 1024
# Where one list of buyers is so many times longer, its members are looked up in it instead of walked along.
_LONGER = 16


class Neighbours(NamedTuple):
    """The neighbours of consecutive items, one item after the other and best first.

    sizes: (rows,) how many each has; items: (n,) item numbers; scores: (n,); co_buyers: (n,).
    """

    sizes: NDArray[np.int32]
    items: NDArray[np.int32]
    scores: NDArray[np.float32]
    co_buyers: NDArray[np.int32]


class _Items(NamedTuple):
    """unit: (m, f) rows of length 1; the buyers of item i are users[bounds[i]:bounds[i + 1]], ascending."""

    unit: NDArray[np.float32]
    bounds: NDArray[np.int32]
    users: NDArray[np.int32]


class NearestItems:
    """Finds the k nearest of m items; `score_pairs` first, all of it, then `read_rows`.

    unit (m, f): rows of length 1. item_users (m, users): a nonzero means that the user bought the item;
    sorted indices. score = cosine in [-1, 1] as float32. In order of score, then of co_buyers (users who
    bought both), both from the highest, then of item number; never the item itself. Beside the input it
    holds 8 · (2k + 32) bytes for each item. BLAS must be held to one thread by the caller.
    """

    def __init__(self, unit: NDArray[np.float32], item_users: csr_matrix, k: int) -> None:
        self._items = _Items(unit, item_users.indptr, item_users.indices)
        self._k = k
        self._lists = make_shortlists(bound_errors(np.ones(len(unit)), 1.0, unit.shape[1]), k)

    def score_pairs(self, threads: int) -> Iterator[tuple[int, int]]:
        """Score every pair once; yields the items [start, stop) that have met all from them on."""
        sides = list(pairwise([*range(0, len(self._items.unit), _SIDE), len(self._items.unit)]))
        locks = {start: Lock() for start, _ in sides}

        def score_side(start: int, stop: int) -> None:
            scores = np.empty((stop - start) * _SIDE, np.float32)
            rows = self._items.unit[start:stop]
            for first, last in sides[start // _SIDE :]:
                shape = (stop - start, last - first)
                tile = scores[: shape[0] * shape[1]].reshape(shape)
                np.matmul(rows, self._items.unit[first:last].T, out=tile)
                # Always the lower side first, so that no two threads wait for each other.
                with locks[start]:
                    if first == start:
                        _push_pairs(tile, start, first, self._k, self._lists, self._items)
                    else:
                        with locks[first]:
                            _push_pairs(tile, start, first, self._k, self._lists, self._items)

        for start, stop, _ in run_blocks(score_side, sides, threads):
            yield start, stop

    def read_rows(self, threads: int) -> Iterator[tuple[int, int, Neighbours]]:
        """Yield the neighbours of the items [start, stop), block by block in their order."""
        yield from run_blocks(
            self._read_block,
            pairwise([*range(0, len(self._items.unit), _SIDE), len(self._items.unit)]),
            threads,
        )

    def _read_block(self, start: int, stop: int) -> Neighbours:
        most = (stop - start) * self._k
        items, scores, co_buyers = (
            np.empty(most, np.int32),
            np.empty(most, np.float32),
            np.empty(most, np.int32),
        )
        sizes = np.empty(stop - start, np.int32)
        found = _read_lists(start, self._k, self._lists, self._items, sizes, items, scores, co_buyers)
        return Neighbours(sizes, items[:found], scores[:found], co_buyers[:found])


@compile_kernel
def _push_pairs(scores: Any, start: int, first: int, k: int, lists: Shortlists, items: Any) -> None:
    """Put the pairs of items start + row and first + column on the lists of both; once, on the diagonal."""
    rows, columns = scores.shape
    floors = lists.floors[first : first + columns]
    for n in range(rows):
        row = start + n
        floor = lists.floors[row]
        begin = n + 1 if first == start else 0
        for left in range(begin, columns, STRIDE):
            right = min(left + STRIDE, columns)
            hits = 0
            for m in range(left, right):
                hits += (scores[n, m] >= floor) | (scores[n, m] >= floors[m])
            if not hits:
                continue
            for m in range(left, right):
                if scores[n, m] >= floor:
                    _push(scores[n, m], row, first + m, k, lists, items)
                    floor = lists.floors[row]
                if scores[n, m] >= floors[m]:
                    _push(scores[n, m], first + m, row, k, lists, items)


@compile_kernel
def _push(score: Any, row: int, item: int, k: int, lists: Shortlists, items: Any) -> None:
    lists.keys[row, lists.sizes[row]] = pack_key(score, item)
    lists.sizes[row] += 1
    if lists.sizes[row] == lists.keys.shape[1] and drop_hopeless(lists, row, k) == lists.keys.shape[1]:
        # Ties fill the list: settled, it needs no more than k.
        _settle(lists, row, k, items)
        lists.sizes[row] = k


@compile_kernel
def _settle(lists: Shortlists, row: int, k: int, items: Any) -> int:
    """Leave the row's k best in their order; returns how many there are."""
    size = settle_scores(lists, row, k, items.unit[row], items.unit, np.float32(1))
    keys = lists.keys[row]
    first = 0
    while first < min(k, size):
        last = first + 1
        while last < size and read_score(keys[last]) == read_score(keys[first]):
            last += 1
        if last > first + 1:
            _order_ties(keys[first:last], row, items)
        first = last
    return min(k, size)


@compile_kernel
def _order_ties(keys: Any, row: int, items: Any) -> None:
    """Order keys of equal scores by co_buyers from the most; those with as many stay in their order."""
    counts = np.empty(len(keys), np.int64)
    for n in range(len(keys)):
        key = keys[n]
        count = _count_both(row, read_item(key), items)
        m = n - 1
        while m >= 0 and counts[m] < count:
            counts[m + 1], keys[m + 1] = counts[m], keys[m]
            m -= 1
        counts[m + 1], keys[m + 1] = count, key


@compile_kernel
def _count_both(one: int, other: int, items: Any) -> int:
    """How many users bought both items."""
    few = items.users[items.bounds[one] : items.bounds[one + 1]]
    many = items.users[items.bounds[other] : items.bounds[other + 1]]
    if len(few) > len(many):
        few, many = many, few
    both = 0
    if len(few) * _LONGER < len(many):
        for user in few:
            place = np.searchsorted(many, user)
            both += place < len(many) and many[place] == user
        return both
    n = m = 0
    while n < len(few) and m < len(many):
        both += few[n] == many[m]
        step = few[n] <= many[m]
        m += few[n] >= many[m]
        n += step
    return both


@compile_kernel
def _read_lists(
    start: int, k: int, lists: Shortlists, items: Any, sizes: Any, similar: Any, scores: Any, co_buyers: Any
) -> int:
    """Write the neighbours of the items from start on; returns how many there are."""
    found = 0
    for n in range(len(sizes)):
        row = start + n
        sizes[n] = _settle(lists, row, k, items)
        for rank in range(sizes[n]):
            key = lists.keys[row, rank]
            similar[found] = read_item(key)
            scores[found] = max(read_score(key), np.float32(-1))
            co_buyers[found] = _count_both(row, similar[found], items)
            found += 1
    return found
