"""Several lists of items for each user as one: neighbours of a history merged, and sources by turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists
from include.kernels.union import find_bounds


class Interleaved(NamedTuple):
    """lists: what was chosen for each user. sources: (n,) int8, the index of the source that each item came
    from; rows: (n,) int64, its index in that source's `items`."""

    lists: RankedLists
    sources: NDArray[np.int8]
    rows: NDArray[np.int64]


def take_block(lists: RankedLists, start: int, stop: int) -> RankedLists:
    """The lists [start, stop), on the same memory."""
    indptr = lists.indptr[start : stop + 1].astype(np.int64)
    first, last = indptr[0], indptr[-1]
    return RankedLists(indptr - first, lists.items[first:last], lists.scores[first:last])


def sort_lists(lists: RankedLists) -> RankedLists:
    """Each list by score from the highest, then item; few have anything to sort."""
    items, scores = lists.items.copy(), lists.scores.copy()
    _sort(lists.indptr, items, scores)
    return RankedLists(lists.indptr, items, scores)


def merge_neighbours(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int
) -> tuple[RankedLists, NDArray[np.int32]]:
    """Up to k different neighbours of each user's seeds, and the seed (n,) that is the reason for each.

    seeds: by user, the newest first; their scores do not count. neighbours: by item, sorted as `sort_lists`
    does. hidden: by user, items that are left out. An item has its best score over the user's seeds, and its
    reason is the seed that gave it, the newest where several did. Order: score from the highest, then the
    newest seed, then item.
    """
    sizes, items, scores, because = _merge(seeds, neighbours, hidden, k)
    length = int(sizes.sum())
    lists = RankedLists(np.append(0, np.cumsum(sizes)), items[:length], scores[:length])
    return lists, because[:length]


def interleave_lists(
    lists: Sequence[RankedLists], turns: int, k: int, hidden: RankedLists, items: int
) -> Interleaved:
    """Up to k different items for each user, from any number of sources.

    lists: the lists of each source by user, or one list, which is every user's. The first `turns` of them
    take turns by rank: the first item of source 0, of source 1 …, the second of source 0 … A source whose
    item is chosen already has had its turn; an item that is hidden takes no turn. The other sources fill up
    in their order, each to its end. hidden: by user, what is chosen for nobody; items: the number of items.
    """
    starts, stops, edges = find_bounds(lists, len(hidden.indptr) - 1)
    proposed = np.concatenate([part.items for part in lists])
    sizes, rows, sources = _take_turns(starts, stops, proposed, turns, k, hidden, items)
    length = int(sizes.sum())
    rows, sources = rows[:length], sources[:length]
    scores = np.concatenate([part.scores for part in lists])[rows]
    chosen = RankedLists(np.append(0, np.cumsum(sizes)), proposed[rows], scores)
    return Interleaved(chosen, sources, rows - edges[sources])


@compile_kernel
def _sort(indptr: NDArray[np.int64], items: NDArray[np.int32], scores: NDArray[np.float32]) -> None:
    for owner in range(len(indptr) - 1):
        start, stop = indptr[owner], indptr[owner + 1]
        for row in range(start + 1, stop):
            ties = scores[row] == scores[row - 1]
            if scores[row] > scores[row - 1] or (ties and items[row] < items[row - 1]):
                order = np.argsort(items[start:stop], kind="mergesort")
                order = order[np.argsort(-scores[start:stop][order], kind="mergesort")]
                items[start:stop] = items[start:stop][order]
                scores[start:stop] = scores[start:stop][order]
                break


# What is known of an item for the user at hand; a user's marks are above those of the users before.
_HIDDEN, _CHOSEN = 1, 2
_STEP = 2


@compile_kernel
def _take_turns(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    proposed: NDArray[np.int32],
    turns: int,
    k: int,
    hidden: RankedLists,
    items: int,
) -> tuple[NDArray, NDArray, NDArray]:
    users = starts.shape[1]
    room = 0
    for user in range(users):
        room += min(k, (stops[:, user] - starts[:, user]).sum())
    sizes = np.zeros(users, np.int64)
    rows = np.empty(room, np.int64)
    sources = np.empty(room, np.int8)
    marks = np.zeros(items, np.int64)
    heads = np.empty(len(starts), np.int64)

    filled = 0
    for user in range(users):
        blank = _STEP * user
        for row in range(hidden.indptr[user], hidden.indptr[user + 1]):
            marks[hidden.items[row]] = blank + _HIDDEN
        heads[:] = starts[:, user]
        first, last = filled, filled + k
        left = True
        while left and filled < last:
            left = False
            for source in range(turns):
                while filled < last and heads[source] < stops[source, user]:
                    left = True
                    row = heads[source]
                    heads[source] += 1
                    item = proposed[row]
                    if marks[item] == blank + _HIDDEN:
                        continue
                    if marks[item] <= blank:
                        rows[filled], sources[filled] = row, source
                        filled += 1
                        marks[item] = blank + _CHOSEN
                    break
        for source in range(turns, len(starts)):
            for row in range(starts[source, user], stops[source, user]):
                if filled == last:
                    break
                item = proposed[row]
                if marks[item] <= blank:
                    rows[filled], sources[filled] = row, source
                    filled += 1
                    marks[item] = blank + _CHOSEN
        sizes[user] = filled - first
    return sizes, rows, sources


@compile_kernel
def _merge(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    users = len(seeds.indptr) - 1
    longest, room = 0, 0
    for user in range(users):
        longest = max(longest, seeds.indptr[user + 1] - seeds.indptr[user])
        most = 0
        for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
            seed = seeds.items[row]
            most += neighbours.indptr[seed + 1] - neighbours.indptr[seed]
        room += min(k, most)
    heap, heads = np.empty(longest, np.int64), np.empty(longest, np.int64)
    sizes = np.zeros(users, np.int64)
    found = np.empty(room, np.int32)
    scores = np.empty(room, np.float32)
    because = np.empty(room, np.int32)
    marks = np.full(len(neighbours.indptr) - 1, -1, np.int64)  # the last user who must not be shown it again

    filled = 0
    for user in range(users):
        for row in range(hidden.indptr[user], hidden.indptr[user + 1]):
            marks[hidden.items[row]] = user
        history = seeds.items[seeds.indptr[user] : seeds.indptr[user + 1]]
        lists = _open_lists(history, neighbours, heap, heads)
        first, last = filled, filled + k
        # Merged from the best down, an item comes first with its best score and the newest reason for it.
        while lists and filled < last:
            age = heap[0]
            row = heads[age]
            item = neighbours.items[row]
            if marks[item] != user:
                found[filled], scores[filled], because[filled] = item, neighbours.scores[row], history[age]
                filled += 1
                marks[item] = user
            lists = _advance(history, neighbours, heap, heads, lists)
        sizes[user] = filled - first
    return sizes, found, scores, because


@compile_kernel
def _open_lists(
    seeds: NDArray[np.int32], neighbours: RankedLists, heap: NDArray[np.int64], heads: NDArray[np.int64]
) -> int:
    """Start to merge the lists of the seeds; returns how many hold something.

    heads[age] becomes the row at which the list of seeds[age] stands, and heap[0] is the age of the list
    whose row comes next: the one with the highest score, then of the newest seed.
    """
    lists = 0
    for age in range(len(seeds)):
        heads[age] = neighbours.indptr[seeds[age]]
        if heads[age] < neighbours.indptr[seeds[age] + 1]:
            heap[lists] = age
            lists += 1
    for index in range(lists // 2 - 1, -1, -1):
        _sink(neighbours.scores, heap, heads, lists, index)
    return lists


@compile_kernel
def _advance(
    seeds: NDArray[np.int32],
    neighbours: RankedLists,
    heap: NDArray[np.int64],
    heads: NDArray[np.int64],
    lists: int,
) -> int:
    """Leave the row that came next for the one after it; returns how many lists hold something still."""
    age = heap[0]
    heads[age] += 1
    if heads[age] == neighbours.indptr[seeds[age] + 1]:
        lists -= 1
        heap[0] = heap[lists]
    if lists:
        _sink(neighbours.scores, heap, heads, lists, 0)
    return lists


@compile_kernel
def _sink(
    scores: NDArray[np.float32], heap: NDArray[np.int64], heads: NDArray[np.int64], lists: int, index: int
) -> None:
    """Move the list at an index of the heap below those whose row comes before its own."""
    age = heap[index]
    score = scores[heads[age]]
    while True:
        child = 2 * index + 1
        if child >= lists:
            break
        best = scores[heads[heap[child]]]
        if child + 1 < lists:
            other = scores[heads[heap[child + 1]]]
            if other > best or (other == best and heap[child + 1] < heap[child]):
                child, best = child + 1, other
        if score > best or (score == best and age < heap[child]):
            break
        heap[index] = heap[child]
        index = child
    heap[index] = age
