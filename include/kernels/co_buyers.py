"""Who bought what, arranged in memory so that the co-buyers of each item are counted quickly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.compiling import compile_kernel
from include.kernels.intrinsics import fetch
from include.kernels.threads import run_all

# With fewer buyers, of two neighbours with equal float32 scores the one with more buyers has more co_buyers,
# so that the order of places is the published order of ties; and a class of buyers fits a byte.
MOST_BUYERS = 1 << 22
MOST_ITEMS = 1 << 24
MOST_PAIRS = 1 << 31
PLACE_BITS = np.uint32(24)
PLACE = np.uint32((1 << 24) - 1)
_SIZE_BITS = np.uint64(24)
_SIZE = np.uint64((1 << 24) - 1)

_CLASSES = 11  # of buyers between a number and its double; of scores there are twice as many

_AHEAD = 16  # how many rows before it is needed an element in memory is asked for
_MOST_PARTS = 8  # each has some numbers for every item
_CACHE_LINE = 16  # labels
_FETCHED = np.uint64(4 * _CACHE_LINE)  # of a history; the processor itself goes on with a longer one


class Purchases(NamedTuple):
    """Who bought what. Items have places by popularity: 0 has most buyers, equals go by item code.

    buyers_of: bounds (items + 1,) of each item code in `spans`.
    spans: the history of each buyer (nonzeros,): where it begins in `histories`, and in the lower _SIZE_BITS
    its length.
    histories: the labels (nonzeros,) of what each user bought. A label is an item's place in its lower
    PLACE_BITS, and above them the class of its buyers: the logarithm, rounded up.
    place_of: the place (items,) of each item code; code_of: the item code (items,) of each place.
    buyers: by place (items,).
    co_buyer_classes: by number of co-buyers, 0 among them, twice the logarithm, rounded down, and so far
    raised that less the class of any item it is positive where there are co-buyers: this is the class of a
    score.
    """

    buyers_of: NDArray[np.int32]
    spans: NDArray[np.uint64]
    histories: NDArray[np.uint32]
    place_of: NDArray[np.int32]
    code_of: NDArray[np.int32]
    buyers: NDArray[np.integer]
    co_buyer_classes: NDArray[np.int16]


def arrange_purchases(user_items: csr_matrix, threads: int) -> tuple[Purchases, NDArray[np.int64]]:
    """The purchases, and for each item code (items,) the items in its buyers' histories, itself included.

    user_items: users × items, of which each nonzero counts as a purchase and none is there twice; of fewer
    than MOST_ITEMS, MOST_PAIRS, and MOST_BUYERS of any item.
    """
    items, items_of, codes = user_items.shape[1], user_items.indptr, user_items.indices
    parts = list(cut_evenly(items_of, min(threads, _MOST_PARTS)))
    shares = count_parts(codes, items_of[[0, *(stop for _, stop in parts)]], items)
    counts = shares.sum(axis=0)
    most = counts.max(initial=0)
    kind = np.uint16 if most < 1 << 16 else np.int32  # half the bytes are half the misses of the cache
    code_of = np.argsort((most - counts).astype(kind), kind="stable").astype(np.int32)
    place_of = np.empty_like(code_of)
    place_of[code_of] = np.arange(items, dtype=np.int32)
    buyer_classes = np.ceil(_CLASSES * np.log2(np.maximum(counts, 1))).astype(np.uint32)
    labels = place_of.astype(np.uint32) | buyer_classes << PLACE_BITS
    co_buyer_classes = np.zeros(most + 1, np.int16)
    logarithms = np.log2(np.arange(1, most + 1))
    co_buyer_classes[1:] = np.floor(2 * _CLASSES * logarithms) + buyer_classes.max(initial=0) + 1

    buyers_of = np.append(0, np.cumsum(counts)).astype(np.int32)
    # The spans of an item are in order of the users; each part of these fills a stretch of its own.
    ends = (buyers_of[:-1] + np.cumsum(shares, axis=0) - shares).astype(np.int32)
    spans, histories = np.empty(user_items.nnz, np.uint64), np.empty(user_items.nnz, np.uint32)

    def spread(part: int, _: int) -> None:
        _spread_purchases(*parts[part], items_of, codes, labels, ends[part], spans, histories)

    run_all(spread, pairwise(range(len(parts) + 1)), threads)
    buyers = counts[code_of].astype(kind)
    purchases = Purchases(buyers_of, spans, histories, place_of, code_of, buyers, co_buyer_classes)
    return purchases, _sum_histories(buyers_of, spans)


def cut_evenly(starts: NDArray[np.integer], parts: int) -> Iterator[tuple[int, int]]:
    """Ranges of runs, at most `parts`, that cover all and have about as many rows each."""
    wanted = np.linspace(0, starts[-1], parts + 1)[1:-1]
    edges = np.unique([0, *np.searchsorted(starts, wanted), len(starts) - 1])
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def count_parts(codes: NDArray[np.int32], edges: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """How many rows of each part have each code (parts, size); part p is codes[edges[p] : edges[p + 1]]."""
    shares = np.empty((len(edges) - 1, size), np.int64)
    for part, (first, stop) in enumerate(pairwise(edges)):
        shares[part] = np.bincount(codes[first:stop], minlength=size)
    return shares


@compile_kernel
def _spread_purchases(
    first: int, stop: int, items_of: Any, items: Any, labels: Any, ends: Any, spans: Any, histories: Any
) -> None:
    """Fill spans and histories from the users [first, stop).

    ends (items,) go from where the spans of these users begin, for each item, to where they end.
    """
    for user in range(first, stop):
        size = items_of[user + 1] - items_of[user]
        span = np.uint64(items_of[user]) << _SIZE_BITS | np.uint64(size)
        for n in range(items_of[user], items_of[user + 1]):
            if n + 2 * _AHEAD < items_of[stop]:
                fetch(ends, items[n + 2 * _AHEAD])
                fetch(spans, ends[items[n + _AHEAD]])
            item = items[n]
            histories[n] = labels[item]
            spans[ends[item]] = span
            ends[item] += 1


@compile_kernel
def _sum_histories(buyers_of: Any, spans: Any) -> NDArray[np.int64]:
    """The sum (items,) of the lengths of each item's spans."""
    sums = np.empty(len(buyers_of) - 1, np.int64)
    for item in range(len(sums)):
        size = np.uint64(0)
        for n in range(buyers_of[item], buyers_of[item + 1]):
            size += spans[n] & _SIZE
        sums[item] = size
    return sums


@compile_kernel
def count_co_buyers(item: int, purchases: Any, counts: Any, labels: Any) -> int:
    """Add up `counts` by place over the histories of the item's buyers; returns how many `labels` were met.

    A history lies anywhere in memory, and the loop by itself asks for it too late: those of the buyers to
    come, be they of this item or of the next, are fetched while the counting goes on.
    """
    spans, histories = purchases.spans, purchases.histories
    met = 0
    for n in range(purchases.buyers_of[item], purchases.buyers_of[item + 1]):
        if n + _AHEAD < len(spans):
            begin, size = spans[n + _AHEAD] >> _SIZE_BITS, spans[n + _AHEAD] & _SIZE
            for position in range(begin, begin + min(size, _FETCHED), _CACHE_LINE):
                fetch(histories, position)
        begin, size = spans[n] >> _SIZE_BITS, spans[n] & _SIZE
        for position in range(begin, begin + size):
            label = histories[position]
            place = label & PLACE
            count = counts[place]
            labels[met] = label
            met += count == 0
            counts[place] = count + 1
    return met
