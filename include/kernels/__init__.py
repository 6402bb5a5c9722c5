"""Compiled numerics behind one door: arrays in, arrays out, and nothing that knows of ids, files or texts.

Nobody outside imports a module of this folder. Loops run on several threads and the threads change no bit;
`tick`, where a function takes it, is called with how many more are done.
"""

from include.kernels.binary_rows import ByteColumn, compose_lists, compose_rows
from include.kernels.by_run import choose_newest, sum_by_item
from include.kernels.cancellations import cancel_last_first
from include.kernels.changed_lists import find_rows, order_lists
from include.kernels.cores import count_cores
from include.kernels.dense_scores import rank_scores
from include.kernels.explained_scores import explain_products
from include.kernels.fused_gains import find_reachable, sum_fused_gains
from include.kernels.interleave import (
    Interleaved,
    interleave_lists,
    merge_neighbours,
    sort_lists,
    take_block,
)
from include.kernels.inverse import invert_positive
from include.kernels.least_squares import improve_factors
from include.kernels.local_systems import solve_local_systems
from include.kernels.nearest_items import rank_nearest
from include.kernels.neighbour_sums import rank_sums
from include.kernels.neighbours import rank_neighbours
from include.kernels.pair_sums import sum_pairs
from include.kernels.ranked_lists import RankedLists
from include.kernels.ranking import number_ranks, split_blocks
from include.kernels.resampling import resample_sums
from include.kernels.shortlists import count_list_bytes, measure_lengths
from include.kernels.slots import limit_lists, spread_labels
from include.kernels.threads import run_blocks
from include.kernels.top_scores import rank_products
from include.kernels.union import United, unite_lists

__all__ = [
    "ByteColumn",
    "Interleaved",
    "RankedLists",
    "United",
    "cancel_last_first",
    "choose_newest",
    "compose_lists",
    "compose_rows",
    "count_cores",
    "count_list_bytes",
    "explain_products",
    "find_reachable",
    "find_rows",
    "improve_factors",
    "interleave_lists",
    "invert_positive",
    "limit_lists",
    "measure_lengths",
    "merge_neighbours",
    "number_ranks",
    "order_lists",
    "rank_nearest",
    "rank_neighbours",
    "rank_products",
    "rank_scores",
    "rank_sums",
    "resample_sums",
    "run_blocks",
    "solve_local_systems",
    "sort_lists",
    "split_blocks",
    "spread_labels",
    "sum_by_item",
    "sum_fused_gains",
    "sum_pairs",
    "take_block",
    "unite_lists",
]
