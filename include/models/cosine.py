"""Item-item cosine over who bought what.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001, with purchases as 0 and 1. Counted item by item, as in G. Linden, B. Smith, J. York: Amazon.com
recommendations: item-to-item collaborative filtering, IEEE Internet Computing 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import local
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.models.columns import ITEM_SIMILARITIES
from include.models.grouping import count_rows
from include.models.interactions import Interactions
from include.models.kernels import compile_kernel, count_cores, run_blocks
from include.models.progress import show_progress
from include.models.ranked import Neighbours, Options, RankedTable
from include.models.ranking import split_blocks
from include.models.selection import (
    SHORT,
    keep_smallest,
    pack_key,
    rank_keys,
    read_item,
    read_score,
    sort_keys,
)

Result = TypeVar("Result")

# With fewer buyers, of two neighbours with equal float32 scores the one with more buyers has more co_buyers,
# so that the order of places is the published order of ties; and a class of buyers fits a byte.
_MOST_BUYERS = 1 << 22

# What an item costs beside its users' baskets, as so many items in baskets.
_ITEM_COST = 200
_BLOCKS_PER_THREAD = 32

# Classes of buyers between a number and its double; of scores there are twice as many.
_CLASSES = 11
_CACHE_LINE = 16  # places


class _Purchases(NamedTuple):
    """Who bought what. Items have places by popularity: 0 has most buyers, equals go by item code.

    buyers_of: bounds (items + 1,) of each item code in `users` (nonzeros,).
    items_of: bounds (users + 1,) of each user in `baskets` (nonzeros,), which holds places.
    place_of: the place (items,) of each item code; code_of: the item code (items,) of each place.
    buyers: by place (items,).
    buyer_classes: by place (items,), the logarithm of its buyers, rounded up.
    co_buyer_classes: by number of co-buyers, 0 among them, twice the logarithm, rounded down, and so far
    raised that less the other class it is positive where there are co-buyers: this is the class of a score.
    """

    buyers_of: NDArray[np.int32]
    users: NDArray[np.int32]
    items_of: NDArray[np.int32]
    baskets: NDArray[np.int32]
    place_of: NDArray[np.int32]
    code_of: NDArray[np.int32]
    buyers: NDArray[np.integer]
    buyer_classes: NDArray[np.uint8]
    co_buyer_classes: NDArray[np.int16]


def train(interactions: Interactions, options: Options) -> list[RankedTable]:
    """The k most similar items of each item.

    score = |buyers(i) ∩ buyers(j)| / sqrt(|buyers(i)| · |buyers(j)|), in (0, 1], as float32;
    co_buyers = |buyers(i) ∩ buyers(j)|. Quantities and repeats do not count. Order: score, then co_buyers,
    both from the highest, then the similar item's id. Never the item itself; an item that shares no buyer
    with another has no rows. k is options.k["item_similarities"]; there are no parameters.

    Time grows with the sum over users of their items squared; the memory beside the rows with the items and
    the purchases. Raises ValueError where an item has 4,194,304 buyers or more.
    """
    k, ids = options.k["item_similarities"], interactions.item_ids
    tables = rank_neighbours(
        interactions.user_items, k, count_cores(), lambda start, stop, found: found.to_table(ids, start, stop)
    )
    rows = pa.concat_tables([ITEM_SIMILARITIES.empty_table(), *tables])
    return [RankedTable("item_similarities", "cosine", rows)]


def rank_neighbours(
    user_items: csr_matrix, k: int, threads: int, finish: Callable[[int, int, Neighbours], Result]
) -> Iterator[Result]:
    """Yield, block by block in their order, what `finish` makes of the neighbours of the items [start, stop).

    user_items: users × items, of which each nonzero counts as a purchase and none is there twice. `finish` is
    called on the threads that rank. Raises as `train`.
    """
    purchases, work = _arrange_purchases(user_items)
    blocks = split_blocks(work + _ITEM_COST, int(work.sum()) // (threads * _BLOCKS_PER_THREAD) + _ITEM_COST)
    rows = np.clip(work - 1, 0, k)
    own = local()

    def rank_block(start: int, stop: int) -> Result:
        if not hasattr(own, "scratch"):
            own.scratch = _make_scratch(purchases)
        most = int(rows[start:stop].sum())
        return finish(start, stop, _rank_items(start, stop, k, purchases, own.scratch, most))

    with show_progress(len(work), "cosine", "items") as progress:
        for start, stop, result in run_blocks(rank_block, blocks, threads):
            yield result
            progress.update(stop - start)


def _arrange_purchases(user_items: csr_matrix) -> tuple[_Purchases, NDArray[np.int64]]:
    """The purchases, and for each item code (items,) the items in its buyers' baskets, itself included."""
    items, pairs = user_items.shape[1], user_items.nnz
    counts = count_rows(user_items.indices, items)
    most = counts.max(initial=0)
    if most >= _MOST_BUYERS:
        raise ValueError(f"An item has {most:,} buyers; cosine takes fewer than {_MOST_BUYERS:,}.")
    kind = np.uint16 if most < 1 << 16 else np.int32  # half the bytes are half the misses of the cache
    code_of = np.argsort((most - counts).astype(kind), kind="stable").astype(np.int32)
    place_of = np.empty_like(code_of)
    place_of[code_of] = np.arange(items, dtype=np.int32)
    buyers_of = np.append(0, np.cumsum(counts)).astype(np.int32)
    users, baskets, work = np.empty(pairs, np.int32), np.empty(pairs, np.int32), np.zeros(items, np.int64)
    _spread_purchases(
        user_items.indptr, user_items.indices, place_of, buyers_of[:-1].copy(), users, baskets, work
    )
    buyers = counts[code_of]
    buyer_classes = np.ceil(_CLASSES * np.log2(np.maximum(buyers, 1))).astype(np.uint8)
    co_buyer_classes = np.zeros(most + 1, np.int16)
    logarithms = np.log2(np.arange(1, most + 1))
    co_buyer_classes[1:] = np.floor(2 * _CLASSES * logarithms) + buyer_classes.max(initial=0) + 1
    purchases = _Purchases(
        buyers_of,
        users,
        user_items.indptr,
        baskets,
        place_of,
        code_of,
        buyers.astype(kind),
        buyer_classes,
        co_buyer_classes,
    )
    return purchases, work


@compile_kernel
def _spread_purchases(
    items_of: Any, items: Any, place_of: Any, ends: Any, users: Any, baskets: Any, work: Any
) -> None:
    """Fill users, baskets and work; ends (items,) go from where each item's users begin to where they end."""
    for user in range(len(items_of) - 1):
        size = items_of[user + 1] - items_of[user]
        for n in range(items_of[user], items_of[user + 1]):
            item = items[n]
            baskets[n] = place_of[item]
            users[ends[item]] = user
            ends[item] += 1
            work[item] += size


class _Scratch(NamedTuple):
    """What one thread works in.

    counts: co-buyers by place (items,), zero before and after each item.
    baskets: bounds (most buyers, 2) of the baskets of the item's buyers.
    touched, co_buyers, classes, buyers, scores, keys: of each candidate (items,); touched is its place.
    sizes: how many candidates are of each class, zero before and after each item.
    """

    counts: Any
    baskets: Any
    touched: Any
    co_buyers: Any
    classes: Any
    sizes: Any
    buyers: Any
    scores: Any
    keys: Any


def _make_scratch(purchases: _Purchases) -> _Scratch:
    items, kind = len(purchases.buyers), purchases.buyers.dtype
    return _Scratch(
        counts=np.zeros(items, kind),
        baskets=np.empty((purchases.buyers.max(initial=0), 2), np.int32),
        touched=np.empty(items + 1, np.int32),
        co_buyers=np.empty(items, kind),
        classes=np.empty(items, np.int16),
        sizes=np.zeros(purchases.co_buyer_classes[-1] + 1, np.int32),
        buyers=np.empty(items, kind),
        scores=np.empty(items, np.float32),
        keys=np.empty(items, np.uint64),
    )


def _rank_items(
    start: int, stop: int, k: int, purchases: _Purchases, scratch: _Scratch, most: int
) -> Neighbours:
    """The neighbours of the item codes [start, stop), which are at most so many rows."""
    similar, co_buyers = np.empty(most, np.int32), np.empty(most, scratch.co_buyers.dtype)
    scores, sizes = np.empty(most, np.float32), np.empty(stop - start, np.int32)
    found = _rank_block(start, stop, k, purchases, scratch, similar, scores, co_buyers, sizes)
    return Neighbours(sizes, similar[:found], scores[:found], co_buyers[:found])


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
    counts, touched, keys = scratch.counts, scratch.touched, scratch.keys
    ranks = np.empty(SHORT, np.int64)
    found = 0
    for item in range(start, stop):
        met = _count_co_buyers(item, purchases, scratch)
        _classify(met, purchases, scratch)
        kept = _keep_classes(met, _find_floor(met, k, scratch.sizes), scratch)
        _score_exactly(purchases.buyers[purchases.place_of[item]], kept, purchases, scratch)
        for t in range(kept):
            keys[t] = pack_key(scratch.scores[t], touched[t])
        size = min(kept, k)
        if kept <= SHORT:
            rank_keys(keys, kept, ranks)
            for t in range(kept):
                if ranks[t] < size:
                    row = found + ranks[t]
                    similar[row], scores[row] = purchases.code_of[touched[t]], scratch.scores[t]
                    co_buyers[row] = scratch.co_buyers[t]
        else:
            for t in range(kept):
                counts[touched[t]] = scratch.co_buyers[t]
            keep_smallest(keys, kept, size)
            sort_keys(keys, size)
            for rank in range(size):
                row, other = found + rank, read_item(keys[rank])
                similar[row], scores[row] = purchases.code_of[other], read_score(keys[rank])
                co_buyers[row] = counts[other]
            for t in range(kept):
                counts[touched[t]] = 0
        sizes[item - start] = size
        found += size
    return found


@compile_kernel
def _count_co_buyers(item: int, purchases: Any, scratch: Any) -> int:
    """Add up `counts` over the baskets of the item's buyers, but for the item itself, whose count stays 0.

    Returns how many places were met; `touched` holds them, the item's own among them.
    """
    counts, touched, bounds, baskets = scratch.counts, scratch.touched, scratch.baskets, purchases.baskets
    first = purchases.buyers_of[item]
    buyers = purchases.buyers_of[item + 1] - first
    for n in range(buyers):
        user = purchases.users[first + n]
        bounds[n, 0], bounds[n, 1] = purchases.items_of[user], purchases.items_of[user + 1]
    # Each basket is a miss of the cache: asked for one after the other, they are fetched at the same time.
    seen = 0
    for n in range(buyers):
        for position in range(bounds[n, 0], bounds[n, 1], _CACHE_LINE):
            seen |= baskets[position]
    met = 0 if seen >= 0 else -1
    for n in range(buyers):
        for position in range(bounds[n, 0], bounds[n, 1]):
            other = baskets[position]
            count = counts[other]
            touched[met] = other
            met += count == 0
            counts[other] = count + 1
    counts[purchases.place_of[item]] = 0
    return met


@compile_kernel
def _classify(met: int, purchases: Any, scratch: Any) -> None:
    """Move the co-buyers of touched[:met] out of `counts` and class their scores; 0 is without a co-buyer."""
    counts, sizes = scratch.counts, scratch.sizes
    for t in range(met):
        other = scratch.touched[t]
        count = counts[other]
        counts[other] = 0
        scratch.co_buyers[t] = count
        best = purchases.co_buyer_classes[count] - np.int16(purchases.buyer_classes[other])
        scratch.classes[t] = max(best, 0)
        sizes[max(best, 0)] += 1


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
    """Move the candidates of class `floor` and above to the front; returns how many they are."""
    touched, co_buyers = scratch.touched, scratch.co_buyers
    kept = 0
    for t in range(met):
        # Written in any case: a branch could not be foreseen.
        touched[kept], co_buyers[kept] = touched[t], co_buyers[t]
        kept += scratch.classes[t] >= floor
    return kept


@compile_kernel
def _score_exactly(buyers: int, size: int, purchases: Any, scratch: Any) -> None:
    """The scores of the first `size` candidates, each rounded once to float32."""
    for t in range(size):
        scratch.buyers[t] = purchases.buyers[scratch.touched[t]]
    for t in range(size):
        product = np.float64(buyers) * np.float64(scratch.buyers[t])
        scratch.scores[t] = np.float32(np.float64(scratch.co_buyers[t]) / np.sqrt(product))
