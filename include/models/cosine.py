"""Item-item cosine over who bought what.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001, with purchases as 0 and 1. Counted item by item, as in G. Linden, B. Smith, J. York: Amazon.com
recommendations: item-to-item collaborative filtering, IEEE Internet Computing 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.models.columns import ITEM_SIMILARITIES
from include.models.interactions import Interactions
from include.models.kernels import compile_kernel, count_cores, run_blocks
from include.models.progress import show_progress
from include.models.ranked import Neighbours, Options, RankedTable
from include.models.ranking import number_places, split_blocks
from include.models.selection import keep_smallest, pack_key, read_item, read_score, sort_keys
from include.models.tables import take_ids

Result = TypeVar("Result")

# With fewer buyers, of two neighbours with equal float32 scores the one with more buyers has more co_buyers,
# so that the order of places is the published order of ties.
_MOST_BUYERS = 1 << 22

# What an item costs beside its users' baskets, as so many items in baskets.
_ITEM_COST = 200
_BLOCKS_PER_THREAD = 32

# A score falls into one of 16 classes between a power of two and the next: the top bits of its float32.
_CLASS_BITS = np.uint32(19)
_BEST_CLASS = int(np.float32(1).view(np.uint32) >> _CLASS_BITS) + 1
_CLASSES = 512  # down to scores of 2**-31; what is less is of the last class
# The approximate scores are off by less than that.
_SLACK = np.float32(1 - 1e-6)


class _Purchases(NamedTuple):
    """Who bought what. Items have places by popularity: 0 has most buyers, equals go by item code.

    buyers_of: bounds (items + 1,) of each item code in `users` (nonzeros,). items_of: bounds (users + 1,) of
    each user in `baskets` (nonzeros,), which holds places. place_of: the place (items,) of each item code.
    By place (items,): buyers, int32; inverse_roots, 1 / sqrt(buyers) as float32.
    """

    buyers_of: NDArray[np.int32]
    users: NDArray[np.int32]
    items_of: NDArray[np.int32]
    baskets: NDArray[np.int32]
    place_of: NDArray[np.int32]
    buyers: NDArray[np.int32]
    inverse_roots: NDArray[np.float32]


def train(interactions: Interactions, options: Options) -> list[RankedTable]:
    """The k most similar items of each item.

    score = |buyers(i) ∩ buyers(j)| / sqrt(|buyers(i)| · |buyers(j)|), in (0, 1], as float32;
    co_buyers = |buyers(i) ∩ buyers(j)|. Quantities and repeats do not count. Order: score, then co_buyers,
    both from the highest, then the similar item's id. Never the item itself; an item that shares no buyer
    with another has no rows. k is options.k["item_similarities"]; there are no parameters.

    Time grows with the sum over users of their items squared; the memory beside the rows with the items and
    the purchases. Raises ValueError where an item has 4,194,304 buyers or more.
    """

    def name_items(start: int, stop: int, found: Neighbours) -> pa.Table:
        columns = [
            take_ids(interactions.item_ids, np.repeat(np.arange(start, stop), found.sizes)),
            pa.array(number_places(found.sizes)),
            take_ids(interactions.item_ids, found.items),
            pa.array(found.scores),
            pa.array(found.co_buyers),
        ]
        return pa.table(columns, schema=ITEM_SIMILARITIES)

    found = rank_neighbours(interactions, options.k["item_similarities"], count_cores(), name_items)
    rows = pa.concat_tables([ITEM_SIMILARITIES.empty_table(), *found])
    return [RankedTable("item_similarities", "cosine", rows)]


def rank_neighbours(
    interactions: Interactions, k: int, threads: int, finish: Callable[[int, int, Neighbours], Result]
) -> Iterator[Result]:
    """Yield, block by block in their order, what `finish` makes of the neighbours of the items [start, stop).

    It is called on the threads that rank. Raises as `train`.
    """
    purchases, code_of = _arrange_purchases(interactions)
    work = _count_work(purchases)
    blocks = split_blocks(work + _ITEM_COST, int(work.sum()) // (threads * _BLOCKS_PER_THREAD) + _ITEM_COST)

    def rank_block(start: int, stop: int) -> Result:
        found = _rank_items(start, stop, k, purchases, work)
        return finish(start, stop, found._replace(items=code_of[found.items]))

    with show_progress(interactions.items, "cosine", "items") as progress:
        for start, stop, result in run_blocks(rank_block, blocks, threads):
            yield result
            progress.update(stop - start)


def _arrange_purchases(interactions: Interactions) -> tuple[_Purchases, NDArray[np.int32]]:
    """The purchases, and the item code (items,) of each place."""
    user_items = interactions.binary()
    item_users = user_items.T.tocsr()
    counts = np.diff(item_users.indptr)
    if counts.max(initial=0) >= _MOST_BUYERS:
        raise ValueError(f"An item has {counts.max():,} buyers; cosine takes fewer than {_MOST_BUYERS:,}.")
    code_of = np.argsort(-counts, kind="stable").astype(np.int32)
    place_of = np.empty_like(code_of)
    place_of[code_of] = np.arange(len(code_of))
    buyers = counts[code_of].astype(np.int32)
    inverse_roots = (1 / np.sqrt(buyers)).astype(np.float32)
    purchases = _Purchases(
        item_users.indptr,
        item_users.indices,
        user_items.indptr,
        place_of[user_items.indices],
        place_of,
        buyers,
        inverse_roots,
    )
    return purchases, code_of


def _count_work(purchases: _Purchases) -> NDArray[np.int64]:
    """For each item code (items,) the items in its buyers' baskets, its own purchases included."""
    total = np.append(0, np.cumsum(np.diff(purchases.items_of)[purchases.users], dtype=np.int64))
    return np.diff(total[purchases.buyers_of])


def _rank_items(start: int, stop: int, k: int, purchases: _Purchases, work: NDArray[np.int64]) -> Neighbours:
    """The neighbours of the item codes [start, stop), as places."""
    items = len(purchases.buyers)
    counts = np.zeros(items, np.uint16 if purchases.buyers.max(initial=0) < 1 << 16 else np.int32)
    most = int(np.minimum(work[start:stop] - 1, k).sum())
    similar, co_buyers = np.empty(most, np.int32), np.empty(most, np.int32)
    scores, sizes = np.empty(most, np.float32), np.empty(stop - start, np.int32)
    touched, keys = np.empty(items + 1, np.int32), np.empty(items, np.uint64)
    approximate = np.empty(items, np.float32)
    baskets = np.empty((purchases.buyers.max(initial=0), 2), np.int32)
    found = _rank_block(
        start,
        stop,
        k,
        purchases,
        counts,
        touched,
        baskets,
        approximate,
        keys,
        similar,
        scores,
        co_buyers,
        sizes,
    )
    return Neighbours(sizes, similar[:found], scores[:found], co_buyers[:found])


@compile_kernel
def _rank_block(
    start: int,
    stop: int,
    k: int,
    purchases: Any,
    counts: Any,
    touched: Any,
    baskets: Any,
    approximate: Any,
    keys: Any,
    similar: Any,
    scores: Any,
    co_buyers: Any,
    sizes: Any,
) -> int:
    """`_rank_items` into its results; counts (items,) are zero before and after, the other arrays scratch."""
    classes = np.zeros(_CLASSES, np.int32)
    found = 0
    for item in range(start, stop):
        place = purchases.place_of[item]
        met = _count_co_buyers(item, purchases, counts, touched, baskets)
        for t in range(met):
            other = touched[t]
            root = purchases.inverse_roots[other] * purchases.inverse_roots[place]
            approximate[t] = counts[other] * root
        floor = _bound_kth(approximate, met, k, classes)
        kept = 0
        for t in range(met):
            # Swapped in any case: a branch could not be foreseen.
            wanted = approximate[t] >= floor
            touched[kept], touched[t] = touched[t], touched[kept]
            kept += wanted
        size = _score_exactly(place, purchases, counts, touched, kept, keys)
        if size > k:
            keep_smallest(keys, size, k)
            size = k
        sort_keys(keys, size)
        for rank in range(size):
            other = read_item(keys[rank])
            similar[found], scores[found] = other, read_score(keys[rank])
            co_buyers[found] = counts[other]
            found += 1
        sizes[item - start] = size
        for t in range(met):
            counts[touched[t]] = 0
    return found


@compile_kernel
def _count_co_buyers(item: int, purchases: Any, counts: Any, touched: Any, baskets: Any) -> int:
    """Add up `counts` over the baskets of the item's buyers, but for the item itself, whose count stays 0.

    Returns how many places were met; `touched` holds them, the item's own among them.
    """
    first = purchases.buyers_of[item]
    buyers = purchases.buyers_of[item + 1] - first
    seen = 0
    for n in range(buyers):
        user = purchases.users[first + n]
        baskets[n, 0], baskets[n, 1] = purchases.items_of[user], purchases.items_of[user + 1]
    # Each basket is a miss of the cache: asked for one after the other, they are fetched at the same time.
    for n in range(buyers):
        seen |= purchases.baskets[baskets[n, 0]]
    met = 0 if seen >= 0 else -1
    for n in range(buyers):
        for position in range(baskets[n, 0], baskets[n, 1]):
            other = purchases.baskets[position]
            count = counts[other]
            touched[met] = other
            met += count == 0
            counts[other] = count + 1
    counts[purchases.place_of[item]] = 0
    return met


@compile_kernel
def _bound_kth(approximate: Any, size: int, k: int, classes: Any) -> Any:
    """A score that at least k of approximate[:size] reach, little below the k-th; 0 where they are fewer.

    classes (_CLASSES,) are zero before and after.
    """
    if size <= k:
        return np.float32(0)
    bits = approximate.view(np.uint32)
    for t in range(size):
        classes[min(_BEST_CLASS - np.int64(bits[t] >> _CLASS_BITS), _CLASSES - 1)] += 1
    left, worst = k, 0
    while left > classes[worst]:
        left -= classes[worst]
        worst += 1
    classes[:] = 0
    if worst == _CLASSES - 1:
        return np.float32(0)
    return np.uint32((_BEST_CLASS - worst) << _CLASS_BITS).view(np.float32) * _SLACK


@compile_kernel
def _score_exactly(place: int, purchases: Any, counts: Any, touched: Any, size: int, keys: Any) -> int:
    """Write the keys of touched[:size], but of those without a co-buyer, and return how many they are."""
    buyers = np.int64(purchases.buyers[place])
    kept = 0
    for t in range(size):
        other = touched[t]
        count = counts[other]
        if count:
            root = np.sqrt(np.float64(buyers * purchases.buyers[other]))
            keys[kept] = pack_key(np.float32(count / root), other)
            kept += 1
    return kept
