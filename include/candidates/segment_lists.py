"""Best sellers of segments of users, and below them the mall's, as long as anybody's list needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.candidates.base import Proposals
from include.candidates.inputs import Inputs
from include.candidates.segments import NO_SEGMENT
from include.kernels import RankedLists

_USUAL_K = 100  # what a list is thought to cost beside what is hidden


@dataclass(frozen=True, eq=False)
class SegmentLists:
    """segment: (users,) the list of `lists` that is each user's, -1 for none. mall: one list, of all items
    that may be shown. hidden: (users,) how many items each user may not be shown."""

    segment: NDArray[np.int64]
    lists: RankedLists
    mall: RankedLists
    hidden: NDArray[np.int64]

    @classmethod
    def of_mall(cls, bought: csr_matrix, inputs: Inputs) -> SegmentLists:
        """The mall's list for everybody.

        bought: CSR, users × items; the weight of each buyer of an item. The score is the sum of an item's
        weights / users who bought anything, then by item; what nobody bought comes last, with the score 0.
        """
        users = np.full(len(inputs.user_ids), NO_SEGMENT)
        empty = RankedLists(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
        return cls(users, empty, _rank_mall(bought, inputs.shown), inputs.list_hidden().sizes)

    @classmethod
    def of_items(
        cls, bought: csr_matrix, inputs: Inputs, segment: NDArray[np.int64], group: NDArray[np.int64]
    ) -> SegmentLists:
        """For the users of segment s the items of group (items,) s in the mall's order, then the mall's."""
        mall = _rank_mall(bought, inputs.shown)
        sold = np.flatnonzero((mall.scores > 0) & (group[mall.items] >= 0))
        groups = group[mall.items[sold]]
        order = np.argsort(groups, kind="stable")
        lists = _cut_lists(groups[order], mall.items[sold][order], mall.scores[sold][order], segment, group)
        return cls(segment, lists, mall, inputs.list_hidden().sizes)

    @classmethod
    def of_users(cls, bought: csr_matrix, inputs: Inputs, segment: NDArray[np.int64]) -> SegmentLists:
        """For the users of a segment what they bought, then the mall's list.

        The score is the sum of an item's weights / users of the segment, then in the mall's order.
        """
        mall = _rank_mall(bought, inputs.shown)
        place = np.empty(len(inputs.item_ids), np.int64)
        place[mall.items] = np.arange(len(mall.items))
        users = np.flatnonzero(segment >= 0)
        size = int(segment.max(initial=-1)) + 1
        member = csr_matrix((np.ones(len(users)), (segment[users], users)), shape=(size, len(segment)))
        sums = (member @ bought).tocsr()
        owners = np.repeat(np.arange(size), np.diff(sums.indptr))
        kept = np.flatnonzero(inputs.shown[sums.indices] & (sums.data > 0))
        owners, items = owners[kept], sums.indices[kept]
        scores = (sums.data[kept] / np.bincount(segment[users], minlength=size)[owners]).astype(np.float32)
        order = np.lexsort((place[items], -scores, owners))
        lists = _cut_lists(owners[order], items[order], scores[order], segment)
        return cls(segment, lists, mall, inputs.list_hidden().sizes)

    @cached_property
    def costs(self) -> NDArray[np.int64]:
        return self.hidden + _USUAL_K

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The first k that each user may be shown, or one list that is long enough for all of them."""
        if not len(self.lists.items):
            most = k + int(hidden.sizes.max(initial=0))
            items, scores = self.mall.items[:most], self.mall.scores[:most]
            return Proposals(RankedLists(np.array([0, len(items)]), items, scores))
        segment, wanted = self.segment[start:stop], k + hidden.sizes
        own_sizes = np.append(self.lists.sizes, 0)[segment]
        own = np.minimum(own_sizes, wanted)
        # As many more as may be the same as those before them.
        rest = np.where(own == wanted, 0, np.minimum(len(self.mall.items), wanted + own))
        owners, rows = _list_rows(np.append(self.lists.indptr[:-1], 0)[segment], own)
        others, places = _list_rows(np.zeros(stop - start, np.int64), rest)
        last = np.append(self.lists.indptr[1:], 0)[segment] - 1
        least = np.where(own_sizes > 0, self.lists.scores[last], np.float32(np.inf))
        users = np.append(owners, others)
        items = np.append(self.lists.items[rows], self.mall.items[places])
        # Never above what stands before: the two are shares of different people.
        scores = np.append(self.lists.scores[rows], np.minimum(self.mall.scores[places], least[others]))
        return Proposals(_keep_first(users, items, scores, hidden, k, stop - start))


def _rank_mall(bought: csr_matrix, shown: NDArray[np.bool_]) -> RankedLists:
    buyers = max(1, int(np.count_nonzero(np.diff(bought.indptr))))
    scores = (np.bincount(bought.indices, bought.data, bought.shape[1]) / buyers).astype(np.float32)
    items = np.flatnonzero(shown)
    items = items[np.argsort(-scores[items], kind="stable")]
    return RankedLists(np.array([0, len(items)]), items.astype(np.int32), scores[items])


def _cut_lists(
    owners: NDArray[np.int64],
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
    *codes: NDArray[np.int64],
) -> RankedLists:
    """Lists of sorted owners, one for each of the codes from 0 to the highest."""
    size = max(int(some.max(initial=-1)) for some in codes) + 1
    return RankedLists(np.searchsorted(owners, np.arange(size + 1)), items.astype(np.int32), scores)


def _list_rows(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """The owner (n,) and the row (n,) of each of `sizes` rows from `starts`, one after the other."""
    owners = np.repeat(np.arange(len(sizes)), sizes)
    before = np.cumsum(sizes) - sizes
    return owners, np.arange(len(owners)) + (starts - before)[owners]


def _keep_first(
    owners: NDArray[np.int64],
    items: NDArray[np.int32],
    scores: NDArray[np.float32],
    hidden: RankedLists,
    k: int,
    users: int,
) -> RankedLists:
    """The first k of each owner, which are not hidden, an item where it comes first."""
    span = int(max(items.max(initial=-1), hidden.items.max(initial=-1))) + 1
    keys = owners * span + items
    not_shown = np.repeat(np.arange(users), hidden.sizes) * span + hidden.items
    kept = np.unique(keys, return_index=True)[1]
    kept = kept[~np.isin(keys[kept], not_shown)]
    kept = kept[np.lexsort((kept, owners[kept]))]
    sizes = np.bincount(owners[kept], minlength=users)
    place = np.arange(len(kept)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = kept[place < k]
    indptr = np.append(0, np.cumsum(np.minimum(sizes, k)))
    return RankedLists(indptr, items[kept], scores[kept])
