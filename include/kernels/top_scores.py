"""The exact top k of all products of two factor matrices, a tile of rows at a time.

The items are taken by length, the longest first. By Cauchy and Schwarz no score exceeds the product of both
lengths, so a row is done as soon as its k-th score is out of reach of the items that are left.

C. Teflioudi, R. Gemulla, O. Mykytiuk: LEMP: Fast retrieval of large entries in a matrix product, SIGMOD 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.kernels.compiling import compile_kernel
from include.kernels.masks import STRIDE, find_lowest, mark_reaching
from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.selection import pack_key, read_item, read_score
from include.kernels.shortlists import (
    Shortlists,
    bound_errors,
    drop_hopeless,
    make_shortlists,
    measure_lengths,
    settle_scores,
)
from include.kernels.threads import run_blocks

# Rows and items whose scores are computed at once: 2 MB of them, that stay in the processor's cache.
_ROWS = 512
_ITEMS = 1024


def rank_products(
    queries: NDArray[np.float32],
    factors: NDArray[np.float32],
    k: int,
    *,
    threads: int,
    hidden: csr_matrix | None = None,
    tick: Callable[[int], object] | None = None,
) -> Iterator[tuple[int, int, RankedLists]]:
    """Yield, tile by tile in their order, the k best items of the rows [start, stop).

    queries (q, f) and factors (m, f): C-contiguous, finite, float32. Yields (start, stop, lists): list n is
    of row start + n. score = queries · factors, summed in float64 in the order of the factors and rounded
    once to float32. In order of score from the highest, then of item number. A nonzero of `hidden` (q, m; CSR
    with sorted indices) does not compete; a row with fewer than k others has all of them.

    The same bits for any number of threads; memory is bounded by the tile and the threads. `tick` is called
    with how many rows are done. Raises ValueError for k below 1, and
    OverflowError where a score could exceed float32.
    """
    if k < 1:
        raise ValueError(f"A list holds at least one item; k is {k}.")
    if not len(queries) or not len(factors):
        return
    lengths, item_lengths = measure_lengths(queries), measure_lengths(factors)
    if lengths.max() * item_lengths.max() > np.finfo(np.float32).max:
        raise OverflowError("The factors are too large for their products.")
    order = np.argsort(-item_lengths, kind="stable").astype(np.int32)
    by_length, longest = factors[order], item_lengths[order]
    slacks = bound_errors(lengths, longest[0], factors.shape[1])
    if hidden is None:
        hidden = csr_matrix((len(queries), len(factors)), dtype=np.int8)

    def rank_tile(start: int, stop: int) -> RankedLists:
        lists = make_shortlists(slacks[start:stop], k)
        tile, bought = queries[start:stop], (hidden.indptr[start : stop + 1], hidden.indices)
        scores = np.empty((stop - start) * _ITEMS, np.float32)
        rows = np.flatnonzero(lengths[start:stop] > 0)
        for first in range(0, len(order), _ITEMS):
            rows = rows[lengths[start + rows] * longest[first] >= lists.floors[rows]]
            if not len(rows):
                break
            items = order[first : first + _ITEMS]
            shape = (len(rows), len(items))
            found = scores[: shape[0] * shape[1]].reshape(shape)
            np.matmul(tile[rows], by_length[first : first + _ITEMS].T, out=found)
            _push_scores(found, rows, items, k, lists, *bought, tile, factors)
        sizes = np.empty(stop - start, np.int32)
        best, best_scores = np.empty((stop - start) * k, np.int32), np.empty((stop - start) * k, np.float32)
        size = _settle_rows(lists, k, lengths[start:stop], *bought, tile, factors, sizes, best, best_scores)
        return RankedLists(sum_sizes(sizes), best[:size], best_scores[:size])

    tiles = pairwise([*range(0, len(queries), _ROWS), len(queries)])
    # BLAS under many threads fights with ours for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        for start, stop, found in run_blocks(rank_tile, tiles, threads):
            yield start, stop, found
            if tick:
                tick(stop - start)


@compile_kernel
def _push_scores(
    scores: Any,
    rows: Any,
    items: Any,
    k: int,
    lists: Shortlists,
    bounds: Any,
    bought: Any,
    tile: Any,
    factors: Any,
) -> None:
    """Put the scores (rows, items) that reach their row's floor on its shortlist, bought items aside."""
    capacity = lists.keys.shape[1]
    for n in range(len(rows)):
        row, own = rows[n], scores[n]
        floor = lists.floors[row]
        for first in range(0, len(items), STRIDE):
            last = min(first + STRIDE, len(items))
            mask = _mark_reaching(own, first, last, floor)
            if not mask:
                continue
            while mask:
                m = first + find_lowest(mask)
                mask &= mask - np.uint32(1)
                if not _holds(bought, bounds[row], bounds[row + 1], items[m]):
                    lists.keys[row, lists.sizes[row]] = pack_key(own[m], items[m])
                    lists.sizes[row] += 1
            if lists.sizes[row] > capacity - STRIDE:
                if drop_hopeless(lists, row, k) > capacity - STRIDE:
                    # Ties fill the list: settled by exact score and item number, it needs no more than k.
                    settle_scores(lists, row, k, tile[row], factors, np.float32(np.inf))
                    lists.sizes[row] = k
                floor = lists.floors[row]


@compile_kernel
def _mark_reaching(scores: Any, first: int, last: int, floor: Any) -> Any:
    """`mark_reaching` of scores[first:last], of which there may be fewer than STRIDE."""
    if last - first == STRIDE:
        return mark_reaching(scores, first, floor)
    mask = np.uint32(0)
    for m in range(first, last):
        mask |= np.uint32(scores[m] >= floor) << np.uint32(m - first)
    return mask


@compile_kernel
def _holds(sorted_values: Any, first: int, last: int, value: int) -> bool:
    """Whether sorted_values[first:last] holds the value."""
    while first < last:
        middle = (first + last) >> 1
        if sorted_values[middle] < value:
            first = middle + 1
        elif sorted_values[middle] > value:
            last = middle
        else:
            return True
    return False


@compile_kernel
def _settle_rows(
    lists: Shortlists,
    k: int,
    lengths: Any,
    bounds: Any,
    bought: Any,
    tile: Any,
    factors: Any,
    sizes: Any,
    items: Any,
    scores: Any,
) -> int:
    """Write each row's k best; of a row of zeros, to which all items are equal, the lowest item numbers."""
    found = 0
    for row in range(len(sizes)):
        first = found
        if lengths[row] > 0:
            size = min(k, settle_scores(lists, row, k, tile[row], factors, np.float32(np.inf)))
            for n in range(size):
                items[found], scores[found] = read_item(lists.keys[row, n]), read_score(lists.keys[row, n])
                found += 1
        else:
            for item in range(len(factors)):
                if found == first + k:
                    break
                if not _holds(bought, bounds[row], bounds[row + 1], item):
                    items[found], scores[found] = item, 0
                    found += 1
        sizes[row] = found - first
    return found
