from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels import rank_products, top_scores

Lists = list[list[tuple[int, float]]]


def draw_whole(rng: np.random.Generator, rows: int, width: int) -> np.ndarray:
    """Small whole numbers: every sum is exact in float32, and ties are many."""
    return rng.integers(-2, 3, (rows, width)).astype(np.float32)


def collect(
    queries: np.ndarray, factors: np.ndarray, k: int, threads: int = 1, hidden: csr_matrix | None = None
) -> Lists:
    lists: Lists = []
    ticks: list[int] = []
    for start, stop, found in rank_products(
        queries, factors, k, threads=threads, hidden=hidden, tick=ticks.append
    ):
        assert start == len(lists)
        pairs = list(zip(found.items.tolist(), found.scores.tolist(), strict=True))
        lists += [pairs[first:last] for first, last in pairwise(found.indptr.tolist())]
        assert stop == len(lists)
    assert sum(ticks) == len(lists)
    return lists


def rank_slowly(queries: np.ndarray, factors: np.ndarray, k: int, hidden: np.ndarray | None = None) -> Lists:
    lists = []
    for row, query in enumerate(queries.astype(np.float64)):
        scores = [
            (item, float(np.float32(query @ factor)))
            for item, factor in enumerate(factors.astype(np.float64))
            if hidden is None or not hidden[row, item]
        ]
        lists.append(sorted(scores, key=lambda pair: (-pair[1], pair[0]))[:k])
    return lists


@pytest.fixture(params=[(2, 3), (5, 7), (512, 1024)], ids=["tiny tiles", "small tiles", "one tile"])
def tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, items = request.param
    monkeypatch.setattr(top_scores, "_ROWS", rows)
    monkeypatch.setattr(top_scores, "_ITEMS", items)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 4, 11, 100])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("items", [11, 83])
def test_finds_the_best_in_order_of_score_and_item(items: int, threads: int, k: int) -> None:
    rng = np.random.default_rng(k)
    queries, factors = draw_whole(rng, 13, 3), draw_whole(rng, items, 3)
    hidden = rng.random((13, items)) < 0.4
    hidden[5] = True
    hidden[6, 3:] = True
    queries[4] = 0
    found = collect(queries, factors, k, threads, csr_matrix(hidden))
    assert found == rank_slowly(queries, factors, k, hidden)
    assert found[5] == []
    assert collect(queries, factors, k, threads) == rank_slowly(queries, factors, k)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_real_numbers_of_very_different_lengths(scale: float) -> None:
    rng = np.random.default_rng(1)
    queries = rng.normal(size=(30, 20)).astype(np.float32)
    factors = (rng.normal(size=(400, 20)) * scale * np.exp(3 * rng.normal(size=(400, 1)))).astype(np.float32)
    found, truth = collect(queries, factors, 10, 2), rank_slowly(queries, factors, 10)
    for ours, theirs in zip(found, truth, strict=True):
        assert [item for item, _ in ours] == [item for item, _ in theirs]
        np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], rtol=2e-7)


@pytest.mark.usefixtures("tiles")
def test_ties_beyond_what_a_shortlist_holds_go_to_the_lowest_items() -> None:
    """All items are equal but for a few, which come last by number and by length."""
    factors = np.ones((500, 2), np.float32)
    factors[490:] = [[1.5, 0.4], [0.9, 1.2]] * 5
    queries = np.array([[1, 1], [-1, -1], [1, 0]], np.float32)
    assert collect(queries, factors, 4) == rank_slowly(queries, factors, 4)


@pytest.mark.usefixtures("tiles")
def test_nearly_equal_scores_are_told_apart() -> None:
    """Scores that differ by less than the error of a float32 product, in a list much shorter than they."""
    rng = np.random.default_rng(2)
    factors = np.full((300, 33), 0.1, np.float32)
    factors[:, 0] += rng.permutation(300).astype(np.float32) * np.float32(2e-8)
    queries = rng.random((3, 33), dtype=np.float32) + 1
    assert collect(queries, factors, 5) == rank_slowly(queries, factors, 5)


def test_most_scores_are_never_computed() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(5000, 8)).astype(np.float32)
    factors[:4000] *= 1e-3
    computed = []
    inner = np.matmul

    def count(a: np.ndarray, b: np.ndarray, **kwargs: object) -> np.ndarray:
        computed.append(len(a) * b.shape[1])
        return inner(a, b, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "matmul", count)
        found = collect(factors[:200], factors, 10)
    assert found == rank_slowly(factors[:200], factors, 10)
    assert sum(computed) < 0.5 * 200 * 5000


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_score(shape: tuple[int, int]) -> None:
    queries, factors = np.ones((shape[0], 2), np.float32), np.ones((shape[1], 2), np.float32)
    assert [list_ for list_ in collect(queries, factors, 3) if list_] == []


def test_scores_beyond_float32_are_refused() -> None:
    factors = np.full((2, 2), 1e30, np.float32)
    with pytest.raises(OverflowError, match="too large for their products"):
        collect(factors, factors, 1)
