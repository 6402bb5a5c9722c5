"""From rows of published tables to ranked lists of codes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.columns import SCORE
from include.errors import RefusedInputError
from include.kernels import RankedLists, order_lists


def read_scores(rows: pa.Table, what: str) -> NDArray[np.float32]:
    """The scores (n,) of rows. Raises RefusedInputError for one that is not a number."""
    scores = rows[SCORE].to_numpy()
    if np.isnan(scores).any():
        raise RefusedInputError(f"The {what} hold a score that is not a number.")
    return scores


def group_rows(
    owners: NDArray[np.integer],
    size: int,
    items: NDArray[np.integer],
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
    wanted: NDArray[np.bool_] | None = None,
) -> RankedLists:
    """The rows (n,), or those that are `wanted`, as the lists of the owners 0 … size - 1, by rank.

    Tables mostly come so, and a sort costs far more than a look.
    """
    if wanted is not None and not wanted.all():
        owners, items, scores, ranks = owners[wanted], items[wanted], scores[wanted], ranks[wanted]
    in_order = owners[1:] > owners[:-1]
    in_order |= (owners[1:] == owners[:-1]) & (ranks[1:] >= ranks[:-1])
    if not in_order.all():
        order = np.lexsort((ranks, owners))
        owners, items, scores = owners[order], items[order], scores[order]
    bounds = np.searchsorted(owners, np.arange(size + 1, dtype=owners.dtype))
    return RankedLists(bounds, items.astype(np.int32, copy=False), scores)


def list_owners(lists: RankedLists) -> NDArray[np.int64]:
    """The list (n,) that each item is in."""
    return np.repeat(np.arange(len(lists.indptr) - 1), lists.sizes)


def keep_rows(lists: RankedLists, kept: NDArray[np.bool_]) -> RankedLists:
    """The lists without the items that `kept` (n,) leaves out; their order stays."""
    before = np.append(0, np.cumsum(kept))
    return RankedLists(before[lists.indptr], lists.items[kept], lists.scores[kept])


def sort_rows(lists: RankedLists, scores: NDArray[np.float32]) -> RankedLists:
    """The lists by other scores (n,) from the highest; what ties stays in its order."""
    return order_lists(lists._replace(scores=scores), -scores)


def match_keys(keys: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.int64]:
    """The index (n,) of each key among those known, which ascend; -1 where it is not there."""
    if not len(known):
        return np.full(len(keys), -1)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[places] == keys, places, -1)


def rank_rows(lists: RankedLists) -> NDArray[np.int64]:
    """The place (n,) of each item in its list, from 0."""
    return np.arange(len(lists.items)) - np.repeat(lists.indptr[:-1], lists.sizes)


def insert_rows(
    lists: RankedLists,
    owners: NDArray[np.int64],
    places: NDArray[np.int64],
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> RankedLists:
    """The lists with an item (m,) more at a place, from 0, or at the end; owners ascend.

    An item is at its place when all are inserted, so the places of an owner must ascend.
    """
    nth = np.arange(len(owners)) - np.searchsorted(owners, owners)
    at = lists.indptr[:-1][owners] + np.minimum(np.maximum(places - nth, 0), lists.sizes[owners])
    indptr = lists.indptr + np.append(0, np.cumsum(np.bincount(owners, minlength=len(lists.sizes))))
    return RankedLists(indptr, np.insert(lists.items, at, items), np.insert(lists.scores, at, scores))


def join_lists(parts: list[RankedLists]) -> RankedLists:
    """The lists of blocks of users, one after the other; `parts` are empty after it, to save memory."""
    sizes = np.concatenate([np.empty(0, np.int64), *(part.sizes for part in parts)])
    indptr = np.append(0, np.cumsum(sizes))
    joined = RankedLists(indptr, np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.float32))
    stop = int(indptr[-1])
    while parts:
        part = parts.pop()
        start = stop - len(part.items)
        joined.items[start:stop], joined.scores[start:stop] = part.items, part.scores
        stop = start
    return joined
