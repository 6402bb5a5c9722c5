"""The nearest of items that the catalogue describes, as rows of the published table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from include.columns import ITEM_SIMILARITIES
from include.kernels import RankedLists, rank_nearest, rank_neighbours
from include.models.base import Context
from include.models.item_features import Items
from include.models.rows import name_neighbours
from include.progress import show_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# The price has a say among so many times as many as are wanted.
LONGER: Final = 2

_BLOCK: Final = 1 << 15  # items whose rows are named at once
_PAIRS: Final = 1 << 18  # pairs whose buyers are compared at once

# Lists of the items [start, stop).
Blocks = Iterator[tuple[int, int, RankedLists]]


def rank_by_features(features: csr_matrix, buyers: NDArray[np.int64], k: int, context: Context) -> Blocks:
    """The k items of each item whose rows of `features` have the largest dot product with its own.

    features: CSR (items, features), positive values; buyers (items,). In order of the product, then of the
    similar item's buyers, both from the highest, then of its number. Blocks are in order of the items.
    """
    # What ties stays in order of its number.
    order = np.argsort(-buyers, kind="stable").astype(np.int32)
    owners, similar, scores = [np.empty(0, np.int32)], [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    with show_progress(len(order), "content: similar items", "items") as progress:
        for start, stop, lists, _ in rank_neighbours(
            features[order].T.tocsr(), k, normalise=False, threads=context.threads, tick=progress.update
        ):
            owners.append(np.repeat(order[start:stop], lists.sizes))
            similar.append(order[lists.items])
            scores.append(lists.scores)
    of, others, values = np.concatenate(owners), np.concatenate(similar), np.concatenate(scores)
    rows = np.argsort(of, kind="stable")
    bounds = np.append(0, np.cumsum(np.bincount(of, minlength=len(order))))
    for start in range(0, len(order), _BLOCK):
        stop = min(start + _BLOCK, len(order))
        some = rows[bounds[start] : bounds[stop]]
        yield start, stop, RankedLists(bounds[start : stop + 1] - bounds[start], others[some], values[some])


def rank_by_vectors(vectors: NDArray[np.float32], item_users: csr_matrix, k: int, context: Context) -> Blocks:
    """The k items of each item whose vectors (items, f), of length 1 or 0, have the largest dot product.

    A vector of length 0 takes no part. Score and order are those of `kernels.rank_nearest`.
    """
    some = np.flatnonzero(vectors.any(axis=1)).astype(np.int32)
    unit, buyers = np.ascontiguousarray(vectors[some]), item_users[some]
    with show_progress(len(some), "content: similar items", "items") as progress:
        for start, stop, lists, _ in rank_nearest(
            unit, buyers, k, threads=context.threads, lists_mb=context.tile_mb, tick=progress.update
        ):
            first, last = some[start], some[stop - 1] + 1
            sizes = np.zeros(last - first, np.int64)
            sizes[some[start:stop] - first] = lists.sizes
            indptr = np.append(0, np.cumsum(sizes))
            yield int(first), int(last), RankedLists(indptr, some[lists.items], lists.scores)


def name_alike(
    items: Items,
    blocks: Iterable[tuple[int, int, RankedLists]],
    k: int,
    price_weight: float,
    min_score: float,
) -> pa.Table:
    """ITEM_SIMILARITIES of the lists of items by how alike their texts are, cut to k once the price is heard.

    score = (text + price_weight · the cheaper price / the dearer price) / (1 + price_weight), or the score
    of the texts alone where one of the two has no price above 0. What ties stays in its order. Scores below
    `min_score`, and of 0 and below, are left out.
    """
    prices = items.products["price"].to_numpy().astype(np.float64)
    prices = np.where(np.isfinite(prices) & (prices > 0), prices, np.nan)
    tables = [ITEM_SIMILARITIES.empty_table()]
    for start, stop, lists in blocks:
        owners = np.repeat(np.arange(start, stop), lists.sizes)
        own, other = prices[owners], prices[lists.items]
        closeness = np.minimum(own, other) / np.maximum(own, other)
        # Of rows of length 1 the product may be above 1 by the last bit.
        texts = np.minimum(lists.scores.astype(np.float64), 1)
        both = (texts + price_weight * closeness) / (1 + price_weight)
        scores = np.where(np.isnan(closeness), texts, both).astype(np.float32)
        kept = np.lexsort((-scores, owners))
        kept = kept[(scores[kept] >= min_score) & (scores[kept] > 0)]
        sizes = np.bincount(owners[kept] - start, minlength=stop - start)
        ranks = np.arange(len(kept)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        kept = kept[ranks < k]
        indptr = np.append(0, np.cumsum(np.minimum(sizes, k)))
        chosen = RankedLists(indptr, lists.items[kept], scores[kept])
        co_buyers = count_co_buyers(items.item_users, owners[kept], chosen.items)
        tables.append(name_neighbours(items.ids, start, stop, chosen, co_buyers))
    return pa.concat_tables(tables)


def count_co_buyers(
    item_users: csr_matrix, items: NDArray[np.integer], others: NDArray[np.integer]
) -> NDArray[np.int32]:
    """How many users have both of each pair (n,); item_users: CSR, items × users, with the value 1."""
    counts = np.zeros(len(items), np.int32)
    sold = np.diff(item_users.indptr) > 0
    pairs = np.flatnonzero(sold[items] & sold[others])
    for start in range(0, len(pairs), _PAIRS):
        some = pairs[start : start + _PAIRS]
        both = item_users[items[some]].multiply(item_users[others[some]])
        counts[some] = np.asarray(both.sum(axis=1)).ravel()
    return counts
