from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.kernels.parts import count_parts, cut_evenly

PARTS = st.integers(1, 4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=12), PARTS)
def test_ranges_cover_every_run_once(sizes: list[int], parts: int) -> None:
    starts = np.append(0, np.cumsum(sizes)).astype(np.int64)
    ranges = list(cut_evenly(starts, parts))
    assert len(ranges) <= parts
    assert [run for first, stop in ranges for run in range(first, stop)] == list(range(len(sizes)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=30), PARTS)
def test_counts_the_codes_of_each_part(codes: list[int], parts: int) -> None:
    edges = np.linspace(0, len(codes), parts + 1).astype(np.int64)
    shares = count_parts(np.array(codes, np.int32), edges, 5)
    assert shares.tolist() == [
        np.bincount(codes[edges[part] : edges[part + 1]], minlength=5).tolist() for part in range(parts)
    ]
