from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from include.kernels import number_ranks, split_blocks


@given(st.lists(st.integers(0, 5), max_size=9))
def test_ranks_count_from_one_in_each_list(sizes: list[int]) -> None:
    expected = [rank for size in sizes for rank in range(1, size + 1)]
    assert number_ranks(np.array(sizes, np.int32)).tolist() == expected


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_blocks_cover_all_rows_within_the_limit(costs: list[int], limit: int) -> None:
    blocks = split_blocks(np.array(costs, np.int64), limit)
    assert [row for start, stop in blocks for row in range(start, stop)] == list(range(len(costs)))
    assert all(sum(costs[start:stop]) <= limit or stop == start + 1 for start, stop in blocks)
