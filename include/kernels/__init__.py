"""Compiled numerics behind one door: numpy, scipy and numba only; no ids, no Arrow, no progress texts."""

from include.kernels.cancellations import cancel_last_first
from include.kernels.grouping import (
    choose_newest,
    group_rows,
    mark_starts,
    merge_runs,
    number_rows,
    select_pairs,
    split_keys,
    sum_by_item,
)
from include.kernels.threads import count_cores

__all__ = [
    "cancel_last_first",
    "choose_newest",
    "count_cores",
    "group_rows",
    "mark_starts",
    "merge_runs",
    "number_rows",
    "select_pairs",
    "split_keys",
    "sum_by_item",
]
