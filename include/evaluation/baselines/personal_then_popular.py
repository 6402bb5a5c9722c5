"""What each user bought most often, then what most users bought."""

from __future__ import annotations

from include.evaluation.baselines.filling import fill_lists, list_pairs, rank_items, rank_pairs
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context


def rank(window: Window, k: int, context: Context) -> RankedLists:
    """The user's items from the most purchases, then by item; then best sellers of the window, which alone
    are for those whom it does not know."""
    personal = rank_pairs(*list_pairs(window), len(window.user_ids))
    popular = rank_items(window.buyers)
    return fill_lists(window, k, context.exclude_purchased, own=personal, shared=[popular])
