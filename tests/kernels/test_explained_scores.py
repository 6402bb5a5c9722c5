"""Explanations against each row's own inverse, in double precision, and against implicit's."""

from __future__ import annotations

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix, random_array
from threadpoolctl import threadpool_limits

from include.kernels import RankedLists, explain_products
from include.kernels import explained_scores as module

SIZES = [(9, 12, 3), (1, 5, 2), (4, 1, 2), (3, 2, 5), (30, 20, 4)]


def draw(rows: int, items: int, f: int, seed: int = 1) -> tuple[csr_matrix, np.ndarray, RankedLists]:
    random = np.random.default_rng(seed)
    matrix = random_array((rows, items), density=0.4, rng=random, format="csr", dtype=np.float32)
    confidence = csr_matrix(matrix * 3)
    factors = random.standard_normal((items, f)).astype(np.float32)
    sizes = random.integers(0, min(items, 6) + 1, rows)
    listed = np.concatenate([np.empty(0, int), *(random.permutation(items)[:size] for size in sizes)])
    indptr = np.append(0, np.cumsum(sizes))
    return confidence, factors, RankedLists(indptr, listed.astype(np.int32), np.ones(len(listed), np.float32))


@pytest.mark.parametrize("constant", [None, 0])
@pytest.mark.parametrize("weight", [1.0, 0.2])
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_the_reason_is_what_gave_most(
    size: tuple[int, int, int],
    each: bool,
    weight: float,
    constant: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 7)
    monkeypatch.setattr(module, "_TOGETHER", 3)
    confidence, factors, lists = draw(*size)
    held = np.linspace(0.5, 2, size[0]).astype(np.float32) if each else 0.7
    args = lists, confidence, factors, held
    found = explain_products(*args, threads=2, unobserved_weight=weight, constant=constant)
    assert np.array_equal(
        found, explain_products(*args, threads=1, unobserved_weight=weight, constant=constant)
    )
    y = factors.astype(np.float64)
    if constant is not None:
        y = np.delete(y, constant, axis=1)
    for row in range(size[0]):
        bought = confidence.toarray()[row].astype(np.float64)
        c = np.where(bought > 0, bought, weight)
        own = held[row] if isinstance(held, np.ndarray) else held
        inverse = np.linalg.inv((y.T * c) @ y + own * np.eye(y.shape[1]))
        for n in range(lists.indptr[row], lists.indptr[row + 1]):
            gave = bought * (y @ inverse @ y[lists.items[n]])
            gave[lists.items[n]] = 0  # nothing is a reason of itself
            if found[n] < 0:
                assert (gave <= 1e-5).all()
            else:
                assert bought[found[n]] > 0
                assert found[n] != lists.items[n]
                assert gave[found[n]] == pytest.approx(gave.max(), abs=1e-5)
                assert gave[found[n]] > -1e-5


def test_the_reason_is_implicits() -> None:
    confidence, _, _ = draw(20, 15, 4)
    peer = AlternatingLeastSquares(factors=4, regularization=0.3, iterations=5, num_threads=1, random_state=2)
    with threadpool_limits(1, "blas"):
        peer.fit(confidence, show_progress=False)
    indptr = np.arange(21) * 15
    lists = RankedLists(indptr, np.tile(np.arange(15, dtype=np.int32), 20), np.ones(300, np.float32))
    found = explain_products(lists, confidence, peer.item_factors, 0.3, threads=1)
    checked = 0
    for user in np.flatnonzero(np.diff(confidence.indptr)):
        for item in range(15):
            _, contributions, _ = peer.explain(user, confidence, item, N=3)
            # implicit gives an item that the user has as a reason of itself.
            several = [(other, gave) for other, gave in contributions if other != item]
            (first, most), *others = several or [(item, 0.0)]
            if most > 1e-4 and all(most - other > 1e-4 for _, other in others):
                assert found[user * 15 + item] == first
                checked += 1
    assert checked > 100


def test_of_equal_items_the_first_is_the_reason_and_without_a_history_there_is_none() -> None:
    factors = np.ones((3, 2), np.float32)
    confidence = csr_matrix(np.array([[0, 1, 1], [0, 0, 0]], np.float32))
    lists = RankedLists(np.array([0, 1, 2]), np.zeros(2, np.int32), np.ones(2, np.float32))
    assert explain_products(lists, confidence, factors, 1.0, threads=1).tolist() == [1, -1]


@pytest.mark.parametrize("factors", [np.zeros((3, 2), np.float32), np.ones((3, 5), np.float32)])
def test_a_matrix_without_an_inverse(factors: np.ndarray) -> None:
    """No regularization: vectors of zeros have no reasons, and vectors that are alike have some."""
    confidence = csr_matrix(np.array([[1, 1, 0]], np.float32))
    lists = RankedLists(np.array([0, 1]), np.array([2], np.int32), np.ones(1, np.float32))
    assert explain_products(lists, confidence, factors, 0.0, threads=1)[0] in (-1, 0)
