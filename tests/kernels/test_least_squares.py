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


def minimise_exactly(
    confidence: csr_matrix,
    others: Factors,
    regularization: float | NDArray[np.float32],
    unobserved_weight: float = 1.0,
    constant: int | None = None,
) -> NDArray[np.float64]:
    """The normal equations of every row, from dense confidences, in double precision.

    A constant column is 1: what it explains is taken from what the others have to, and they are solved alone.
    """
    y = others.astype(np.float64)
    free = [f for f in range(y.shape[1]) if f != constant]
    bought = confidence.toarray() > 0
    weight = np.where(bought, confidence.toarray(), unobserved_weight)
    rows = np.ones((len(weight), y.shape[1]))
    each = np.broadcast_to(regularization, len(weight))
    for row, c, p, own in zip(rows, weight, bought, each, strict=True):
        left = p - (0.0 if constant is None else y[:, constant])
        z = y[:, free]
        row[free] = np.linalg.solve((z.T * c) @ z + own * np.eye(len(free)), z.T @ (c * left))
    return rows


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


@pytest.mark.parametrize("regularization", ["of all", "of each"])
@pytest.mark.parametrize("unobserved_weight", [1.0, 0.05, 2.5])
@pytest.mark.parametrize("constant", [None, 0, 3])
@pytest.mark.parametrize("size", [(37, 150, 12), (1, 1, 4), (1, 30, 5), (30, 1, 4), (17, 300, 64)])
def test_weights_of_the_unbought_rows_of_their_own_and_a_constant_column_reach_the_minimum(
    size: tuple[int, int, int], constant: int | None, unobserved_weight: float, regularization: str
) -> None:
    rows, columns, factors = size
    confidence, start, others = draw_side(rows, columns, factors)
    own = np.random.default_rng(1).uniform(0.2, 9, rows).astype(np.float32)
    given = own if regularization == "of each" else 0.5
    if constant is not None:
        start[:, constant] = 1
    truth = minimise_exactly(confidence, others, given, unobserved_weight, constant)
    if constant is None:
        # Nothing is to be explained in a row without a purchase.
        assert not truth[np.diff(confidence.indptr) == 0].any()
    found = improve_factors(
        confidence,
        start,
        others,
        given,
        threads=1,
        unobserved_weight=unobserved_weight,
        constant=constant,
        steps=3 * factors,
    )
    np.testing.assert_allclose(found, truth, atol=5e-4)
    if constant is not None:
        assert (found[:, constant] == 1).all()


def test_equal_regularizations_of_the_rows_are_that_of_all() -> None:
    confidence, start, others = draw_side(200, 50, 8)
    each = np.full(200, 0.5, np.float32)
    found = improve_factors(confidence, start, others, each, threads=1)
    np.testing.assert_allclose(found, solve(confidence, start, others), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("alpha", [0.25, 8.0])
def test_only_the_ratio_of_the_weights_matters(alpha: float) -> None:
    """Times a power of two, which changes no bit of a sum: all weights, and the regularization with them."""
    confidence, start, others = draw_side(50, 30, 8)
    found = improve_factors(
        csr_matrix(confidence * np.float32(alpha)),
        start,
        others,
        0.5 * alpha,
        threads=1,
        unobserved_weight=alpha,
    )
    np.testing.assert_allclose(found, solve(confidence, start, others), rtol=1e-4, atol=1e-5)


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
    start[:, 0], each = 1, np.linspace(0.1, 2, 1000, dtype=np.float32)
    one, many = (
        improve_factors(confidence, start, others, each, threads=n, unobserved_weight=0.1, constant=0)
        for n in (1, threads)
    )
    assert (one == many).all()


def test_nothing_that_is_not_finite_is_hidden() -> None:
    confidence, start, others = draw_side(20, 30, 4)
    others[3, 2] = np.nan
    touched = confidence.toarray()[:, 3] > 0
    assert np.isnan(solve(confidence, start, others)[touched]).all()
