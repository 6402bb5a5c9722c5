"""Rows in parts of about the same size, and how often each code is in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from include.kernels.threads import run_all

AHEAD = 16  # how many rows before it is needed an element in memory is asked for
MOST_PARTS = 8  # each has some numbers for every code


def run_parts(work: Callable[[int], None], parts: int) -> None:
    """Call work(part) for each part, as many at once as there are cores."""
    run_all(lambda part, _: work(part), pairwise(range(parts + 1)))


def cut_evenly(starts: NDArray[np.integer], parts: int) -> Iterator[tuple[int, int]]:
    """Ranges of runs, at most `parts`, that cover all and have about as many rows each."""
    wanted = np.linspace(0, starts[-1], parts + 1)[1:-1]
    edges = np.unique([0, *np.searchsorted(starts, wanted), len(starts) - 1])
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def count_parts(codes: NDArray[np.int32], edges: NDArray[np.integer], size: int) -> NDArray[np.int64]:
    """How many rows of each part have each code (parts, size); part p is codes[edges[p] : edges[p + 1]]."""
    shares = np.empty((len(edges) - 1, size), np.int64)
    for part, (first, stop) in enumerate(pairwise(edges)):
        shares[part] = np.bincount(codes[first:stop], minlength=size)
    return shares
