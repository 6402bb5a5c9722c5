"""The best items of rows whose scores are all there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.ranking import number_ranks


def rank_scores(scores: NDArray[np.float32], k: int, hidden: csr_matrix | None = None) -> RankedLists:
    """The k best items of each row of the scores (n, m), which are finite.

    In order of score from the highest, then of item number. A nonzero of `hidden` (n, m) does not compete,
    and its score is overwritten; a row with fewer than k others has all of them. Raises ValueError for a k
    below 1.
    """
    if k < 1:
        raise ValueError(f"A list holds at least one item; k is {k}.")
    rows, items = scores.shape
    if hidden is not None:
        scores[hidden.nonzero()] = -np.inf
    if not items:
        return RankedLists(
            sum_sizes(np.zeros(rows, np.int64)), np.empty(0, np.int32), np.empty(0, np.float32)
        )
    kth = max(0, items - k)
    floors = np.maximum(np.partition(scores, kth, axis=1)[:, kth], np.finfo(np.float32).min)
    owners, found = np.nonzero(scores >= floors[:, None])
    values = scores[owners, found]
    order = np.lexsort((found, -values, owners))
    # The owners are in order already, and ties at the floor may make a list longer than k.
    kept = order[number_ranks(np.bincount(owners, minlength=rows)) <= k]
    sizes = np.bincount(owners[kept], minlength=rows)
    return RankedLists(sum_sizes(sizes), found[kept].astype(np.int32), values[kept])
