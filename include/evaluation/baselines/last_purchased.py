"""What each user bought last, once more."""

from __future__ import annotations

import numpy as np

from include.dataset.grouping import mark_starts
from include.evaluation.baselines.filling import fill_lists, list_purchases, rank_pairs
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """The user's different items from the newest purchase of each, then by item."""
    users, items, times = list_purchases(window)
    order = np.lexsort((-times, items, users))
    users, items, times = users[order], items[order], times[order]
    newest = mark_starts(users, items)
    lists = rank_pairs(users[newest], items[newest], times[newest], len(window.user_ids))
    return fill_lists(window, k, context.exclude_purchased, own=lists)
