"""What each candidate source proposes, as lists of integer codes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import (
    BEST_SELLERS,
    CO_BUYERS,
    ITEM_ID,
    ITEM_SIMILARITIES,
    RANK,
    RECENT_ITEMS,
    SCORE,
    SIMILAR_ITEM_ID,
    USER_ID,
    USER_RECOMMENDATIONS,
)
from include.dataset.interactions import Interactions
from include.dataset.tables import conform_table, find_ids
from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists
from include.models.recent_items import PURCHASE


def group_neighbours(
    similarities: pa.Table, interactions: Interactions, shown: NDArray[np.bool_], min_co_buyers: int
) -> RankedLists:
    """The similar items of each item, from `columns.ITEM_SIMILARITIES`, by score from the highest, then code.

    Those that `shown` (items,) leaves out, and those that fewer than `min_co_buyers` users bought with the
    item, are not there.
    """
    rows = conform_table(similarities, ITEM_SIMILARITIES, "similarities")
    owners = find_ids(rows[ITEM_ID], interactions.item_ids, "similarities")
    items = find_ids(rows[SIMILAR_ITEM_ID], interactions.item_ids, "similarities")
    wanted = shown[items] & (rows[CO_BUYERS].to_numpy() >= min_co_buyers)
    scores = _read_scores(rows, "similarities")
    lists = _group(owners, interactions.items, items, scores, rows[RANK].to_numpy(), wanted)
    _sort_lists(*lists)
    return lists


def group_recommendations(
    recommendations: pa.Table, interactions: Interactions, shown: NDArray[np.bool_]
) -> RankedLists:
    """The recommendations of each user, from `columns.USER_RECOMMENDATIONS`, that are `shown` (items,)."""
    rows = conform_table(recommendations, USER_RECOMMENDATIONS, "recommendations")
    owners = find_ids(rows[USER_ID], interactions.user_ids, "recommendations")
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "recommendations")
    scores = _read_scores(rows, "recommendations")
    return _group(owners, interactions.users, items, scores, rows[RANK].to_numpy(), shown[items])


def group_recent(recent_items: pa.Table, interactions: Interactions) -> RankedLists:
    """What each user bought, newest first, from `columns.RECENT_ITEMS`; the scores are all 1."""
    rows = conform_table(recent_items, RECENT_ITEMS, "recent items")
    rows = rows.filter(pc.equal(rows["event_type"], PURCHASE))
    owners = find_ids(rows[USER_ID], interactions.user_ids, "recent items")
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "recent items")
    every = np.ones(len(items), np.bool_)
    scores = np.ones(len(items), np.float32)
    return _group(owners, interactions.users, items, scores, rows[RANK].to_numpy(), every)


def list_best_sellers(
    best_sellers: pa.Table, interactions: Interactions, shown: NDArray[np.bool_]
) -> RankedLists:
    """The best sellers of the whole mall that are `shown` (items,), from `columns.BEST_SELLERS`, as one list.

    score = buyers / users.
    """
    rows = conform_table(best_sellers, BEST_SELLERS, "best sellers")
    rows = rows.filter(pc.equal(rows["category"], ""))
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "best sellers")
    scores = (rows["buyers"].to_numpy() / max(1, interactions.users)).astype(np.float32)
    owners = np.zeros(len(items), np.int64)
    return _group(owners, 1, items, scores, rows[RANK].to_numpy(), shown[items])


def _read_scores(rows: pa.Table, what: str) -> NDArray[np.float32]:
    scores = rows[SCORE].to_numpy()
    if np.isnan(scores).any():
        raise ValueError(f"The {what} hold a score that is not a number.")
    return scores


def _group(
    owners: NDArray[np.int64],
    size: int,
    items: NDArray[np.int64],
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
    wanted: NDArray[np.bool_],
) -> RankedLists:
    """The wanted rows by owner and rank; tables mostly come so, and a sort costs far more than a look."""
    owners, items, scores, ranks = owners[wanted], items[wanted], scores[wanted], ranks[wanted]
    in_order = owners[1:] > owners[:-1]
    in_order |= (owners[1:] == owners[:-1]) & (ranks[1:] >= ranks[:-1])
    if not in_order.all():
        order = np.lexsort((ranks, owners))
        owners, items, scores = owners[order], items[order], scores[order]
    bounds = np.searchsorted(owners, np.arange(size + 1))
    return RankedLists(bounds, items.astype(np.int32), scores)


@compile_kernel
def _sort_lists(bounds: NDArray[np.int64], items: NDArray[np.int32], scores: NDArray[np.float32]) -> None:
    """Sort each list in place by score from the highest, then item; few have anything to sort."""
    for owner in range(len(bounds) - 1):
        start, stop = bounds[owner], bounds[owner + 1]
        for row in range(start + 1, stop):
            ties = scores[row] == scores[row - 1]
            if scores[row] > scores[row - 1] or (ties and items[row] < items[row - 1]):
                order = np.argsort(items[start:stop], kind="mergesort")
                order = order[np.argsort(-scores[start:stop][order], kind="mergesort")]
                items[start:stop] = items[start:stop][order]
                scores[start:stop] = scores[start:stop][order]
                break
