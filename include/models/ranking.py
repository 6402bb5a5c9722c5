"""The one order of every scored list, and the blocks of the loops that make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.models.tables import mark_starts, number_rows


def order_scores(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Map finite float32 scores (n,) to integers that grow as the score falls; 0.0 and -0.0 are equal."""
    bits = (scores + np.float32(0)).view(np.uint32)
    return np.where(bits >> 31, bits, ~bits ^ np.uint32(1 << 31))


def mark_contenders(groups: NDArray[np.integer], scores: NDArray[np.float32], k: int) -> NDArray[np.bool_]:
    """Mark (n,) the rows whose score is at least the k-th best of their group, boundary ties included.

    `groups` (n,) must be sorted and fit 32 bits. A plain sort of packed integers: several times faster than
    ranking all rows by several keys, and what it leaves is short.
    """
    keys = groups.astype(np.uint64) << np.uint64(32) | order_scores(scores)
    first = np.flatnonzero(mark_starts(groups))
    sizes = np.diff(first, append=len(groups))
    kth = np.sort(keys)[first + np.minimum(sizes, k) - 1]
    return keys <= np.repeat(kth, sizes)


def rank_scores(
    groups: NDArray[np.integer],
    scores: NDArray[np.float32],
    items: NDArray[np.integer],
    k: int,
    co_buyers: NDArray[np.integer] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rank rows within their group and keep the first k.

    By score from the highest (as the published float32), then co_buyers from the most where given, then item
    code from the lowest. Returns the kept rows' indices in published order, and their ranks 1..n.
    """
    keys = [items, order_scores(scores), groups]
    if co_buyers is not None:
        keys.insert(1, -co_buyers)
    order = np.lexsort(keys)
    rank = number_rows(mark_starts(groups[order])) + 1
    kept = rank <= k
    return order[kept], rank[kept].astype(np.int32)


def number_places(sizes: NDArray[np.integer]) -> NDArray[np.int32]:
    """The ranks 1..n of lists of the given sizes, one list after the other."""
    total = np.cumsum(sizes, dtype=np.int64)
    first = np.repeat(total - sizes, sizes)
    return (np.arange(len(first)) - first + 1).astype(np.int32)


def split_blocks(costs: NDArray[np.integer], limit: int) -> list[tuple[int, int]]:
    """Cut rows 0..n into consecutive blocks [start, stop) whose costs (n,) sum to at most `limit`.

    A row that alone costs more is a block of its own.
    """
    total = np.cumsum(costs, dtype=np.int64)
    blocks: list[tuple[int, int]] = []
    start, spent = 0, 0
    while start < len(costs):
        stop = max(start + 1, int(np.searchsorted(total, spent + limit, side="right")))
        blocks.append((start, stop))
        start, spent = stop, int(total[stop - 1])
    return blocks
