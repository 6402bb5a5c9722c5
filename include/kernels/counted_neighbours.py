"""Neighbours of columns of zeros and ones, item by item: their users are counted, in little memory.

Counted item by item, as in G. Linden, B. Smith, J. York: Amazon.com recommendations: item-to-item
collaborative filtering, IEEE Internet Computing 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.co_buyers import (
    MOST_BUYERS,
    MOST_ITEMS,
    MOST_PAIRS,
    PLACE,
    PLACE_BITS,
    Purchases,
    arrange_purchases,
    count_co_buyers,
)
from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.ranking import split_blocks
from include.kernels.selection import (
    SHORT,
    keep_smallest,
    pack_key,
    rank_keys,
    read_item,
    read_score,
    sort_keys,
)
from include.kernels.threads import run_blocks

# What an item costs beside its users' histories, as so many items in histories.
_ITEM_COST = 200
_BLOCKS_PER_THREAD = 32
_FEW = 255  # the most that a byte counts


def can_count(user_items: csr_matrix) -> bool:
    """Whether what `co_buyers` arranges can number the items, the users of one item, and the nonzeros."""
    if user_items.shape[1] >= MOST_ITEMS or user_items.nnz >= MOST_PAIRS:
        return False
    return user_items.shape[0] < MOST_BUYERS or int(np.bincount(user_items.indices).max()) < MOST_BUYERS


def count_neighbours(
    user_items: csr_matrix, k: int, min_co_buyers: int, threads: int
) -> Iterator[tuple[int, int, tuple[RankedLists, NDArray[np.integer]]]]:
    """`neighbours.rank_neighbours`, normalised, where each nonzero is 1: (start, stop, (lists, co_buyers)).

    user_items: as `can_count` allows it.
    """
    purchases, work = arrange_purchases(user_items, threads)
    purchases.co_buyer_classes[1:min_co_buyers] = 0  # the class of who is no neighbour
    blocks = split_blocks(work + _ITEM_COST, int(work.sum()) // (threads * _BLOCKS_PER_THREAD) + _ITEM_COST)
    rows = np.clip(work - 1, 0, k)
    own = local()

    def rank_block(start: int, stop: int) -> tuple[RankedLists, NDArray[np.integer]]:
        if not hasattr(own, "scratch"):
            own.scratch = _make_scratch(purchases)
        return _rank_items(start, stop, k, purchases, own.scratch, int(rows[start:stop].sum()))

    return run_blocks(rank_block, blocks, threads)


class _Scratch(NamedTuple):
    """What one thread works in.

    few, many: co-buyers by place (items,), zero before and after each item; `few` for items with at most
    _FEW buyers, which are most, and need half the cache.
    met: the label of each candidate (items + 1,), after `_keep_classes` the place.
    co_buyers, classes, buyers, codes, scores, keys: of each candidate (items,).
    sizes: how many candidates are of each class, zero before and after each item.
    """

    few: Any
    many: Any
    met: Any
    co_buyers: Any
    classes: Any
    sizes: Any
    buyers: Any
    codes: Any
    scores: Any
    keys: Any


def _make_scratch(purchases: Purchases) -> _Scratch:
    items, kind = len(purchases.buyers), purchases.buyers.dtype
    return _Scratch(
        few=np.zeros(items, np.uint8),
        many=np.zeros(items, kind),
        met=np.empty(items + 1, np.uint32),
        co_buyers=np.empty(items, kind),
        classes=np.empty(items, np.int16),
        sizes=np.zeros(purchases.co_buyer_classes[-1] + 1, np.int32),
        buyers=np.empty(items, kind),
        codes=np.empty(items, np.int32),
        scores=np.empty(items, np.float32),
        keys=np.empty(items, np.uint64),
    )


def _rank_items(
    start: int, stop: int, k: int, purchases: Purchases, scratch: _Scratch, most: int
) -> tuple[RankedLists, NDArray[np.integer]]:
    """The neighbours of the item codes [start, stop), which are at most so many rows."""
    similar, co_buyers = np.empty(most, np.int32), np.empty(most, scratch.co_buyers.dtype)
    scores, sizes = np.empty(most, np.float32), np.empty(stop - start, np.int32)
    found = _rank_block(start, stop, k, purchases, scratch, similar, scores, co_buyers, sizes)
    return RankedLists(sum_sizes(sizes), similar[:found], scores[:found]), co_buyers[:found]


@compile_kernel
def _rank_block(
    start: int,
    stop: int,
    k: int,
    purchases: Any,
    scratch: Any,
    similar: Any,
    scores: Any,
    co_buyers: Any,
    sizes: Any,
) -> int:
    """`_rank_items` into its results; returns how many rows there are."""
    places, codes, keys = scratch.met, scratch.codes, scratch.keys
    ranks = np.empty(SHORT, np.int64)
    found = 0
    for item in range(start, stop):
        own = purchases.place_of[item]
        buyers = purchases.buyers[own]
        if buyers <= _FEW:
            met = _meet_candidates(item, own, purchases, scratch, scratch.few)
        else:
            met = _meet_candidates(item, own, purchases, scratch, scratch.many)
        kept = _keep_classes(met, _find_floor(met, k, scratch.sizes), scratch)
        _score_exactly(buyers, kept, purchases, scratch)
        for t in range(kept):
            keys[t] = pack_key(scratch.scores[t], places[t])
            codes[t] = purchases.code_of[places[t]]
        size = min(kept, k)
        if kept <= SHORT:
            rank_keys(keys, kept, ranks)
            for t in range(kept):
                if ranks[t] < size:
                    row = found + ranks[t]
                    similar[row], scores[row] = codes[t], scratch.scores[t]
                    co_buyers[row] = scratch.co_buyers[t]
        else:
            for t in range(kept):
                scratch.many[places[t]] = scratch.co_buyers[t]
            keep_smallest(keys, kept, size)
            sort_keys(keys, size)
            for rank in range(size):
                row, other = found + rank, read_item(keys[rank])
                similar[row], scores[row] = purchases.code_of[other], read_score(keys[rank])
                co_buyers[row] = scratch.many[other]
            for t in range(kept):
                scratch.many[places[t]] = 0
        sizes[item - start] = size
        found += size
    return found


@compile_kernel
def _meet_candidates(item: int, own: int, purchases: Any, scratch: Any, counts: Any) -> int:
    """Find who is in the histories of the item's buyers: label, co-buyers, class of each; returns how many.

    Of the class 0 is who has no co-buyer: the item itself. `counts` (items,) are zero before and after.
    """
    labels, sizes = scratch.met, scratch.sizes
    met = count_co_buyers(item, purchases, counts, labels)
    counts[own] = 0
    for t in range(met):
        place = labels[t] & PLACE
        count = counts[place]
        counts[place] = 0
        scratch.co_buyers[t] = count
        best = max(purchases.co_buyer_classes[count] - np.int16(labels[t] >> PLACE_BITS), 0)
        scratch.classes[t] = best
        sizes[best] += 1
    return met


@compile_kernel
def _find_floor(met: int, k: int, sizes: Any) -> int:
    """The least class that the k best scores can have, and at least 1; `sizes` are zero after it.

    A score lies in its class or in the one above, for the two logarithms were rounded; so does one that
    float32 takes for equal, in at most one class more.
    """
    floor = 1
    if met > k:
        best, left = len(sizes) - 1, k
        while left > sizes[best] and best > 1:
            left -= sizes[best]
            best -= 1
        floor = max(best - 2, 1)
    sizes[:] = 0
    return floor


@compile_kernel
def _keep_classes(met: int, floor: int, scratch: Any) -> int:
    """Move the candidates of class `floor` and above to the front as places; returns how many they are."""
    labels, co_buyers = scratch.met, scratch.co_buyers
    kept = 0
    for t in range(met):
        # Written in any case: a branch could not be foreseen.
        labels[kept], co_buyers[kept] = labels[t] & PLACE, co_buyers[t]
        kept += scratch.classes[t] >= floor
    return kept


@compile_kernel
def _score_exactly(buyers: int, size: int, purchases: Any, scratch: Any) -> None:
    """The scores of the first `size` candidates, each rounded once to float32."""
    for t in range(size):
        scratch.buyers[t] = purchases.buyers[scratch.met[t]]
    for t in range(size):
        product = np.float64(buyers) * np.float64(scratch.buyers[t])
        scratch.scores[t] = np.float32(np.float64(scratch.co_buyers[t]) / np.sqrt(product))
