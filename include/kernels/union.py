"""Several lists of items for each user as one set of candidates, which remembers where each was in which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists, sum_sizes


class United(NamedTuple):
    """The candidates of user i are items[indptr[i] : indptr[i + 1]], each once, by their sources.

    indptr: (users + 1,). items: (n,) codes. ranks: (n, sources) int32, the item's rank in the user's list of
    each source, from 1, or 0 where it is not there; what is hidden has no rank. rows: (n, sources) int64, its
    index in the source's `items`, or -1.
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    ranks: NDArray[np.int32]
    rows: NDArray[np.int64]


def unite_lists(lists: Sequence[RankedLists], depth: int, hidden: RankedLists, items: int) -> United:
    """The first `depth` items of each user's list of each source that are not hidden.

    lists: the lists of each source by user, or one list, which is every user's; an item that a list holds
    twice counts where it comes first. hidden: by user; items: the number of items.
    """
    starts, stops, edges = find_bounds(lists, len(hidden.indptr) - 1)
    proposed = np.concatenate([np.empty(0, np.int32), *(part.items for part in lists)])
    sizes, found, ranks, rows = _unite(starts, stops, proposed, depth, hidden, items)
    length = int(sizes.sum())
    rows = rows[:length]
    rows = np.where(rows < 0, -1, rows - edges[:-1])
    return United(sum_sizes(sizes), found[:length], ranks[:length], rows)


def find_bounds(
    lists: Sequence[RankedLists], users: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where each user's list begins and ends (sources, users) among the items of all sources, one after the
    other, and where each source's begin (sources + 1,)."""
    edges = np.append(0, np.cumsum([len(part.items) for part in lists], dtype=np.int64))
    starts = np.empty((len(lists), users), np.int64)
    stops = np.empty_like(starts)
    for source, part in enumerate(lists):
        is_shared = len(part.indptr) == 2
        starts[source] = edges[source] + (part.indptr[0] if is_shared else part.indptr[:-1])
        stops[source] = edges[source] + (part.indptr[1] if is_shared else part.indptr[1:])
    return starts, stops, edges


@compile_kernel
def _unite(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    proposed: NDArray[np.int32],
    depth: int,
    hidden: RankedLists,
    items: int,
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    sources, users = starts.shape
    room = 0
    for source in range(sources):
        for user in range(users):
            room += min(depth, stops[source, user] - starts[source, user])
    sizes = np.zeros(users, np.int64)
    found = np.empty(room, np.int32)
    ranks = np.zeros((room, sources), np.int32)
    rows = np.full((room, sources), -1, np.int64)
    hidden_from = np.full(items, -1, np.int64)
    slots = np.full(items, -1, np.int64)  # below `first` it is of a user before

    filled = 0
    for user in range(users):
        first = filled
        for row in range(hidden.indptr[user], hidden.indptr[user + 1]):
            hidden_from[hidden.items[row]] = user
        for source in range(sources):
            rank = 0
            for row in range(starts[source, user], stops[source, user]):
                if rank == depth:
                    break
                item = proposed[row]
                if hidden_from[item] == user:
                    continue
                slot = slots[item]
                if slot < first:
                    slot = filled
                    slots[item], found[slot] = slot, item
                    filled += 1
                elif ranks[slot, source] > 0:
                    continue
                rank += 1
                ranks[slot, source], rows[slot, source] = rank, row
        sizes[user] = filled - first
    return sizes, found, ranks, rows
