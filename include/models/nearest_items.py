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

from include.models.kernels import compile_kernel, run_blocks
from include.models.progress import show_progress
from include.models.ranked import Neighbours
from include.models.selection import pack_key, read_item, read_score
from include.models.shortlists import (
    STRIDE,
    Shortlists,
    bound_errors,
    count_list_bytes,
    drop_hopeless,
    make_shortlists,
    settle_scores,
)

# A tile of scores has so many rows and columns, 4 MB.
_SIDE = 1024
# Where one list of buyers is so many times longer, its members are looked up in it instead of walked along.
_LONGER = 16


class _Items(NamedTuple):
    """unit: (m, f) rows of length 1; the buyers of item i are users[bounds[i]:bounds[i + 1]], ascending."""

    unit: NDArray[np.float32]
    bounds: NDArray[np.int32]
    users: NDArray[np.int32]


def find_nearest(
    unit: NDArray[np.float32], item_users: csr_matrix, k: int, threads: int, lists_mb: float = 1024
) -> Iterator[tuple[int, int, Neighbours]]:
    """Yield, block by block in their order, the k nearest of the items [start, stop).

    unit (m, f): rows of length 1. item_users (m, users): a nonzero means that the user bought the item;
    sorted indices. score = cosine in [-1, 1] as float32. In order of score, then of co_buyers (users who
    bought both), both from the highest, then of item number; never the item itself.

    Lists in the making take 8 · (2k + 32) bytes for each item. Where those of all items would take more than
    `lists_mb`, the items are done in bands, and pairs of two bands are scored once for each. BLAS must be
    held to one thread by the caller.
    """
    items = _Items(unit, item_users.indptr, item_users.indices)
    sides = list(pairwise([*range(0, len(unit), _SIDE), len(unit)]))
    length = max(1, int(lists_mb * 1e6) // (count_list_bytes(k) * _SIDE))
    bands = [sides[n : n + length] for n in range(0, len(sides), length)]
    tiles = sum(len(sides) * len(band) - len(band) * (len(band) - 1) // 2 for band in bands)
    with show_progress(tiles, "als: similar items", "tiles") as progress:
        for band in bands:
            first, last = band[0][0], band[-1][1]
            lists = make_shortlists(bound_errors(np.ones(last - first), 1.0, unit.shape[1]), k)
            for _, _, done in run_blocks(_score_side(items, sides, band, k, lists), band, threads):
                progress.update(done)
            yield from run_blocks(_read_side(items, first, k, lists), band, threads)


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
            tile = scores[: (stop - start) * (right - left)].reshape(stop - start, right - left)
            np.matmul(items.unit[start:stop], items.unit[left:right].T, out=tile)
            # Items of other bands take nothing. The lower side is locked first, so that no two threads wait
            # for each other.
            inside = first <= left < last
            floors = lists.floors[left - first : right - first] if inside else closed[: right - left]
            with locks[start], locks[left] if inside and left != start else nullcontext():
                _push_pairs(tile, start, left, floors, first, k, lists, items)
        return len(met)

    return score_side


def _read_side(items: _Items, first: int, k: int, lists: Shortlists) -> Callable[[int, int], Neighbours]:
    def read_side(start: int, stop: int) -> Neighbours:
        most = (stop - start) * k
        found = Neighbours(
            np.empty(stop - start, np.int32),
            np.empty(most, np.int32),
            np.empty(most, np.float32),
            np.empty(most, np.int32),
        )
        size = _read_lists(start, first, k, lists, items, *found)
        return Neighbours(found.sizes, found.items[:size], found.scores[:size], found.co_buyers[:size])

    return read_side


@compile_kernel
def _push_pairs(
    scores: Any, start: int, left: int, floors: Any, first: int, k: int, lists: Shortlists, items: Any
) -> None:
    """Put the pairs of items start + row and left + column on the lists of both; once, on the diagonal.

    floors: those of the columns' items; the lists begin with the item `first`.
    """
    rows, columns = scores.shape
    for n in range(rows):
        row = start + n
        floor = lists.floors[row - first]
        begin = n + 1 if left == start else 0
        for near in range(begin, columns, STRIDE):
            far = min(near + STRIDE, columns)
            if not _any_reaches(scores[n, near:far], floor, floors[near:far]):
                continue
            for m in range(near, far):
                if scores[n, m] >= floor:
                    _push(scores[n, m], row, left + m, first, k, lists, items)
                    floor = lists.floors[row - first]
                if scores[n, m] >= floors[m]:
                    _push(scores[n, m], left + m, row, first, k, lists, items)


@compile_kernel
def _any_reaches(scores: Any, floor: Any, floors: Any) -> bool:
    # On slices that begin at 0 and without an early end, the compiler compares many at once.
    hits = 0
    for m in range(len(scores)):
        hits += (scores[m] >= floor) | (scores[m] >= floors[m])
    return hits > 0


@compile_kernel
def _push(score: Any, item: int, other: int, first: int, k: int, lists: Shortlists, items: Any) -> None:
    row = item - first
    lists.keys[row, lists.sizes[row]] = pack_key(score, other)
    lists.sizes[row] += 1
    if lists.sizes[row] == lists.keys.shape[1] and drop_hopeless(lists, row, k) == lists.keys.shape[1]:
        # Ties fill the list: settled, it needs no more than k.
        _settle(item, first, k, lists, items)
        lists.sizes[row] = k


@compile_kernel
def _settle(item: int, first: int, k: int, lists: Shortlists, items: Any) -> int:
    """Leave the item's k best in their order; returns how many there are."""
    row = item - first
    size = settle_scores(lists, row, k, items.unit[item], items.unit, np.float32(1))
    keys = lists.keys[row]
    start = 0
    while start < min(k, size):
        stop = start + 1
        while stop < size and read_score(keys[stop]) == read_score(keys[start]):
            stop += 1
        if stop > start + 1:
            _order_ties(keys[start:stop], item, items)
        start = stop
    return min(k, size)


@compile_kernel
def _order_ties(keys: Any, item: int, items: Any) -> None:
    """Order keys of equal scores by co_buyers from the most; those with as many stay in their order."""
    counts = np.empty(len(keys), np.int64)
    for n in range(len(keys)):
        key = keys[n]
        count = _count_both(item, read_item(key), items)
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
    start: int,
    first: int,
    k: int,
    lists: Shortlists,
    items: Any,
    sizes: Any,
    similar: Any,
    scores: Any,
    co_buyers: Any,
) -> int:
    """Write the neighbours of the items from start on; returns how many there are."""
    found = 0
    for n in range(len(sizes)):
        item = start + n
        sizes[n] = _settle(item, first, k, lists, items)
        for rank in range(sizes[n]):
            key = lists.keys[item - first, rank]
            similar[found] = read_item(key)
            scores[found] = max(read_score(key), np.float32(-1))
            co_buyers[found] = _count_both(item, similar[found], items)
            found += 1
    return found
