"""Runs of keys, one for each user, sorted by `row_groups`: shared among threads, merged and chosen from.

A key holds an item's code in its upper half and the row's number in its lower half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.threads import count_cores, run_blocks

_BATCH = 256
AHEAD = 16  # how many rows before it is needed a place in memory is asked for
MOST_PARTS = 8  # each has some numbers for every code
ROW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def split_keys(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The item (n,) and the row (n,) of each key."""
    return (keys >> HALF).astype(np.int32), (keys & ROW).astype(np.int64)


def run_all(work: Callable[[int, int], None], starts: NDArray[np.int64]) -> None:
    """Call work(first, stop) for ranges of runs that have about as many rows each, one for each core."""
    threads = count_cores()
    for _ in run_blocks(work, list(cut_evenly(starts, threads)), threads):
        pass


def run_parts(work: Callable[[int], None], parts: int) -> None:
    """Call work(part) for each part, as many at once as there are cores."""
    for _ in run_blocks(lambda part, _: work(part), ((n, n + 1) for n in range(parts)), count_cores()):
        pass


def cut_evenly(starts: NDArray[np.int64], parts: int) -> Iterator[tuple[int, int]]:
    """Ranges of runs, at most `parts`, that cover all and have about as many rows each."""
    wanted = np.linspace(0, starts[-1], parts + 1)[1:-1]
    edges = np.unique([0, *np.searchsorted(starts, wanted), len(starts) - 1])
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def merge_runs(
    starts: NDArray[np.int64],
    keys: NDArray[np.uint64],
    standing: NDArray[np.bool_],
    timestamps: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """One entry for each user and item that has a standing row.

    Returns where each user's entries start (users + 1,), and of each entry its item, how many rows of it
    stand, and the latest timestamps of these. `standing` and `timestamps` are by row.
    """
    counts = np.zeros(len(starts), np.int64)

    def count(first: int, stop: int) -> None:
        _count_entries(keys, starts, standing, counts, first, stop)

    run_all(count, starts)
    indptr = np.cumsum(counts)
    items = np.empty(indptr[-1], np.int32)
    weight = np.empty(indptr[-1], np.float32)
    latest = np.empty(indptr[-1], np.int64)

    def fill(first: int, stop: int) -> None:
        _fill_entries(keys, starts, standing, timestamps, indptr, items, weight, latest, first, stop)

    run_all(fill, starts)
    return indptr, items, weight, latest


def choose_latest(
    indptr: NDArray[np.int32], timestamps: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The latest entries of each run, at most `most`: where each run's start (runs + 1,), and they (n,).

    They are places in `timestamps`; the latest come first, and the order stays where timestamps tie.
    """
    starts = np.append(0, np.cumsum(np.minimum(np.diff(indptr), most), dtype=np.int64))
    entries = np.empty(starts[-1], np.int64)

    def choose(first: int, stop: int) -> None:
        _choose_latest(indptr, timestamps, starts, entries, first, stop)

    run_all(choose, starts)
    return starts, entries


def count_parts(codes: NDArray[np.int32], edges: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """How many rows of each part have each code (parts, size); part p is codes[edges[p] : edges[p + 1]]."""
    shares = np.zeros((len(edges) - 1, size), np.int64)

    def count(part: int) -> None:
        _count_codes(codes, shares[part], edges[part], edges[part + 1])

    run_parts(count, len(shares))
    return shares


@compile_kernel
def _count_codes(codes: NDArray[np.int32], counts: NDArray[np.int64], first: int, stop: int) -> None:
    for row in range(first, stop):
        counts[codes[row]] += 1


@compile_kernel
def _count_entries(
    keys: NDArray[np.uint64],
    starts: NDArray[np.int64],
    standing: NDArray[np.bool_],
    counts: NDArray[np.int64],
    first: int,
    stop: int,
) -> None:
    """Put each user's number of entries one place behind the user."""
    for user in range(first, stop):
        last = np.int64(-1)
        for place in range(starts[user], starts[user + 1]):
            item = np.int64(keys[place] >> HALF)
            if standing[keys[place] & ROW] and item != last:
                counts[user + 1] += 1
                last = item


@compile_kernel
def _fill_entries(
    keys: NDArray[np.uint64],
    starts: NDArray[np.int64],
    standing: NDArray[np.bool_],
    timestamps: NDArray[np.int64],
    indptr: NDArray[np.int64],
    items: NDArray[np.int32],
    weight: NDArray[np.float32],
    latest: NDArray[np.int64],
    first: int,
    stop: int,
) -> None:
    """In batches, for the looks at rows to be made at once: these lie anywhere in memory."""
    stands = np.empty(_BATCH, np.bool_)
    times = np.empty(_BATCH, np.int64)
    user, entry = first, indptr[first] - 1
    last, count = np.int64(-1), 0
    for begin in range(starts[first], starts[stop], _BATCH):
        size = min(_BATCH, starts[stop] - begin)
        for i in range(size):
            row = keys[begin + i] & ROW
            stands[i], times[i] = standing[row], timestamps[row]
        for i in range(size):
            while begin + i == starts[user + 1]:
                user, last = user + 1, np.int64(-1)
            if not stands[i]:
                continue
            item = np.int64(keys[begin + i] >> HALF)
            if item != last:
                entry, last, count = entry + 1, item, 0
                items[entry], latest[entry] = item, times[i]
            count += 1
            weight[entry] = count
            latest[entry] = max(latest[entry], times[i])


@compile_kernel
def _choose_latest(
    indptr: NDArray[np.int32],
    timestamps: NDArray[np.int64],
    starts: NDArray[np.int64],
    entries: NDArray[np.int64],
    first: int,
    stop: int,
) -> None:
    for run in range(first, stop):
        begin = indptr[run]
        order = np.argsort(-timestamps[begin : indptr[run + 1]], kind="mergesort")
        for rank in range(starts[run + 1] - starts[run]):
            entries[starts[run] + rank] = begin + order[rank]
