"""A share of the slots is for items that are new to the mall, so that they are seen at all.

New is what was first bought or looked at in the window's newest days, and what the catalogue offers though
nobody bought or looked at it. What the sources propose of that comes first; else what is new in the category
of which the user bought most, from a place that moves on from user to user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from include.candidates import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.kernels import RankedLists

ADDS = True
SPARE = 0.5

# So many more new items than slots are looked at for each list, for some are in it or were bought.
_MORE = 8


class Params(base.Params):
    """share: of the slots of a list, at least one, spread over it. days: an item is new for so many days.
    unsold: whether what nobody bought or looked at in the window is new."""

    share: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    days: Annotated[int, Field(ge=1, le=10_000)] = 14
    unsold: bool = True

    def list_slots(self, k: int) -> list[int]:
        """The places, from 0: the last of each of as many equal parts of the list."""
        count = max(1, round(self.share * k))
        return [(number + 1) * k // count - 1 for number in range(count)]


class Pool(NamedTuple):
    """is_new: (items,). items: the new ones that may be added, those of a category together, by buyers.
    bounds: where each category's begin, and end; a user without one has all of them."""

    is_new: NDArray[np.bool_]
    items: NDArray[np.int32]
    bounds: NDArray[np.int64]


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    """Raises RefusedInputError where the data have no days."""
    import numpy as np

    from include.candidates.lists import insert_rows, keep_rows, list_owners, rank_rows

    key = (__name__, params.model_dump_json())
    pool = features.remember(key, lambda all_: gather_pool(all_, params))
    slots = np.array(params.list_slots(features.k))
    owners, ranks, is_new = list_owners(lists), rank_rows(lists), pool.is_new[lists.items]
    has = np.bincount(owners[is_new & (ranks < features.k)], minlength=len(lists.sizes))
    wanted = np.maximum(len(slots) - has, 0)
    # From below the published slots: the first new items of each list, as many as it wants.
    below = np.flatnonzero(is_new & (ranks >= features.k))
    raised = below[_count_within(owners[below]) < wanted[owners[below]]]
    new_owners, new_items = _propose(lists, features, pool, len(slots) + _MORE)
    to = np.append(owners[raised], new_owners)
    order = np.argsort(to, kind="stable")
    order = order[_count_within(to[order]) < wanted[to[order]]]
    to, items = to[order], np.append(lists.items[raised], new_items)[order]
    scores = np.append(lists.scores[raised], np.zeros(len(new_items), np.float32))[order]
    comes = np.bincount(to, minlength=len(lists.sizes))
    # The last ones that are not new make room, after all that is published.
    kept = np.ones(len(lists.items), np.bool_)
    kept[raised] = False
    left = keep_rows(lists, kept)
    left = _make_room(left, pool, comes, features.k)
    places = slots[len(slots) - comes[to] + _count_within(to)]
    return insert_rows(left, to, places, items, scores), {"new": int((has + comes).sum())}


def _count_within(owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the same owner stand before each (n,); owners ascend."""
    import numpy as np

    return np.arange(len(owners)) - np.searchsorted(owners, owners)


def _make_room(lists: RankedLists, pool: Pool, comes: NDArray[np.int64], k: int) -> RankedLists:
    """The lists with so many (lists,) of their last items that are not new, of the first k, behind these."""
    import numpy as np

    from include.candidates.lists import list_owners, rank_rows
    from include.kernels import order_lists

    owners, ranks = list_owners(lists), rank_rows(lists)
    over = np.maximum(np.minimum(lists.sizes, k) + comes - k, 0)
    old = np.flatnonzero((ranks < k) & ~pool.is_new[lists.items])
    until = np.searchsorted(owners[old], owners[old], side="right")
    last = old[until - np.arange(len(old)) <= over[owners[old]]]
    keys = ranks.astype(np.float64)
    keys[last] = k - 0.5
    return order_lists(lists, keys)


def gather_pool(features: Features, params: Params) -> Pool:
    """What is new by item, and, of what may be added, what is new in each category."""
    import numpy as np

    from include.candidates.ages import UNSEEN

    ages = features.item_ages
    is_new = (ages != UNSEEN) & (ages < params.days)
    if params.unsold:
        is_new |= ages == UNSEEN
    items = np.flatnonzero(is_new & features.may_add).astype(np.int32)
    labels = features.label("category")
    of = labels.codes[items]
    items = items[np.lexsort((items, -features.buyers[items], of))]
    bounds = np.searchsorted(labels.codes[items], np.arange(len(labels.names) + 1))
    return Pool(is_new, items, bounds)


def _propose(
    lists: RankedLists, features: Features, pool: Pool, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """New items (m,) that may be added to the list of the owner (m,), up to `count` looked at for each."""
    import numpy as np

    from include.candidates.lists import list_owners, match_keys

    begin, size = _choose_parts(features, pool)
    looked = np.minimum(size, count)
    owners = np.repeat(np.arange(len(size)), looked)
    nth = np.arange(len(owners)) - np.repeat(np.cumsum(looked) - looked, looked)
    moved = (features.first + np.arange(len(size))) * count
    items = pool.items[begin[owners] + (moved[owners] + nth) % np.maximum(size[owners], 1)]
    length = len(features.item_ids)
    known = np.sort(list_owners(lists) * length + lists.items)
    free = match_keys(owners * length + items, known) < 0
    free &= features.find_allowed(owners, items)
    return owners[free], items[free]


def _choose_parts(features: Features, pool: Pool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the part of the pool begins that is for each user (users,), and how long it is.

    The category of which the user bought most different items, of equal ones the first; all of the pool where
    there is none, or nothing new in it.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    labels, bought = features.label("category"), features.purchased
    codes = labels.codes[bought.indices]
    owners = np.repeat(np.arange(bought.shape[0]), np.diff(bought.indptr))
    has = codes >= 0
    shape = (bought.shape[0], max(1, len(labels.names)))
    counts = csr_matrix((np.ones(int(has.sum()), np.int32), (owners[has], codes[has])), shape=shape)
    best = np.asarray(counts.argmax(axis=1)).ravel()
    begin, size = np.zeros(len(best), np.int64), np.full(len(best), len(pool.items))
    if len(labels.names):
        some = (counts.getnnz(axis=1) > 0) & (np.diff(pool.bounds)[best] > 0)
        begin[some] = pool.bounds[best[some]]
        size[some] = np.diff(pool.bounds)[best[some]]
    return begin, size


def list_doubts(features: Features, params: Params) -> list[str]:
    starts = features.inputs.dataset.day_starts if features.inputs is not None else None
    if starts is None or params.days < len(starts) - 1:
        return []
    return [
        f"the window has {len(starts) - 1} days and days is {params.days}, so that every item is new; make"
        " window.days longer or days shorter."
    ]
