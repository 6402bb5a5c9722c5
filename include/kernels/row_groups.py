"""Rows of two codes each in order of both, by the quicker of two ways.

Parts in which the users ascend, as a day's Arrow file has them, are put together a few thousand users at a
time, in the processor's cache. Rows in any order are counted and then placed all over memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.grouping import AHEAD, HALF, MOST_PARTS, count_parts, run_all, run_parts
from include.kernels.intrinsics import fetch
from include.kernels.selection import SHORT, rank_keys
from include.kernels.threads import count_cores

_BLOCK = 1 << 15  # rows, more or less, whose users are put together at a time
_SHARES = 8  # of the blocks, for each core


def group_rows(
    users: NDArray[np.int32],
    items: NDArray[np.int32],
    user_count: int,
    ends: Sequence[int] | NDArray[np.int64] = (),
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Where each user's keys start (users + 1,), and the keys (n,), sorted by user, item and row.

    users (n,) and items (n,) are codes from 0. `ends` is 0 and then where each part of the rows ends: it is
    quicker where the users ascend within each; without it all rows are one part.
    """
    edges = np.array(ends if len(ends) else [0, len(users)], np.int64)
    if _ascend(users, edges):
        return _put_together(users, items, user_count, edges)
    return _place_and_sort(users, items, user_count)


def _ascend(users: NDArray[np.int32], edges: NDArray[np.int64]) -> bool:
    descents = np.zeros(len(edges) - 1, np.int64)

    def count(part: int) -> None:
        descents[part] = _count_descents(users, edges[part], edges[part + 1])

    run_parts(count, len(descents))
    return not descents.any()


def _put_together(
    users: NDArray[np.int32], items: NDArray[np.int32], user_count: int, edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    blocks = max(1, min(user_count, len(users) // _BLOCK))
    firsts = np.linspace(0, user_count, blocks + 1).astype(np.int64)
    bounds = np.empty((len(edges) - 1, blocks + 1), np.int64)
    for part, (first, stop) in enumerate(pairwise(edges)):
        bounds[part] = first + np.searchsorted(users[first:stop], firsts)
    starts = np.zeros(user_count + 1, np.int64)
    starts[firsts] = (bounds - bounds[:, :1]).sum(axis=0)
    keys = np.empty(len(users), np.uint64)
    shares = np.unique(np.linspace(0, blocks, _SHARES * count_cores() + 1).astype(np.int64))

    def fill(share: int) -> None:
        for block in range(shares[share], shares[share + 1]):
            _fill_block(users, items, bounds, firsts, block, starts, keys)

    run_parts(fill, len(shares) - 1)
    return starts, keys


def _place_and_sort(
    users: NDArray[np.int32], items: NDArray[np.int32], user_count: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    edges = np.linspace(0, len(users), min(count_cores(), MOST_PARTS) + 1).astype(np.int64)
    shares = count_parts(users, edges, user_count)
    starts = np.zeros(user_count + 1, np.int64)
    np.cumsum(shares.sum(axis=0), out=starts[1:])
    # The keys of a user are in order of the parts, each of which fills a stretch of its own.
    free = starts[:-1] + np.cumsum(shares, axis=0) - shares
    keys = np.empty(len(users), np.uint64)

    def place(part: int) -> None:
        _place_keys(users, items, free[part], keys, edges[part], edges[part + 1])

    def sort(first: int, stop: int) -> None:
        _sort_runs(keys, starts, first, stop)

    run_parts(place, len(shares))
    run_all(sort, starts)
    return starts, keys


@compile_kernel
def _count_descents(users: NDArray[np.int32], first: int, stop: int) -> np.int64:
    count = np.int64(0)
    for row in range(first + 1, stop):
        count += np.int64(users[row] < users[row - 1])
    return count


@compile_kernel
def _fill_block(
    users: NDArray[np.int32],
    items: NDArray[np.int32],
    bounds: NDArray[np.int64],
    firsts: NDArray[np.int64],
    block: int,
    starts: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> None:
    """Put together the keys of the users from firsts[block] to before firsts[block + 1].

    starts[first] is known. Their rows in part p are those from bounds[p, block] to before
    bounds[p, block + 1].
    """
    first, stop = firsts[block], firsts[block + 1]
    counts = np.zeros(stop - first, np.int64)
    for part in range(len(bounds)):
        for row in range(bounds[part, block], bounds[part, block + 1]):
            counts[users[row] - first] += 1
    free = np.empty(stop - first, np.int64)
    for user in range(stop - first):
        free[user] = starts[first + user]
        starts[first + user + 1] = free[user] + counts[user]
    for part in range(len(bounds)):
        for row in range(bounds[part, block], bounds[part, block + 1]):
            user = users[row] - first
            keys[free[user]] = (np.uint64(items[row]) << HALF) | np.uint64(row)
            free[user] += 1
    _sort_runs(keys, starts, first, stop)


@compile_kernel
def _place_keys(
    users: NDArray[np.int32],
    items: NDArray[np.int32],
    free: NDArray[np.int64],
    keys: NDArray[np.uint64],
    first: int,
    stop: int,
) -> None:
    """Put the keys of the rows [first, stop) where free (users,) says."""
    for row in range(first, stop):
        if row + 2 * AHEAD < stop:
            fetch(free, users[row + 2 * AHEAD])
            fetch(keys, free[users[row + AHEAD]])
        user = users[row]
        keys[free[user]] = (np.uint64(items[row]) << HALF) | np.uint64(row)
        free[user] += 1


@compile_kernel
def _sort_runs(keys: NDArray[np.uint64], starts: NDArray[np.int64], first: int, stop: int) -> None:
    former, ranks = np.empty(SHORT, np.uint64), np.empty(SHORT, np.int64)
    for run in range(first, stop):
        begin, size = starts[run], starts[run + 1] - starts[run]
        if size > SHORT:
            keys[begin : begin + size].sort()
            continue
        for i in range(size):
            former[i] = keys[begin + i]
        rank_keys(former, size, ranks)
        for i in range(size):
            keys[begin + ranks[i]] = former[i]
