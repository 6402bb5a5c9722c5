"""Sums of rows that are drawn with replacement, again and again: the work of a bootstrap.

B. Efron: Bootstrap methods: another look at the jackknife, The Annals of Statistics 7(1), 1979. The numbers
are SplitMix64's, of which the n-th follows from n alone: G. Steele, D. Lea, C. Flood: Fast splittable
pseudorandom number generators, OOPSLA 2014.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.threads import run_all

# Replicates that share a reading of the rows, and rows that stay in the processor's cache meanwhile.
_REPLICATES = 16
_ROWS = 256


def resample_sums(
    rows: NDArray[np.float64], replicates: int, *, seed: int = 0, threads: int | None = None
) -> NDArray[np.float64]:
    """The sums (replicates, m) of n rows drawn with replacement from the rows (n, m), in each replicate anew.

    The chances of two rows differ by n / 2**32 of themselves at most. The same draws for the same n and seed
    on any machine and any number of threads (one for each core by default); so are the sums' bits where the
    rows are whole numbers and no sum reaches 2**53. Without rows, all sums are 0.
    """
    sums = np.zeros((replicates, rows.shape[1]))
    edges = [*range(0, replicates, _REPLICATES), replicates]
    rows, key = np.ascontiguousarray(rows, np.float64), np.uint64(seed % 2**64)

    def add(start: int, stop: int) -> None:
        _add_drawn(rows, key, start, sums[start:stop])

    if len(rows):
        run_all(add, pairwise(edges), threads)
    return sums


@compile_kernel
def _add_drawn(rows: NDArray[np.float64], key: np.uint64, first: int, sums: NDArray[np.float64]) -> None:
    size = len(rows)
    times = np.zeros((len(sums), size), np.uint16)
    for replicate in range(len(sums)):
        drawn = times[replicate]
        state = _mix(key) + np.uint64(first + replicate) * np.uint64(size) * np.uint64(0x9E3779B97F4A7C15)
        for _ in range(size):
            state += np.uint64(0x9E3779B97F4A7C15)
            drawn[((_mix(state) >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32)] += np.uint16(1)
    for start in range(0, size, _ROWS):
        for replicate in range(len(sums)):
            total = sums[replicate]
            for row in range(start, min(start + _ROWS, size)):
                weight, values = np.float64(times[replicate, row]), rows[row]
                for column in range(len(values)):
                    total[column] += weight * values[column]


@compile_kernel
def _mix(state: np.uint64) -> np.uint64:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
