"""Best sellers of the window: the items that most users bought."""

from __future__ import annotations

from include.evaluation.baselines.filling import fill_lists, rank_items
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """From the most different buyers, then by item; the same for those whom the window does not know."""
    popular = rank_items(window.buyers)
    return fill_lists(window, k, context.exclude_purchased, shared=[popular])
