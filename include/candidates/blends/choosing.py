"""The best of the candidates of several sources, and below them the items of those that only fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels import Interleaved, RankedLists, United, interleave_lists

# The rank of an item in a source that does not propose it.
NO_RANK = np.iinfo(np.int32).max


class Best(NamedTuple):
    """rows (m,): of some candidates, in order of user and then best first. scores (m,): float32, above 0.
    origins (m,): the source that each is most owed to."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    origins: NDArray[np.int64]


def list_candidate_owners(united: United) -> NDArray[np.int64]:
    """The user (n,) of the block whose candidate each is."""
    return np.repeat(np.arange(len(united.indptr) - 1), np.diff(united.indptr))


def fill_ranks(ranks: NDArray[np.int32]) -> NDArray[np.int32]:
    """`United.ranks` (n, sources) with NO_RANK in place of 0."""
    return np.where(ranks > 0, ranks, NO_RANK)


def order_candidates(united: United, scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """By user, then score from the highest, then the best rank in any source, then item.

    Scores (n,) are not negative. One sort of whole numbers, and then one of what ties, is half the time of a
    sort by four keys.
    """
    # The bits of floats that are not negative are in the order of the floats; adding 0 makes -0 a 0.
    bits = (scores + np.float32(0)).astype(np.float32).view(np.int32)
    keys = (list_candidate_owners(united) << 32) - bits
    order = np.argsort(keys)
    keys = keys[order]
    equal = keys[1:] == keys[:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal)) if len(keys) else order
    rows = order[tied]
    best = fill_ranks(united.ranks[rows]).min(axis=1, initial=NO_RANK)
    order[tied] = rows[np.lexsort((united.items[rows], best, keys[tied]))]
    return order


def cut_order(united: United, order: NDArray[np.int64], k: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Of an order (m,) of candidates by user the first k of each user, or k (users,) of each."""
    owners = list_candidate_owners(united)[order]
    starts = np.searchsorted(owners, np.arange(len(united.indptr) - 1))
    most = k if isinstance(k, int) else k[owners]
    return order[np.arange(len(order)) - starts[owners] < most]


def select_candidates(united: United, kept: NDArray[np.int64]) -> United:
    """Those of the rows `kept` (m,), which are in order of user."""
    sizes = np.bincount(list_candidate_owners(united)[kept], minlength=len(united.indptr) - 1)
    indptr = np.append(0, np.cumsum(sizes))
    return United(indptr, united.items[kept], united.ranks[kept], united.rows[kept])


def fill_lists(
    united: United,
    best: Best,
    lists: Sequence[RankedLists],
    turns: int,
    k: int,
    hidden: RankedLists,
    items: int,
) -> Interleaved:
    """The best candidates of each user, at most k, and after them what the lists from `turns` on propose.

    The n-th item that only fills has the score of the last one above it divided by 1 + n, so that it is
    below; where there is none above it, 1 / (1 + n).
    """
    owners = list_candidate_owners(united)[best.rows]
    indptr = np.searchsorted(owners, np.arange(len(united.indptr)))
    # A list more, so that the list of a single user is not taken for one that is everybody's.
    own = RankedLists(np.append(indptr, indptr[-1]), united.items[best.rows], best.scores)
    lasting = RankedLists(np.append(hidden.indptr, hidden.indptr[-1]), hidden.items, hidden.scores)
    fillers = [
        part if len(part.indptr) == 2 else part._replace(indptr=np.append(part.indptr, part.indptr[-1]))
        for part in lists[turns:]
    ]
    filled = interleave_lists([own, *fillers], 0, k, lasting, items)
    ends = filled.lists.indptr[-2]
    chosen, sources = filled.lists.items[:ends], filled.sources[:ends].astype(np.int64)
    rows, scores, indptr = filled.rows[:ends], filled.lists.scores[:ends].copy(), filled.lists.indptr[:-1]
    fills = sources > 0
    above = np.bincount(owners, minlength=len(indptr) - 1)
    users = np.repeat(np.arange(len(above)), np.diff(indptr))
    place = np.arange(ends) - indptr[users] - above[users] + 1
    last = np.where(above > 0, np.append(scores, 1)[np.minimum(indptr[:-1] + above - 1, ends)], 1)
    scores[fills] = (last[users][fills] / (1 + place[fills])).astype(np.float32)
    owed = np.where(fills, turns + sources - 1, 0)
    owed[~fills] = best.origins[rows[~fills]]
    rows[~fills] = united.rows[best.rows, best.origins][rows[~fills]]
    return Interleaved(RankedLists(indptr, chosen, scores), owed.astype(np.int8), rows)


def choose_lists(is_first: NDArray[np.bool_], first: Interleaved, second: Interleaved) -> Interleaved:
    """Of each user (users,) the list of the first where it is said so, else that of the second."""
    starts = np.where(is_first, first.lists.indptr[:-1], second.lists.indptr[:-1] + len(first.lists.items))
    sizes = np.where(is_first, np.diff(first.lists.indptr), np.diff(second.lists.indptr))
    indptr = np.append(0, np.cumsum(sizes))
    taken = np.repeat(starts - indptr[:-1], sizes) + np.arange(indptr[-1])
    items, scores, sources, rows = (
        np.concatenate(parts)[taken]
        for parts in (
            (first.lists.items, second.lists.items),
            (first.lists.scores, second.lists.scores),
            (first.sources, second.sources),
            (first.rows, second.rows),
        )
    )
    return Interleaved(RankedLists(indptr, items, scores), sources, rows)
