from __future__ import annotations

import numpy as np
import pytest

from include.models.shortlists import bound_errors, measure_lengths, score_exactly


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
