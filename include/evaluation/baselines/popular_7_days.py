"""Best sellers of the newest days: the items that most users bought in them."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from include.evaluation.baselines.filling import fill_lists, list_purchases, rank_items
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context

DAYS: Final = 7
SETTINGS: Final = {"days": DAYS}

_DAY: Final = 86_400_000_000  # microseconds


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """From the most different buyers in the `DAYS` times 24 hours that end with the window's newest purchase,
    then by item; then the best sellers of the whole window. The same for those whom the window does not know.
    """
    shape = window.purchased.shape
    users, items, times = list_purchases(window)
    is_late = times > times.max(initial=0) - DAYS * _DAY
    pairs = users[is_late], items[is_late]
    late = csr_matrix((np.ones(len(pairs[0]), np.int32), pairs), shape=shape)
    late.sum_duplicates()
    shared = [rank_items(np.bincount(late.indices, minlength=shape[1])), rank_items(window.buyers)]
    return fill_lists(window, k, context.exclude_purchased, shared=shared)
