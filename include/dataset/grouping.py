"""Rows of two codes each, a user's and an item's: put in order, and merged to one entry a pair.

A key holds an item's code in its upper 32 bits and the row's number in its lower 32 bits. The keys of a user
follow each other and ascend; `starts` (users + 1,) says where each user's start.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

Runs = tuple[NDArray[np.int64], NDArray[np.uint64]]  # starts and keys


def group_rows(users: NDArray[np.int32], items: NDArray[np.int32], user_count: int) -> Runs:
    """starts (users + 1,) and keys (n,) of rows in any order; equal pairs keep the order of their rows.

    users (n,) and items (n,) are codes from 0, of at most 2**32 rows. It is quickest where the users ascend
    over long stretches of the rows.
    """
    pairs = users.astype(np.uint64) << _HALF
    pairs |= items.astype(np.uint64)
    rows = np.argsort(pairs, kind="stable")
    keys = (pairs[rows] << _HALF) | rows.astype(np.uint64)
    starts = np.append(0, np.cumsum(np.bincount(users, minlength=user_count))).astype(np.int64)
    return starts, keys


def split_keys(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The item (n,) and the row (n,) of each key."""
    return (keys >> _HALF).astype(np.int32), (keys & _ROW).astype(np.int64)


def mark_starts(*columns: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True (n,) on the first row of each run of equal values; the rows must be sorted by them."""
    starts = np.zeros(len(columns[0]), np.bool_)
    if len(starts):
        starts[0] = True
        for column in columns:
            starts[1:] |= column[1:] != column[:-1]
    return starts


def number_rows(starts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """0, 1, 2 … (n,) within each run, from the marks of `mark_starts`."""
    first = np.flatnonzero(starts)
    return np.arange(len(starts)) - np.repeat(first, np.diff(first, append=len(starts)))


def merge_runs(
    starts: NDArray[np.int64],
    keys: NDArray[np.uint64],
    standing: NDArray[np.bool_],
    timestamps: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """One entry for each user and item that has a standing row.

    Returns where each user's entries start (users + 1,), and of each entry (m,) its item, how many rows of it
    stand, and the newest of their timestamps. `standing` and `timestamps` (n,) are by row.
    """
    items, rows = split_keys(keys)
    kept = standing[rows]
    users = _repeat_runs(starts)[kept]
    items, rows = items[kept], rows[kept]
    first = np.flatnonzero(mark_starts(users, items))
    if not len(first):
        empty = np.empty(0, np.int64)
        return np.zeros(len(starts), np.int64), items, empty.astype(np.float32), empty
    indptr = np.append(0, np.cumsum(np.bincount(users[first], minlength=len(starts) - 1))).astype(np.int64)
    weight = np.diff(first, append=len(rows)).astype(np.float32)
    return indptr, items[first], weight, np.maximum.reduceat(timestamps[rows], first)


def add_runs(
    starts: NDArray[np.int64], keys: NDArray[np.uint64], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The sum (m,) of the rows' `shares` (n,) for each user and item, in the order of `merge_runs`."""
    items, rows = split_keys(keys)
    first = np.flatnonzero(mark_starts(_repeat_runs(starts), items))
    if not len(first):
        return np.empty(0, np.float32)
    return np.add.reduceat(shares[rows].astype(np.float64), first).astype(np.float32)


def select_pairs(
    starts: NDArray[np.int64], keys: NDArray[np.uint64], marked: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All rows of those pairs of user and item of which a row is `marked` (n,), which is by row.

    Returns the pair's number (m,) and the row (m,), sorted by both.
    """
    items, rows = split_keys(keys)
    pairs = np.cumsum(mark_starts(_repeat_runs(starts), items)) - 1
    wanted = np.zeros(len(keys), np.bool_)
    wanted[pairs[marked[rows]]] = True
    chosen = wanted[pairs]
    return pairs[chosen], rows[chosen]


def _repeat_runs(starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The run's number, for each of its keys."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
