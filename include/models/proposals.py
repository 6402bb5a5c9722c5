"""What each candidate source proposes to a block of users, in integer codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.models.columns import (
    BEST_SELLERS,
    ITEM_ID,
    ITEM_SIMILARITIES,
    RANK,
    RECENT_ITEMS,
    SCORE,
    SIMILAR_ITEM_ID,
    USER_ID,
    USER_RECOMMENDATIONS,
)
from include.models.interactions import Interactions
from include.models.ranking import order_scores
from include.models.recent_items import PURCHASE
from include.models.tables import conform_table, find_ids, mark_starts, number_rows


class Proposals(NamedTuple):
    """Items for users, sorted by user and, within a user, best first; all (n,).

    because is the code of the item that is the reason, or -1.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    scores: NDArray[np.float32]
    because: NDArray[np.int64]

    def select(self, wanted: NDArray[np.bool_] | NDArray[np.int64]) -> Proposals:
        return Proposals(self.users[wanted], self.items[wanted], self.scores[wanted], self.because[wanted])

    def places(self) -> NDArray[np.int64]:
        """0, 1, 2 … (n,) within each user."""
        return number_rows(mark_starts(self.users))


class Ranges(NamedTuple):
    """Scored items in lists: the rows of list c are bounds[c] to bounds[c + 1], best first."""

    bounds: NDArray[np.int64]
    items: NDArray[np.int64]
    scores: NDArray[np.float32]

    def expand(self, lists: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each row of the lists (m,), one after the other: which of the m it is from, and the row."""
        sizes = self.bounds[lists + 1] - self.bounds[lists]
        origin = np.repeat(np.arange(len(lists)), sizes)
        skipped = np.cumsum(sizes) - sizes
        return origin, np.arange(len(origin)) + np.repeat(self.bounds[lists] - skipped, sizes)


def join_proposals(parts: list[Proposals]) -> Proposals:
    """The parts one after the other."""
    return Proposals(
        np.concatenate([part.users for part in parts]),
        np.concatenate([part.items for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.because for part in parts]),
    )


def group_neighbours(similarities: pa.Table, interactions: Interactions) -> Ranges:
    """The similar items of each item, from `columns.ITEM_SIMILARITIES`."""
    rows = conform_table(similarities, ITEM_SIMILARITIES, "similarities")
    owners = find_ids(rows[ITEM_ID], interactions.item_ids, "similarities")
    items = find_ids(rows[SIMILAR_ITEM_ID], interactions.item_ids, "similarities")
    return _group(owners, interactions.items, items, rows[SCORE].to_numpy(), rows[RANK].to_numpy())


def group_recommendations(recommendations: pa.Table, interactions: Interactions) -> Ranges:
    """The recommendations of each user, from `columns.USER_RECOMMENDATIONS`."""
    rows = conform_table(recommendations, USER_RECOMMENDATIONS, "recommendations")
    owners = find_ids(rows[USER_ID], interactions.user_ids, "recommendations")
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "recommendations")
    return _group(owners, interactions.users, items, rows[SCORE].to_numpy(), rows[RANK].to_numpy())


def group_recent(recent_items: pa.Table, interactions: Interactions) -> Ranges:
    """What each user bought, newest first, from `columns.RECENT_ITEMS`; the scores are all 1."""
    rows = conform_table(recent_items, RECENT_ITEMS, "recent items")
    rows = rows.filter(pc.equal(rows["event_type"], PURCHASE))
    owners = find_ids(rows[USER_ID], interactions.user_ids, "recent items")
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "recent items")
    scores = np.ones(len(items), np.float32)
    return _group(owners, interactions.users, items, scores, rows[RANK].to_numpy())


def list_best_sellers(best_sellers: pa.Table, interactions: Interactions) -> Ranges:
    """The best sellers of the whole mall as one list, from `columns.BEST_SELLERS`; score = buyers / users."""
    rows = conform_table(best_sellers, BEST_SELLERS, "best sellers")
    rows = rows.filter(pc.equal(rows["category"], ""))
    items = find_ids(rows[ITEM_ID], interactions.item_ids, "best sellers")
    scores = (rows["buyers"].to_numpy() / max(1, interactions.users)).astype(np.float32)
    return _group(np.zeros(len(items), np.int64), 1, items, scores, rows[RANK].to_numpy())


def _group(
    owners: NDArray[np.int64],
    size: int,
    items: NDArray[np.int64],
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
) -> Ranges:
    order = np.lexsort((ranks, owners))
    bounds = np.searchsorted(owners[order], np.arange(size + 1))
    return Ranges(bounds, items[order], scores[order])


def propose_neighbours(recent: Ranges, neighbours: Ranges, users: NDArray[np.int64]) -> Proposals:
    """Every neighbour of the users' recent items once, with its best score and the item that gave it.

    Where several recent items give the best score, the newest of them. In order of score from the highest,
    then of that recent item from the newest, then of item code.
    """
    origin, rows = recent.expand(users)
    owner, seed = users[origin], recent.items[rows]
    age = number_rows(mark_starts(owner))
    origin, rows = neighbours.expand(seed)
    owner, seed, age = owner[origin], seed[origin], age[origin]
    items, scores = neighbours.items[rows], neighbours.scores[rows]
    worse = order_scores(scores)
    order = np.lexsort((age, worse, items, owner))
    order = order[mark_starts(owner[order], items[order])]
    order = order[np.lexsort((items[order], age[order], worse[order], owner[order]))]
    return Proposals(owner, items, scores, seed).select(order)


def propose_lists(lists: Ranges, users: NDArray[np.int64], owners: NDArray[np.int64]) -> Proposals:
    """To each of the users (m,), the list (m,) that `owners` names, without a reason."""
    origin, rows = lists.expand(owners)
    because = np.full(len(rows), -1)
    return Proposals(users[origin], lists.items[rows], lists.scores[rows], because)
