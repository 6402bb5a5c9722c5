from __future__ import annotations

import numpy as np
import pytest

from include.kernels.selection import pack_key, read_item, read_score
from include.kernels.shortlists import (
    bound_errors,
    drop_hopeless,
    make_shortlists,
    measure_lengths,
    score_exactly,
    settle_scores,
)


def test_lengths_of_tiny_rows_are_not_lost() -> None:
    assert measure_lengths(np.array([[3e-30, 4e-30]], np.float32)) == pytest.approx(5e-30)


@pytest.mark.parametrize("factors", [1, 8, 64, 300])
def test_no_product_is_off_by_more_than_the_bound(factors: int) -> None:
    rng = np.random.default_rng(factors)
    queries = rng.normal(size=(70, factors)).astype(np.float32)
    items = (rng.normal(size=(90, factors)) * np.exp(rng.normal(size=(90, 1)))).astype(np.float32)
    products = queries @ items.T
    exact = np.array([[score_exactly(query, item) for item in items] for query in queries])
    bounds = bound_errors(measure_lengths(queries), measure_lengths(items).max(), factors)
    assert (2 * np.abs(products.astype(np.float64) - exact) <= bounds[:, None]).all()
    np.testing.assert_array_equal(exact, (queries.astype(np.float64) @ items.T).astype(np.float32))


@pytest.mark.parametrize("k", [1, 3, 40])
def test_what_is_dropped_could_not_be_among_the_best(k: int) -> None:
    rng = np.random.default_rng(k)
    lists = make_shortlists(np.array([0.05]), k)
    capacity = lists.keys.shape[1]
    for size in (1, k, k + 1, capacity):
        scores = rng.normal(size=size).astype(np.float32).round(1)
        lists.keys[0, :size] = [pack_key(score, item) for item, score in enumerate(scores)]
        lists.sizes[0], lists.floors[0] = size, -np.inf
        kept = drop_hopeless(lists, 0, k)
        assert kept == lists.sizes[0] >= min(k, size)
        items = {int(read_item(key)) for key in lists.keys[0, :kept]}
        hopeful = np.flatnonzero(scores >= np.sort(scores)[-min(k, size)] - np.float32(0.05))
        assert items >= set(hopeful.tolist())
        assert all(scores[item] >= lists.floors[0] for item in items)
        assert (lists.floors[0] == -np.inf) == (size <= k)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 13])
def test_settled_scores_are_the_exact_ones_to_the_bit(size: int) -> None:
    rng = np.random.default_rng(size)
    query, factors = rng.normal(size=64).astype(np.float32), rng.normal(size=(20, 64)).astype(np.float32)
    lists = make_shortlists(np.array([1.0]), 20)
    items = rng.permutation(20)[:size]
    lists.keys[0, :size] = [pack_key(np.float32(0), item) for item in items]
    lists.sizes[0] = size
    assert settle_scores(lists, 0, 20, query, factors, np.float32(1)) == size
    exact = [(float(min(score_exactly(query, factors[item]), np.float32(1))), int(item)) for item in items]
    found = [(float(read_score(key)), int(read_item(key))) for key in lists.keys[0, :size]]
    assert found == sorted(exact, key=lambda pair: (-pair[0], pair[1]))
