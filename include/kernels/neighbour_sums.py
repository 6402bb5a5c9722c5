"""The neighbours of all that each user bought as one list a user, by the sums of their scores.

M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, TOIS 2004.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists, sum_sizes
from include.kernels.selection import keep_smallest, pack_key, read_item, read_score, sort_keys

# The sums of an item that was not met, for no sum is this zero, and of one that is hidden.
_UNMET, _HIDDEN = -0.0, -np.inf
_ROOM = 4  # so many times k keys are gathered before the best k are kept


def rank_sums(
    seeds: RankedLists,
    neighbours: RankedLists,
    hidden: RankedLists,
    k: int,
    items: int | None = None,
    *,
    reasons: bool = True,
) -> tuple[RankedLists, NDArray[np.int32]]:
    """Up to k different neighbours of each user's seeds, and the seed (n,) that is the reason for each.

    Neighbours are items like the seeds, or, where `items` is their number, codes of something else. Without
    `reasons` no reason is looked for, and each is -1.

    seeds: by user, items with a weight each as their scores. neighbours: by item, in any order. hidden: by
    user, items that are left out. score(u, j) = Σ_i weight(u, i) · score(i, j) over the seeds i that have j
    as a neighbour, in float64 in the order of the seeds, rounded once to float32. The reason is the seed that
    gave most, the lowest item number where several did. Order: score from the highest, then item number.

    Time grows with the neighbours of all seeds; memory beside the lists with the items. Raises OverflowError
    for scores beyond float32.
    """
    size = len(neighbours.indptr) - 1 if items is None else items
    sizes, found_items, scores, because = _rank_users(seeds, neighbours, hidden, k, size, reasons)
    indptr = sum_sizes(sizes)
    found = int(indptr[-1])
    if not np.isfinite(scores[:found]).all():
        raise OverflowError("The scores and weights are too large for their sums.")
    return RankedLists(indptr, found_items[:found], scores[:found]), because[:found]


@compile_kernel
def _rank_users(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int, size: int, reasons: bool
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    users = len(seeds.indptr) - 1
    room = _count_room(seeds, neighbours, k)
    sizes = np.zeros(users, np.int64)
    found, because = np.empty(room, np.int32), np.full(room, -1, np.int32)
    scores, parts = np.empty(room, np.float32), np.empty(k)
    sums, places = np.full(size, _UNMET), np.full(size, -1, np.int32)
    met, keys = np.empty(size + 1, np.int32), np.empty(_ROOM * k, np.uint64)
    filled = 0
    for user in range(users):
        first, last = hidden.indptr[user], hidden.indptr[user + 1]
        for row in range(first, last):
            sums[hidden.items[row]] = _HIDDEN
        candidates = _add_up(user, seeds, neighbours, sums, met)
        kept = _take_best(met, candidates, sums, keys, k)
        for row in range(first, last):
            sums[hidden.items[row]] = _UNMET
        for t in range(kept):
            found[filled + t], scores[filled + t] = read_item(keys[t]), read_score(keys[t])
        stop = filled + kept
        if reasons:
            _find_reasons(user, seeds, neighbours, found[filled:stop], places, parts, because[filled:stop])
        sizes[user] = kept
        filled = stop
    return sizes, found, scores, because


@compile_kernel
def _count_room(seeds: RankedLists, neighbours: RankedLists, k: int) -> int:
    """How many rows all lists have at most."""
    room = 0
    for user in range(len(seeds.indptr) - 1):
        most = 0
        for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
            seed = seeds.items[row]
            most += neighbours.indptr[seed + 1] - neighbours.indptr[seed]
        room += min(k, most)
    return room


@compile_kernel
def _add_up(user: int, seeds: Any, neighbours: Any, sums: Any, met: Any) -> int:
    """Sum up by item; returns how many items were `met` that are not hidden."""
    candidates = 0
    bits, unmet = sums.view(np.uint64), np.uint64(1 << 63)
    for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
        seed, weight = seeds.items[row], np.float64(seeds.scores[row])
        for n in range(neighbours.indptr[seed], neighbours.indptr[seed + 1]):
            item = neighbours.items[n]
            # Written in any case: a branch could not be foreseen.
            met[candidates] = item
            candidates += bits[item] == unmet
            # The zero that is added makes a part of -0.0 another zero than _UNMET.
            sums[item] += weight * np.float64(neighbours.scores[n]) + 0.0
    return candidates


@compile_kernel
def _take_best(met: Any, candidates: int, sums: Any, keys: Any, k: int) -> int:
    """The sorted `keys` of the k best of the items met, whose sums are _UNMET after it; returns how many."""
    size, floor = 0, np.float32(-np.inf)
    for t in range(candidates):
        item = met[t]
        score = np.float32(sums[item])
        sums[item] = _UNMET
        if score >= floor:
            keys[size] = pack_key(score, item)
            size += 1
            if size == len(keys):
                keep_smallest(keys, size, k)
                size, floor = k, read_score(keys[:k].max())
    kept = min(size, k)
    if kept:
        keep_smallest(keys, size, kept)
        sort_keys(keys, kept)
    return kept


@compile_kernel
def _find_reasons(
    user: int, seeds: Any, neighbours: Any, chosen: Any, places: Any, parts: Any, because: Any
) -> None:
    """The seed that gave most of each item that was chosen; `places` (items,) are -1 before and after."""
    for t in range(len(chosen)):
        places[chosen[t]], because[t] = t, -1
    for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
        seed, weight = seeds.items[row], np.float64(seeds.scores[row])
        for n in range(neighbours.indptr[seed], neighbours.indptr[seed + 1]):
            t = places[neighbours.items[n]]
            if t >= 0:
                part, reason = weight * np.float64(neighbours.scores[n]), because[t]
                if reason < 0 or part > parts[t] or (part == parts[t] and seed < reason):
                    parts[t], because[t] = part, seed
    for t in range(len(chosen)):
        places[chosen[t]] = -1
