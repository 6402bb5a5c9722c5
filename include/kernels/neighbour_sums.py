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

_UNMET, _HIDDEN = -1, -2


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
    scores = np.empty(room, np.float32)
    # By item, of the user at hand: the sum, the largest part of it, and the seed that gave that.
    sums, parts, reasons = np.zeros(size), np.empty(size), np.full(size, _UNMET, np.int32)
    met, keys = np.empty(size, np.int32), np.empty(size, np.uint64)
    filled = 0
    for user in range(users):
        first, last = hidden.indptr[user], hidden.indptr[user + 1]
        for row in range(first, last):
            reasons[hidden.items[row]] = _HIDDEN
        candidates = _add_up(user, seeds, neighbours, sums, parts, reasons, met)
        for t in range(candidates):
            keys[t] = pack_key(np.float32(sums[met[t]]), met[t])
        kept = min(candidates, k)
        if kept:
            keep_smallest(keys, candidates, kept)
            sort_keys(keys, kept)
        for t in range(kept):
            item = read_item(keys[t])
            found[filled + t], scores[filled + t] = item, read_score(keys[t])
            because[filled + t] = reasons[item]
        for t in range(candidates):
            sums[met[t]], reasons[met[t]] = 0.0, _UNMET
        for row in range(first, last):
            reasons[hidden.items[row]] = _UNMET
        sizes[user] = kept
        filled += kept
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
def _add_up(user: int, seeds: Any, neighbours: Any, sums: Any, parts: Any, reasons: Any, met: Any) -> int:
    """Sum up the user's candidates, those that are not hidden; returns how many items were `met`."""
    candidates = 0
    for row in range(seeds.indptr[user], seeds.indptr[user + 1]):
        seed, weight = seeds.items[row], np.float64(seeds.scores[row])
        for n in range(neighbours.indptr[seed], neighbours.indptr[seed + 1]):
            item = neighbours.items[n]
            reason = reasons[item]
            if reason == _HIDDEN:
                continue
            part = weight * np.float64(neighbours.scores[n])
            sums[item] += part
            if reason == _UNMET:
                met[candidates] = item
                candidates += 1
            if reason == _UNMET or part > parts[item] or (part == parts[item] and seed < reason):
                parts[item], reasons[item] = part, seed
    return candidates
