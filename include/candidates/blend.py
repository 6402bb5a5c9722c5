"""The final list for each user: the models' proposals, interleaved, and best sellers to fill it up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.candidates.proposals import (
    group_neighbours,
    group_recent,
    group_recommendations,
    list_best_sellers,
)
from include.columns import AD_CANDIDATES
from include.dataset.interactions import Interactions
from include.dataset.tables import take_ids
from include.kernels.interleave import SOURCES, Chosen, choose_items
from include.kernels.ranked_lists import RankedLists
from include.kernels.ranking import number_ranks, split_blocks
from include.kernels.threads import count_cores, run_blocks
from include.models.base import RankedTable
from include.progress import show_progress

# The most proposals from which one thread chooses at once; it keeps only what it chooses.
_BLOCK = 2_000_000


def blend_candidates(
    interactions: Interactions,
    similarities: pa.Table,
    recommendations: pa.Table,
    best_sellers: pa.Table,
    recent_items: pa.Table,
    k: int,
    exclude_purchased: bool,
    available: set[str] | None,
    min_co_buyers: int = 1,
    threads: int = 0,
) -> RankedTable:
    """Up to k different items for each user of the window.

    Source 'cosine' proposes the neighbours (`similarities`) of what the user bought last (`recent_items`),
    if at least `min_co_buyers` users bought both: among rare items one such user makes a high cosine, and is
    no evidence. A neighbour's score is the best over those items, and because_item_id is the item that gave
    it, the most recent where several did; in order of score, then of how recent that item is, then of item
    id. Source 'als' proposes the user's `recommendations` in their order. The two take turns by rank: cosine
    1, als 1, cosine 2, als 2 and so on; an item that both propose stays where it comes first. Then
    'best_sellers' of the whole mall fill the list up in their order, with score = buyers / users.

    No source proposes what the user bought in the window when `exclude_purchased`, nor an item outside of
    `available` where that is given: it must name every item that may be shown, those that no catalogue
    describes included. Each of the four tables has its schema in `columns` and may be empty. `threads` (0 is
    every core this process may use) changes how long it takes and nothing else. Raises ValueError for an id
    in the tables that the window does not hold, and for a score that is not a number.
    """
    shown = _find_shown(interactions, available)
    neighbours = group_neighbours(similarities, interactions, shown, min_co_buyers)
    recommended = group_recommendations(recommendations, interactions, shown)
    recent = group_recent(recent_items, interactions)
    popular = list_best_sellers(best_sellers, interactions, shown)
    bought = _list_bought(interactions, exclude_purchased)
    proposed = _count_proposals(recent, neighbours, recommended, popular)

    def blend_block(start: int, stop: int) -> pa.Table:
        room = int(np.minimum(proposed[start:stop], k).sum())
        chosen = choose_items(
            start, stop, recent, neighbours, recommended, popular, bought, interactions.items, k, room
        )
        return _name_candidates(start, chosen, interactions)

    blocks = split_blocks(proposed, _BLOCK)
    parts = [AD_CANDIDATES.empty_table()]
    with show_progress(interactions.users, "ad candidates", "users") as bar:
        for start, stop, rows in run_blocks(blend_block, blocks, threads or count_cores()):
            parts.append(rows)
            bar.update(stop - start)
    return RankedTable("ad_candidates", "", pa.concat_tables(parts))


def _find_shown(interactions: Interactions, available: set[str] | None) -> NDArray[np.bool_]:
    """Which items (items,) may be shown to those who have not bought them."""
    if available is None:
        return np.ones(interactions.items, np.bool_)
    names = pa.array(list(available), pa.string())
    return pc.is_in(interactions.item_ids, value_set=names).to_numpy(zero_copy_only=False)


def _list_bought(interactions: Interactions, exclude_purchased: bool) -> RankedLists:
    """What may not be shown to each user."""
    pairs = interactions.user_items
    if exclude_purchased:
        return RankedLists(pairs.indptr, pairs.indices, pairs.data)
    return RankedLists(np.zeros_like(pairs.indptr), pairs.indices, pairs.data)


def _count_proposals(
    recent: RankedLists, neighbours: RankedLists, recommended: RankedLists, popular: RankedLists
) -> NDArray[np.int64]:
    """How many rows (users,) all sources have for each user."""
    similar = np.append(0, np.cumsum(np.diff(neighbours.indptr)[recent.items]))
    return np.diff(similar[recent.indptr]) + np.diff(recommended.indptr) + len(popular.items)


def _name_candidates(start: int, chosen: Chosen, interactions: Interactions) -> pa.Table:
    """`columns.AD_CANDIDATES` of the users from `start` on."""
    users = np.repeat(np.arange(start, start + len(chosen.sizes)), chosen.sizes)
    columns = [
        take_ids(interactions.user_ids, users),
        pa.array(number_ranks(chosen.sizes)),
        take_ids(interactions.item_ids, chosen.items),
        take_ids(pa.array(SOURCES), chosen.sources),
        pa.array(chosen.scores),
        take_ids(interactions.item_ids, chosen.because),
    ]
    return pa.table(columns, schema=AD_CANDIDATES)
