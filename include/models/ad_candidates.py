"""The final list for each user: the models' proposals, interleaved, and best sellers to fill it up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.models.columns import AD_CANDIDATES, CO_BUYERS
from include.models.interactions import Interactions
from include.models.progress import track_blocks
from include.models.proposals import (
    Proposals,
    group_neighbours,
    group_recent,
    group_recommendations,
    join_proposals,
    list_best_sellers,
    propose_lists,
    propose_neighbours,
)
from include.models.ranked import RankedTable
from include.models.ranking import split_blocks
from include.models.tables import mark_starts, take_ids

SOURCES = ("cosine", "als", "best_sellers")

# The most proposals that are weighed at once; about 150 bytes each at the peak.
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
    describes included. Each of the four tables has its schema in `columns` and may be empty. Raises
    ValueError for an id in them that the window does not hold.
    """
    together = similarities.filter(pc.greater_equal(similarities[CO_BUYERS], min_co_buyers))
    neighbours = group_neighbours(together, interactions)
    recommended = group_recommendations(recommendations, interactions)
    recent = group_recent(recent_items, interactions)
    popular = list_best_sellers(best_sellers, interactions)
    may_show = _make_filter(interactions, exclude_purchased, available)

    def rank_block(start: int, stop: int) -> pa.Table:
        users = np.arange(start, stop)
        cosine = _cut(may_show(propose_neighbours(recent, neighbours, users)), k)
        als = _cut(may_show(propose_lists(recommended, users, users)), k)
        full = np.bincount(cosine.users[cosine.places() == k - 1], minlength=stop).astype(bool)
        short = users[~full[start:stop]]
        fill = may_show(propose_lists(popular, short, np.zeros(len(short), np.int64)))
        return _name_candidates(*_interleave(cosine, als, fill, k), interactions)

    found = np.diff(recommended.bounds) + popular.bounds[-1]
    expanded = np.append(0, np.cumsum(np.diff(neighbours.bounds)[recent.items]))
    found += np.diff(expanded[recent.bounds])
    blocks = track_blocks(split_blocks(found, _BLOCK), "ad candidates", "users")
    rows = pa.concat_tables([AD_CANDIDATES.empty_table(), *(rank_block(*block) for block in blocks)])
    return RankedTable("ad_candidates", "", rows)


def _make_filter(
    interactions: Interactions, exclude_purchased: bool, available: set[str] | None
) -> Callable[[Proposals], Proposals]:
    """A function that drops the proposals that may not be shown."""
    bought = interactions.user_codes() * interactions.items + interactions.user_items.indices
    names = pa.array(sorted(available or ()), pa.string())
    shown = pc.is_in(interactions.item_ids, value_set=names).to_numpy(zero_copy_only=False)

    def may_show(proposed: Proposals) -> Proposals:
        wanted = np.ones(len(proposed.items), np.bool_)
        if available is not None:
            wanted &= shown[proposed.items]
        if exclude_purchased:
            pairs = proposed.users * interactions.items + proposed.items
            place = np.minimum(np.searchsorted(bought, pairs), len(bought) - 1)
            wanted &= bought[place] != pairs
        return proposed.select(wanted)

    return may_show


def _cut(proposed: Proposals, k: int) -> Proposals:
    """The first k of each user; a source's later ones cannot reach a list of k different items."""
    return proposed.select(proposed.places() < k)


def _interleave(
    cosine: Proposals, als: Proposals, fill: Proposals, k: int
) -> tuple[Proposals, NDArray[np.int64]]:
    """The first k different items of each user in turns, and the source of each as a place in SOURCES."""
    turn = np.concatenate([2 * cosine.places(), 2 * als.places() + 1, 2 * k + fill.places()])
    source = np.repeat(np.arange(len(SOURCES)), [len(part.users) for part in (cosine, als, fill)])
    every = join_proposals([cosine, als, fill])
    order = np.lexsort((turn, every.items, every.users))
    order = order[mark_starts(every.users[order], every.items[order])]
    order = order[np.lexsort((turn[order], every.users[order]))]
    order = order[every.select(order).places() < k]
    return every.select(order), source[order]


def _name_candidates(chosen: Proposals, source: NDArray[np.int64], interactions: Interactions) -> pa.Table:
    columns = [
        take_ids(interactions.user_ids, chosen.users),
        pa.array(chosen.places() + 1, pa.int32()),
        take_ids(interactions.item_ids, chosen.items),
        take_ids(pa.array(SOURCES), source),
        pa.array(chosen.scores),
        take_ids(interactions.item_ids, chosen.because),
    ]
    return pa.table(columns, schema=AD_CANDIDATES)
