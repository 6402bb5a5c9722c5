"""What lists fused by some weights are worth, without making the lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel


@compile_kernel
def sum_fused_gains(
    indptr: NDArray[np.int64],
    ranks: NDArray[np.int32],
    hits: NDArray[np.bool_],
    segments: NDArray[np.int8],
    parts: NDArray[np.float64],
    untils: NDArray[np.int64],
    turns: int,
    gains: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Of each user (users,) the sum of gains[place] over the hits among the first len(gains) items.

    The candidates of user i are the rows indptr[i] to indptr[i + 1], in the order in which ties are broken.
    ranks (n, sources): from 1, 0 where the source has it not. hits (n,): whether the user bought it.
    segments (users,): of each user. parts (ranges, segments, sources, ranks): what a rank adds to the score;
    range r ends before place untils[r], and chooses the highest scores above 0, as float32, of what the
    ranges before have left. The rest of the list is filled by the sources from `turns` on, each in its order.
    """
    users, k, sources = len(indptr) - 1, len(gains), ranks.shape[1]
    gained = np.zeros(users)
    most = 0
    for user in range(users):
        most = max(most, indptr[user + 1] - indptr[user])
    is_taken = np.zeros(most, np.bool_)
    at_rank = np.zeros(parts.shape[3], np.int64)
    rows, scores = np.empty(k, np.int64), np.empty(k, np.float32)
    for user in range(users):
        first, last = indptr[user], indptr[user + 1]
        is_taken[: last - first] = False
        size = 0
        for choice in range(len(untils)):
            start, stop = size, min(k, untils[choice])
            if start >= stop:
                continue
            of_range = parts[choice, segments[user]]
            for row in range(first, last):
                if is_taken[row - first]:
                    continue
                total = 0.0
                for source in range(sources):
                    total += of_range[source, ranks[row, source]]
                score = np.float32(total)
                if score <= 0 or (size == stop and score <= scores[size - 1]):
                    continue
                place = size if size < stop else stop - 1
                while place > start and scores[place - 1] < score:
                    rows[place], scores[place] = rows[place - 1], scores[place - 1]
                    place -= 1
                rows[place], scores[place] = row, score
                size = min(size + 1, stop)
            for place in range(start, size):
                is_taken[rows[place] - first] = True
        for source in range(turns, sources):
            if size == k:
                break
            at_rank[:] = -1
            for row in range(first, last):
                at_rank[ranks[row, source]] = row
            for rank in range(1, len(at_rank)):
                row = at_rank[rank]
                if row < 0 or is_taken[row - first] or size == k:
                    continue
                rows[size] = row
                is_taken[row - first] = True
                size += 1
        for place in range(size):
            gained[user] += gains[place] * hits[rows[place]]
    return gained


@compile_kernel
def find_reachable(indptr: NDArray[np.int64], ranks: NDArray[np.int32], k: int) -> NDArray[np.bool_]:
    """Which candidates (n,) can be among the first k of `sum_fused_gains` by any weights.

    One cannot where k candidates of its user that come before it have a rank as good or better in each source
    that has it: whatever the weights, their scores are as high, and they fill no later.
    """
    sources = ranks.shape[1]
    reachable = np.ones(len(ranks), np.bool_)
    for user in range(len(indptr) - 1):
        for row in range(indptr[user], indptr[user + 1]):
            above = 0
            for other in range(indptr[user], row):
                is_above = True
                for source in range(sources):
                    rank, own = ranks[other, source], ranks[row, source]
                    if own > 0 and (rank == 0 or rank > own):
                        is_above = False
                        break
                above += is_above
                if above == k:
                    reachable[row] = False
                    break
    return reachable
