"""What each user bought most often, where a purchase counts less the older it is."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from include.evaluation.baselines.filling import fill_lists, list_purchases, rank_pairs
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context

HALF_LIFE_DAYS: Final = 14.0
SETTINGS: Final = {"half_life_days": HALF_LIFE_DAYS}

_DAY: Final = 86_400_000_000  # microseconds


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """From the highest Σ over the user's purchases of the item of 0.5 ** (age / `HALF_LIFE_DAYS`), then item.

    A purchase's age is in days before the newest one of the window.
    """
    shape = window.purchased.shape
    users, items, times = list_purchases(window)
    ages = (times.max(initial=0) - times) / _DAY
    matrix = csr_matrix((0.5 ** (ages / HALF_LIFE_DAYS), (users, items)), shape=shape)
    matrix.sum_duplicates()
    owners = np.repeat(np.arange(shape[0]), np.diff(matrix.indptr))
    most = rank_pairs(owners, matrix.indices, matrix.data, shape[0])
    return fill_lists(window, k, context.exclude_purchased, own=most)
