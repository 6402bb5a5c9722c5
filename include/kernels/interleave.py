"""How the candidate sources take turns for one user after the other, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists

SOURCES = ("cosine", "als", "best_sellers")
_COSINE, _ALS, _BEST_SELLERS = range(3)

# What is known of an item for the user at hand; a user's marks are above those of the users before.
_CHOSEN, _PROPOSED, _BOUGHT = 1, 2, 3  # chosen; that, and cosine has had its turn with it; never to be shown
_STEP = 4


class Chosen(NamedTuple):
    """The items of users, in order of user and rank; all (n,) but sizes.

    sizes (users,) counts the rows of each user; sources are places in SOURCES; because is the code of the
    item that is the reason, or -1.
    """

    sizes: NDArray[np.int64]
    items: NDArray[np.int32]
    sources: NDArray[np.int8]
    scores: NDArray[np.float32]
    because: NDArray[np.int32]


def choose_items(
    start: int,
    stop: int,
    recent: RankedLists,
    neighbours: RankedLists,
    recommended: RankedLists,
    popular: RankedLists,
    bought: RankedLists,
    items: int,
    k: int,
    room: int,
) -> Chosen:
    """Up to k different items for each of the users [start, stop), `room` or fewer for all of them.

    By turns cosine, als, and best sellers in the end, as `ad_candidates.blend_candidates` says. The lists of
    `neighbours` are by item, sorted by score and then item; `popular` is one list, the others are by user.
    `bought` are those of the `items` that no source may propose.
    """
    sizes, *columns = _take_turns(
        start, stop, recent, neighbours, recommended, popular, bought, items, k, room
    )
    length = sizes.sum()
    return Chosen(sizes, *(column[:length] for column in columns))


@compile_kernel
def _take_turns(
    start: int,
    stop: int,
    recent: RankedLists,
    neighbours: RankedLists,
    recommended: RankedLists,
    popular: RankedLists,
    bought: RankedLists,
    items: int,
    k: int,
    room: int,
) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    sizes = np.zeros(stop - start, np.int64)
    found = np.empty(room, np.int32)
    sources = np.empty(room, np.int8)
    scores = np.empty(room, np.float32)
    because = np.full(room, -1, np.int32)
    marks = np.zeros(items, np.int32)
    longest = 0
    for user in range(start, stop):
        longest = max(longest, recent.indptr[user + 1] - recent.indptr[user])
    heap, heads = np.empty(longest, np.int64), np.empty(longest, np.int64)

    filled = 0
    for user in range(start, stop):
        blank = _STEP * (user - start)
        for row in range(bought.indptr[user], bought.indptr[user + 1]):
            marks[bought.items[row]] = blank + _BOUGHT
        newest = recent.indptr[user]
        seeds = recent.items[newest : recent.indptr[user + 1]]
        lists = _open_lists(seeds, neighbours, heap, heads)
        next_als, end_als = recommended.indptr[user], recommended.indptr[user + 1]
        first, last = filled, filled + k

        while filled < last and (lists or next_als < end_als):
            # Merged from the best down, an item comes first with its best score and the newest reason for it.
            while lists:
                age = heap[0]
                row = heads[age]
                item = neighbours.items[row]
                lists = _advance(seeds, neighbours, heap, heads, lists)
                if marks[item] >= blank + _PROPOSED:
                    continue
                if marks[item] != blank + _CHOSEN:
                    found[filled], sources[filled] = item, _COSINE
                    scores[filled], because[filled] = neighbours.scores[row], seeds[age]
                    filled += 1
                marks[item] = blank + _PROPOSED
                break
            while filled < last and next_als < end_als:
                item, score = recommended.items[next_als], recommended.scores[next_als]
                next_als += 1
                if marks[item] == blank + _BOUGHT:
                    continue
                if marks[item] <= blank:
                    found[filled], sources[filled], scores[filled] = item, _ALS, score
                    filled += 1
                    marks[item] = blank + _CHOSEN
                break

        for row in range(len(popular.items)):
            if filled == last:
                break
            item = popular.items[row]
            if marks[item] <= blank:
                found[filled], sources[filled], scores[filled] = item, _BEST_SELLERS, popular.scores[row]
                filled += 1
                marks[item] = blank + _CHOSEN
        sizes[user - start] = filled - first
    return sizes, found, sources, scores, because


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
    for place in range(lists // 2 - 1, -1, -1):
        _sink(neighbours.scores, heap, heads, lists, place)
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
    _sink(neighbours.scores, heap, heads, lists, 0)
    return lists


@compile_kernel
def _sink(
    scores: NDArray[np.float32], heap: NDArray[np.int64], heads: NDArray[np.int64], lists: int, place: int
) -> None:
    """Move the list at a place of the heap below those whose row comes before its own."""
    age = heap[place]
    score = scores[heads[age]]
    while True:
        child = 2 * place + 1
        if child >= lists:
            break
        best = scores[heads[heap[child]]]
        if child + 1 < lists:
            other = scores[heads[heap[child + 1]]]
            if other > best or (other == best and heap[child + 1] < heap[child]):
                child, best = child + 1, other
        if score > best or (score == best and age < heap[child]):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = age
