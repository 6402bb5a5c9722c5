from __future__ import annotations

import numpy as np
import pytest
from implicit.cpu import _als
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, random_array
from threadpoolctl import threadpool_limits

from include.kernels import improve_factors, least_squares

Factors = NDArray[np.float32]


def draw_side(
    rows: int, columns: int, factors: int, density: float = 0.2, seed: int = 5
) -> tuple[csr_matrix, Factors, Factors]:
    """Confidences, of which a third is 1, and the factors of both sides."""
    random = np.random.default_rng(seed)
    confidence = csr_matrix(random_array((rows, columns), density=density, rng=random))
    confidence.data = random.choice([1.0, 2.5, 40.0], confidence.nnz).astype(np.float32)
    return (
        confidence,
        random.standard_normal((rows, factors)).astype(np.float32),
        random.standard_normal((columns, factors)).astype(np.float32),
    )


def minimise_exactly(confidence: csr_matrix, others: Factors, regularization: float) -> NDArray[np.float64]:
    """The normal equations of every row, from dense confidences, in double precision."""
    y = others.astype(np.float64)
    bought = confidence.toarray() > 0
    weight = np.where(bought, confidence.toarray(), 1.0)
    return np.array(
        [
            np.linalg.solve((y.T * c) @ y + regularization * np.eye(y.shape[1]), y.T @ (c * p))
            for c, p in zip(weight, bought, strict=True)
        ]
    )


def solve(
    confidence: csr_matrix, factors: Factors, others: Factors, threads: int = 1, cg_steps: int = 3
) -> Factors:
    before = factors.copy()
    found = improve_factors(confidence, factors, others, 0.5, threads=threads, steps=cg_steps)
    np.testing.assert_array_equal(factors, before)
    out = factors.copy()
    assert improve_factors(confidence, out, others, 0.5, threads=threads, steps=cg_steps, out=out) is out
    np.testing.assert_array_equal(out, found)
    return found


@pytest.mark.parametrize("factors", [1, 3, 16, 17, 64])
def test_as_many_steps_as_factors_reach_the_minimum(factors: int) -> None:
    confidence, start, others = draw_side(37, 150, factors)
    truth = minimise_exactly(confidence, others, 0.5)
    np.testing.assert_allclose(solve(confidence, start, others, cg_steps=2 * factors), truth, atol=2e-4)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 40), (40, 1), (16, 16), (17, 300), (4200, 60)])
@pytest.mark.parametrize("factors", [1, 8, 20])
def test_three_steps_are_those_of_implicit(rows: int, columns: int, factors: int) -> None:
    confidence, start, others = draw_side(rows, columns, factors)
    peer = start.copy()
    with threadpool_limits(1, "blas"):
        _als.least_squares_cg(confidence, peer, others, 0.5, num_threads=1, cg_steps=3)
    np.testing.assert_allclose(solve(confidence, start, others), peer, rtol=2e-3, atol=2e-4)


def test_a_row_without_a_purchase_becomes_nothing() -> None:
    confidence, start, others = draw_side(40, 30, 5, density=0.05)
    empty = np.diff(confidence.indptr) == 0
    found = solve(confidence, start, others)
    assert 0 < empty.sum() < 40
    assert not found[empty].any()
    assert found[~empty].any(axis=1).all()


def test_a_solved_row_stays() -> None:
    confidence, _, others = draw_side(40, 30, 5)
    exact = minimise_exactly(confidence, others, 0.5).astype(np.float32)
    for _ in range(3):
        found = solve(confidence, exact, others)
        np.testing.assert_allclose(found, exact, atol=1e-4)
        exact = found


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_no_bit(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(least_squares, "_BLOCK", 32)
    confidence, start, others = draw_side(1000, 40_000, 8, density=0.001)
    assert (solve(confidence, start, others, threads) == solve(confidence, start, others)).all()


def test_nothing_that_is_not_finite_is_hidden() -> None:
    confidence, start, others = draw_side(20, 30, 4)
    others[3, 2] = np.nan
    touched = confidence.toarray()[:, 3] > 0
    assert np.isnan(solve(confidence, start, others)[touched]).all()
