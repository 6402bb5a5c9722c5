"""Neighbours of weighted columns, item by item: the plain way, which takes any weights and any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.ranking import split_blocks
from include.kernels.selection import pack_key, read_item, read_score
from include.kernels.threads import run_blocks

_ITEM_COST = 200  # of an item beside its users' rows, as so many of their items
_BLOCKS_PER_THREAD = 32
_TURNED = 0xFFFFFFFF


def sum_neighbours(
    user_items: csr_matrix,
    k: int,
    squares: NDArray[np.float64] | None,
    own_squares: NDArray[np.float64] | None,
    shrink: float,
    min_co_buyers: int,
    threads: int,
) -> Iterator[tuple[int, int, tuple[RankedLists, NDArray[np.int32]]]]:
    """`neighbours.rank_neighbours` of any positive weights: (start, stop, (lists, co_buyers)).

    squares: (items,), or None for Σ_u w_ui². own_squares: (items,), or None for the same.
    """
    item_users = user_items.tocsc()
    sizes = np.diff(user_items.indptr)
    work = np.bincount(user_items.indices, np.repeat(sizes, sizes), user_items.shape[1]).astype(np.int64)
    limit = int(work.sum()) // (threads * _BLOCKS_PER_THREAD) + _ITEM_COST
    rows = np.clip(work - 1, 0, k)
    divisors = np.zeros(user_items.shape[1]) if squares is None else squares
    if squares is None:
        _sum_squares(item_users.indptr, item_users.data, divisors)
    limits = divisors, divisors if own_squares is None else own_squares, shrink, min_co_buyers
    users = user_items.indptr, user_items.indices, user_items.data
    columns = item_users.indptr, item_users.indices, item_users.data

    def rank_block(start: int, stop: int) -> tuple[RankedLists, NDArray[np.int32]]:
        most = int(rows[start:stop].sum())
        similar, scores, co_buyers = (
            np.empty(most, np.int32),
            np.empty(most, np.float32),
            np.empty(most, np.int32),
        )
        found = np.empty(stop - start, np.int64)
        n = _rank_block(start, stop, k, *limits, *users, *columns, similar, scores, co_buyers, found)
        if not np.isfinite(scores[:n]).all():
            raise OverflowError("The weights are too large for their products.")
        return RankedLists(sum_sizes(found), similar[:n], scores[:n]), co_buyers[:n]

    return run_blocks(rank_block, split_blocks(work + _ITEM_COST, limit), threads)


@compile_kernel
def _sum_squares(bounds: Any, weights: Any, squares: Any) -> None:
    for item in range(len(squares)):
        for n in range(bounds[item], bounds[item + 1]):
            squares[item] += np.float64(weights[n]) * np.float64(weights[n])


@compile_kernel
def _rank_block(
    start: int,
    stop: int,
    k: int,
    squares: Any,
    own_squares: Any,
    shrink: float,
    min_co_buyers: int,
    items_of: Any,
    items: Any,
    weights: Any,
    users_of: Any,
    users: Any,
    own: Any,
    similar: Any,
    scores: Any,
    co_buyers: Any,
    sizes: Any,
) -> int:
    """The neighbours of the items [start, stop) into the last four; returns how many there are."""
    sums, counts = np.zeros(len(squares)), np.zeros(len(squares), np.int32)
    met = np.empty(len(squares), np.int32)
    keys = np.empty(len(squares), np.uint64)
    found = 0
    for item in range(start, stop):
        candidates = 0
        for n in range(users_of[item], users_of[item + 1]):
            weight = np.float64(own[n])
            for m in range(items_of[users[n]], items_of[users[n] + 1]):
                other = items[m]
                if counts[other] == 0:
                    met[candidates] = other
                    candidates += 1
                sums[other] += weight * np.float64(weights[m])
                counts[other] += 1
        kept = 0
        for t in range(candidates):
            other = met[t]
            if other != item and counts[other] >= min_co_buyers:
                score = sums[other] / (np.sqrt(own_squares[item] * squares[other]) + shrink)
                # In the lower half of a key co_buyers, turned so that more are smaller, in place of the item.
                keys[kept], met[kept] = pack_key(np.float32(score), _TURNED - counts[other]), other
                kept += 1
            sums[other], counts[other] = 0, 0
        size = min(k, kept)
        if kept > size:
            cut = np.partition(keys[:kept], size - 1)[size - 1]
            kept = _keep_to(cut, keys, met, kept)
        # Sorted by item first, those with equal keys stay in that order.
        by_item = np.argsort(met[:kept], kind="mergesort")
        best = by_item[np.argsort(keys[:kept][by_item], kind="mergesort")]
        for rank in range(size):
            key = keys[best[rank]]
            similar[found], scores[found] = met[best[rank]], read_score(key)
            co_buyers[found] = _TURNED - read_item(key)
            found += 1
        sizes[item - start] = size
    return found


@compile_kernel
def _keep_to(cut: Any, keys: Any, items: Any, size: int) -> int:
    """Move the keys that do not exceed the cut to the front, with their items; returns how many they are."""
    kept = 0
    for t in range(size):
        if keys[t] <= cut:
            keys[kept], items[kept] = keys[t], items[t]
            kept += 1
    return kept
