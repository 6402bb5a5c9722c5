"""The exact k nearest items of each item by cosine of their factors; each pair is scored once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.kernels.buyer_marks import Buyers, count_both
from include.kernels.compiling import compile_kernel
from include.kernels.masks import STRIDE, find_lowest, mark_reaching, mark_reaching_each
from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.selection import pack_key, read_item, read_score
from include.kernels.shortlists import (
    Shortlists,
    bound_errors,
    count_list_bytes,
    drop_hopeless,
    make_shortlists,
    settle_scores,
)
from include.kernels.threads import run_blocks

# A tile of scores has so many rows and columns: 1.6 MB, that stay in the processor's cache.
_SIDE = 640


class _Items(NamedTuple):
    """unit: (m, f) rows of length 1; users: how many there are."""

    unit: NDArray[np.float32]
    buyers: Buyers
    users: int


def rank_nearest(
    unit: NDArray[np.float32],
    item_users: csr_matrix,
    k: int,
    *,
    threads: int,
    lists_mb: float = 1024,
    tick: Callable[[int], object] | None = None,
) -> Iterator[tuple[int, int, RankedLists, NDArray[np.integer]]]:
    """Yield, block by block in their order, the k nearest of the items [start, stop).

    unit (m, f): C-contiguous float32 rows of length 1. item_users (m, users): CSR with sorted indices, a
    nonzero means that the user bought the item. Yields (start, stop, lists, co_buyers): list n is of item
    start + n, and co_buyers (the lists' rows,) says beside each neighbour how many users bought both.

    score = cosine in [-1, 1], summed in float64 in the order of the factors and rounded once to float32. In
    order of score, then of co_buyers, both from the highest, then of item number; never the item itself. The
    same bits for any number of threads and any `lists_mb`. `tick` is called with shares of the work that sum
    up to the items.

    Time grows with the square of the items. Lists in the making take `count_list_bytes(k)` for each item.
    Where those of all items would take more than `lists_mb`, the items are done in bands, and pairs of two
    bands are scored once for each. Raises ValueError for k below 1.
    """
    if k < 1:
        raise ValueError(f"A list holds at least one item; k is {k}.")
    items = _Items(unit, Buyers(item_users.indptr, item_users.indices), item_users.shape[1])
    sides = list(pairwise([*range(0, len(unit), _SIDE), len(unit)]))
    length = max(1, int(lists_mb * 1e6) // (count_list_bytes(k) * _SIDE))
    bands = [sides[n : n + length] for n in range(0, len(sides), length)]
    tiles = sum(len(sides) * len(band) - len(band) * (len(band) - 1) // 2 for band in bands)
    done = 0
    # BLAS under many threads fights with ours for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        for band in bands:
            first, last = band[0][0], band[-1][1]
            lists = make_shortlists(bound_errors(np.ones(last - first), 1.0, unit.shape[1]), k)
            for _, _, more in run_blocks(_score_side(items, sides, band, k, lists), band, threads):
                if tick:
                    tick(len(unit) * (done + more) // tiles - len(unit) * done // tiles)
                done += more
            for start, stop, (nearest, co_buyers) in run_blocks(
                _read_side(items, first, k, lists), band, threads
            ):
                yield start, stop, nearest, co_buyers


def _score_side(
    items: _Items, sides: list[tuple[int, int]], band: list[tuple[int, int]], k: int, lists: Shortlists
) -> Callable[[int, int], int]:
    """A function that scores the items [start, stop) of a band with all others but those that the band's
    earlier items have met, and returns in how many tiles.
    """
    first, last = band[0][0], band[-1][1]
    locks = {start: Lock() for start, _ in band}
    closed = np.full(_SIDE, np.inf, np.float32)

    def score_side(start: int, stop: int) -> int:
        scores = np.empty((stop - start) * _SIDE, np.float32)
        met = [side for side in sides if not first <= side[0] < start]
        for left, right in met:
            tile = scores[: (stop - start) * (right - left)]
            shape = (stop - start, right - left)
            np.matmul(items.unit[start:stop], items.unit[left:right].T, out=tile.reshape(shape))
            # Items of other bands take nothing. The lower side is locked first, so that no two threads wait
            # for each other.
            inside = first <= left < last
            floors = lists.floors[left - first : right - first] if inside else closed[: right - left]
            with locks[start], locks[left] if inside and left != start else nullcontext():
                _push_pairs(tile, start, left, floors, first, k, lists, items)
        return len(met)

    return score_side


def _read_side(
    items: _Items, first: int, k: int, lists: Shortlists
) -> Callable[[int, int], tuple[RankedLists, NDArray[np.int32]]]:
    def read_side(start: int, stop: int) -> tuple[RankedLists, NDArray[np.int32]]:
        most = (stop - start) * k
        similar, scores, co_buyers = (
            np.empty(most, np.int32),
            np.empty(most, np.float32),
            np.empty(most, np.int32),
        )
        sizes, marks = np.empty(stop - start, np.int32), np.zeros(items.users, np.uint8)
        size = _read_lists(start, first, k, lists, items, marks, sizes, similar, scores, co_buyers)
        return RankedLists(sum_sizes(sizes), similar[:size], scores[:size]), co_buyers[:size]

    return read_side


@compile_kernel
def _push_pairs(
    scores: Any, start: int, left: int, floors: Any, first: int, k: int, lists: Shortlists, items: Any
) -> None:
    """Put the pairs of items start + row and left + column on the lists of both; once, on the diagonal.

    scores: (rows · columns,), row after row; floors: those of the columns' items. The lists begin with the
    item `first`.
    """
    columns, keys, sizes, bars = len(floors), lists.keys, lists.sizes, lists.floors
    for n in range(len(scores) // columns):
        row, place = start + n - first, n * columns
        near = n + 1 if left == start else 0
        while near < columns:
            if near + STRIDE <= columns:
                mine = mark_reaching(scores, place + near, bars[row])
                theirs = mark_reaching_each(scores, place + near, floors, near)
            else:
                mine, theirs = _mark_last(scores[place + near : place + columns], bars[row], floors[near:])
            while mine:
                m = near + find_lowest(mine)
                mine &= mine - np.uint32(1)
                if scores[place + m] >= bars[row] and _add_key(keys, sizes, row, scores[place + m], left + m):
                    _make_room(start + n, first, k, lists, items)
            while theirs:
                m = near + find_lowest(theirs)
                theirs &= theirs - np.uint32(1)
                if _add_key(keys, sizes, left + m - first, scores[place + m], start + n):
                    _make_room(left + m, first, k, lists, items)
            near += STRIDE


@compile_kernel
def _mark_last(scores: Any, floor: Any, floors: Any) -> Any:
    mine = theirs = np.uint32(0)
    for m in range(len(scores)):
        mine |= np.uint32(scores[m] >= floor) << np.uint32(m)
        theirs |= np.uint32(scores[m] >= floors[m]) << np.uint32(m)
    return mine, theirs


@compile_kernel
def _add_key(keys: Any, sizes: Any, row: int, score: Any, other: int) -> bool:
    """Whether the row's list is full now. With so few arguments, the compiler puts it where it is called."""
    keys[row, sizes[row]] = pack_key(score, other)
    sizes[row] += 1
    return sizes[row] == keys.shape[1]


@compile_kernel
def _make_room(item: int, first: int, k: int, lists: Shortlists, items: Any) -> None:
    if drop_hopeless(lists, item - first, k) == lists.keys.shape[1]:
        # Ties fill the list: settled, it needs no more than k.
        marks, counts = np.zeros(items.users, np.uint8), np.empty(lists.keys.shape[1], np.int32)
        _settle(item, first, k, lists, items, marks, counts)
        lists.sizes[item - first] = k


@compile_kernel
def _settle(item: int, first: int, k: int, lists: Shortlists, items: Any, marks: Any, counts: Any) -> int:
    """Leave the item's k best in their order, and their co_buyers in counts; returns how many there are."""
    row = item - first
    size = settle_scores(lists, row, k, items.unit[item], items.unit, np.float32(1))
    keys = lists.keys[row]
    count_both(item, keys[:size], items.buyers, marks, counts)
    start = 0
    while start < min(k, size):
        stop = start + 1
        while stop < size and read_score(keys[stop]) == read_score(keys[start]):
            stop += 1
        _order_ties(keys, counts, start, stop)
        start = stop
    return min(k, size)


@compile_kernel
def _order_ties(keys: Any, counts: Any, start: int, stop: int) -> None:
    """Order [start, stop) by counts from the most; those with as many stay in their order."""
    for n in range(start + 1, stop):
        key, count = keys[n], counts[n]
        m = n - 1
        while m >= start and counts[m] < count:
            counts[m + 1], keys[m + 1] = counts[m], keys[m]
            m -= 1
        counts[m + 1], keys[m + 1] = count, key


@compile_kernel
def _read_lists(
    start: int,
    first: int,
    k: int,
    lists: Shortlists,
    items: Any,
    marks: Any,
    sizes: Any,
    similar: Any,
    scores: Any,
    co_buyers: Any,
) -> int:
    """Write the neighbours of the items from start on; returns how many there are."""
    found, counts = 0, np.empty(lists.keys.shape[1], np.int32)
    for n in range(len(sizes)):
        item = start + n
        sizes[n] = _settle(item, first, k, lists, items, marks, counts)
        for rank in range(sizes[n]):
            key = lists.keys[item - first, rank]
            similar[found] = read_item(key)
            scores[found] = max(read_score(key), np.float32(-1))
            co_buyers[found] = counts[rank]
            found += 1
    return found
