from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from include.kernels import co_buyers
from include.kernels.co_buyers import count_parts, cut_evenly


@pytest.mark.parametrize("threads", [1, 3, 20])
def test_purchases_are_arranged_alike_by_any_number_of_threads(threads: int) -> None:
    rng = np.random.default_rng(5)
    dense = rng.random((40, 12)) < 0.3 * rng.random(12)
    user_items = csr_matrix(dense, dtype=np.int32)
    purchases, work = co_buyers.arrange_purchases(user_items, threads)
    for item in range(user_items.shape[1]):
        begin, end = purchases.buyers_of[item : item + 2]
        spans = purchases.spans[begin:end]
        assert (spans >> np.uint64(24)).tolist() == user_items.indptr[:-1][dense[:, item]].tolist()
        assert (spans & np.uint64((1 << 24) - 1)).tolist() == dense[dense[:, item]].sum(axis=1).tolist()
    assert (purchases.code_of[purchases.histories & co_buyers.PLACE] == user_items.indices).all()
    assert (purchases.buyers == dense.sum(axis=0)[purchases.code_of]).all()
    assert work.tolist() == [int(dense[dense[:, item]].sum()) for item in range(user_items.shape[1])]


@pytest.mark.parametrize("buyers", [3, 4095, co_buyers.MOST_BUYERS - 2])
def test_scores_of_the_most_buyers_still_tell_ties_apart(buyers: int) -> None:
    """One co-buyer among n and among n + 1 buyers are different float32 scores, so no such pair ties."""
    for own in (1, 7, 1000, buyers):
        first, second = (np.float32(1 / np.sqrt(np.float64(own * n))) for n in (buyers, buyers + 1))
        assert first > second


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
