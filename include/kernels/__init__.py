"""Compiled numerics behind one door: nobody imports a module behind it."""

from include.kernels.interleave import (
    Interleaved,
    interleave_lists,
    merge_neighbours,
    sort_lists,
    take_block,
)
from include.kernels.ranked_lists import RankedLists
from include.kernels.ranking import number_places as number_ranks
from include.kernels.ranking import split_blocks
from include.kernels.threads import count_cores, run_blocks

__all__ = [
    "Interleaved",
    "RankedLists",
    "count_cores",
    "interleave_lists",
    "merge_neighbours",
    "number_ranks",
    "run_blocks",
    "sort_lists",
    "split_blocks",
    "take_block",
]
