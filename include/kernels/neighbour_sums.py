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

# Of an item for the user at hand; from _CHOSEN on its rank is added.
_UNMET, _MET, _HIDDEN, _CHOSEN = 0, 1, 2, 4
_LAST_ITEM = np.uint32(0xFFFFFFFF)
_ROOM = 4  # so many times k keys are gathered before the best k are kept


def rank_sums(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int
) -> tuple[RankedLists, NDArray[np.int32]]:
    """Up to k different neighbours of each user's seeds, and the seed (n,) that is the reason for each.

    seeds: by user, items with a weight each as their scores. neighbours: by item, in any order. hidden: by
    user, items that are left out. score(u, j) = Σ_i weight(u, i) · score(i, j) over the seeds i that have j
    as a neighbour, in float64 in the order of the seeds, rounded once to float32. The reason is the seed that
    gave most, the lowest item number where several did. Order: score from the highest, then item number.

    Time grows with the neighbours of all seeds; memory beside the lists with the items. Raises OverflowError
    for scores beyond float32.
    """
    sizes, items, scores, because = _rank_users(seeds, neighbours, hidden, k)
    indptr = sum_sizes(sizes)
    found = int(indptr[-1])
    if not np.isfinite(scores[:found]).all():
        raise OverflowError("The scores and weights are too large for their sums.")
    return RankedLists(indptr, items[:found], scores[:found]), because[:found]


@compile_kernel
def _rank_users(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    users, size = len(seeds.indptr) - 1, len(neighbours.indptr) - 1
    room = _count_room(seeds, neighbours, k)
    sizes = np.zeros(users, np.int64)
    found, because = np.empty(room, np.int32), np.empty(room, np.int32)
    scores, parts = np.empty(room, np.float32), np.empty(k)
    sums, marks = np.zeros(size), np.full(size, _UNMET, np.int32)
    met, keys = np.empty(size + 1, np.int32), np.empty(_ROOM * k, np.uint64)
    filled = 0
    for user in range(users):
        first, last = hidden.indptr[user], hidden.indptr[user + 1]
        for row in range(first, last):
            marks[hidden.items[row]] = _HIDDEN
        candidates = _add_up(user, seeds, neighbours, sums, marks, met)
        kept = _keep_best(met, candidates, sums, keys, k)
        for t in range(candidates):
            sums[met[t]], marks[met[t]] = 0.0, _UNMET
        for row in range(first, last):
            sums[hidden.items[row]], marks[hidden.items[row]] = 0.0, _UNMET
        for t in range(kept):
            found[filled + t], scores[filled + t] = read_item(keys[t]), read_score(keys[t])
        stop = filled + kept
        _find_reasons(user, seeds, neighbours, found[filled:stop], marks, parts, because[filled:stop])
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
def _add_up(user: int, seeds: Any, neighbours: Any, sums: Any, marks: Any, met: Any) -> int:
    """Sum up by item; returns how many items were `met` that are not hidden."""
    candidates = 0
    for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
        seed, weight = seeds.items[row], np.float64(seeds.scores[row])
        for n in range(neighbours.indptr[seed], neighbours.indptr[seed + 1]):
            item = neighbours.items[n]
            sums[item] += weight * np.float64(neighbours.scores[n])
            # Written in any case: a branch could not be foreseen.
            met[candidates] = item
            candidates += marks[item] == _UNMET
            marks[item] |= _MET
    return candidates


@compile_kernel
def _keep_best(met: Any, candidates: int, sums: Any, keys: Any, k: int) -> int:
    """The sorted `keys` of the k best of the items met; returns how many there are."""
    size, worst = 0, pack_key(np.float32(-np.inf), _LAST_ITEM)
    for t in range(candidates):
        key = pack_key(np.float32(sums[met[t]]), met[t])
        keys[size] = key
        size += key <= worst
        if size == len(keys):
            keep_smallest(keys, size, k)
            size, worst = k, keys[:k].max()
    kept = min(size, k)
    if kept:
        keep_smallest(keys, size, kept)
        sort_keys(keys, kept)
    return kept


@compile_kernel
def _find_reasons(
    user: int, seeds: Any, neighbours: Any, chosen: Any, marks: Any, parts: Any, because: Any
) -> None:
    """The seed that gave most of each item that was chosen; marks are _UNMET before and after."""
    for t in range(len(chosen)):
        marks[chosen[t]], because[t] = _CHOSEN + t, -1
    for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
        seed, weight = seeds.items[row], np.float64(seeds.scores[row])
        for n in range(neighbours.indptr[seed], neighbours.indptr[seed + 1]):
            t = marks[neighbours.items[n]] - _CHOSEN
            if t >= 0:
                part, reason = weight * np.float64(neighbours.scores[n]), because[t]
                if reason < 0 or part > parts[t] or (part == parts[t] and seed < reason):
                    parts[t], because[t] = part, seed
    for t in range(len(chosen)):
        marks[chosen[t]] = _UNMET
