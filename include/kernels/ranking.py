"""The ranks of lists, and the blocks of the loops that make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def number_ranks(sizes: NDArray[np.integer]) -> NDArray[np.int32]:
    """The ranks 1..n (int32) of lists of the given sizes, one list after the other."""
    total = np.cumsum(sizes, dtype=np.int64)
    first = np.repeat(total - sizes, sizes)
    return (np.arange(len(first)) - first + 1).astype(np.int32)


def split_blocks(costs: NDArray[np.integer], limit: int) -> list[tuple[int, int]]:
    """Cut rows 0..n into consecutive blocks [start, stop) whose costs (n,) sum to at most `limit`.

    A row that alone costs more is a block of its own.
    """
    total = np.cumsum(costs, dtype=np.int64)
    blocks: list[tuple[int, int]] = []
    start, spent = 0, 0
    while start < len(costs):
        stop = max(start + 1, int(np.searchsorted(total, spent + limit, side="right")))
        blocks.append((start, stop))
        start, spent = stop, int(total[stop - 1])
    return blocks
