"""Best sellers of the categories that a user buys, by how much of each."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.dataset.catalogue import align_products
from include.evaluation.baselines.filling import (
    fill_lists,
    list_pairs,
    rank_items,
    rank_pairs,
)
from include.evaluation.window import Window
from include.kernels import RankedLists, split_blocks
from include.models.base import Context

# The most rows that are sorted at once.
_BLOCK = 5_000_000


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """From the highest P(category | user) · P(item | category), then by item; then the window's best sellers,
    which alone are for those whom it does not know.

    P(category | user): the share of the category among the user's different items that have one.
    P(item | category): the item's buyers, of those of all items of the category.
    """
    category = find_categories(window)
    buyers = window.buyers
    own = _list_own(window, category, buyers, k, context.exclude_purchased) if (category >= 0).any() else None
    return fill_lists(window, k, context.exclude_purchased, own=own, shared=[rank_items(buyers)])


def find_categories(window: Window) -> NDArray[np.int64]:
    """The code (items,) of each item's category, -1 where it has none."""
    names = align_products(window.item_ids, window.products)["category"]
    names = pc.if_else(pc.equal(names, ""), None, names).combine_chunks()
    return pc.fill_null(names.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _list_own(
    window: Window, category: NDArray[np.int64], buyers: NDArray[np.int64], k: int, exclude_purchased: bool
) -> RankedLists:
    """Enough of the best items of each user's categories that k are left without those that were bought."""
    users, size = len(window.user_ids), int(category.max()) + 1
    placed = np.flatnonzero((category >= 0) & (buyers > 0))
    placed = placed[np.lexsort((placed, -buyers[placed], category[placed]))]
    starts = np.append(0, np.cumsum(np.bincount(category[placed], minlength=size)))
    bought_of = np.bincount(category[placed], buyers[placed], size)

    owners, items, _ = list_pairs(window)
    named = category[items] >= 0
    counts = csr_matrix(
        (np.ones(int(named.sum()), np.int64), (owners[named], category[items[named]])), shape=(users, size)
    )
    counts.sum_duplicates()
    share = counts.data / np.repeat(np.maximum(1, counts.sum(axis=1).A1), np.diff(counts.indptr))
    lengths = np.minimum(np.diff(starts)[counts.indices], k + (counts.data if exclude_purchased else 0))
    rows = np.append(0, np.cumsum(lengths))
    parts = []
    for first, stop in split_blocks(np.diff(rows[counts.indptr]), _BLOCK):
        pairs = slice(counts.indptr[first], counts.indptr[stop])
        length = lengths[pairs]
        begins = rows[pairs.start : pairs.stop]
        within = np.arange(length.sum()) - np.repeat(begins - begins[0] if len(begins) else begins, length)
        found = placed[np.repeat(starts[counts.indices[pairs]], length) + within]
        scores = np.repeat(share[pairs], length) * buyers[found] / bought_of[category[found]]
        of = np.repeat(np.repeat(np.arange(stop - first), np.diff(counts.indptr[first : stop + 1])), length)
        parts.append(rank_pairs(of, found, scores, stop - first))
    indptr = np.append(0, np.cumsum(np.concatenate([np.empty(0, np.int64), *(part.sizes for part in parts)])))
    return RankedLists(
        indptr,
        np.concatenate([np.empty(0, np.int32), *(part.items for part in parts)]),
        np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)]),
    )
