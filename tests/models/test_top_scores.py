from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from include.models import top_scores
from include.models.ranking import rank_scores
from include.models.top_scores import find_contenders, measure_lengths


def draw_factors(rng: np.random.Generator, rows: int, width: int) -> np.ndarray:
    """Small whole numbers: every sum is exact in float32, and ties are many."""
    return rng.integers(-2, 3, (rows, width)).astype(np.float32)


def collect(queries: np.ndarray, factors: np.ndarray, k: int, threads: int, **options: object) -> list[tuple]:
    rows = []
    for start, stop, found in find_contenders(queries, factors, k, threads, **options):
        assert ((found.rows >= start) & (found.rows < stop)).all()
        rows += list(zip(*(column.tolist() for column in found), strict=True))
    return rows


@pytest.mark.parametrize("tile", [1, 23, 8_000_000])
@pytest.mark.parametrize("k", [1, 4, 11, 30])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("items", [11, 83], ids=["few items", "enough to bound the k-th score"])
def test_finds_all_that_reach_the_kth_score(
    items: int, threads: int, k: int, tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_scores, "_TILE", tile)
    rng = np.random.default_rng(k)
    queries, factors = draw_factors(rng, 13, 3), draw_factors(rng, items, 3)
    hidden = rng.random((13, items)) < 0.4
    hidden[5] = True
    hidden[6, 3:] = True

    expected = []
    for row in range(13):
        scores = [(int(item), float(queries[row] @ factors[item])) for item in np.flatnonzero(~hidden[row])]
        kth = sorted((score for _, score in scores), reverse=True)[:k][-1:] or [0.0]
        expected += [(row, item, score) for item, score in scores if score >= kth[0]]
    with threadpool_limits(1, "blas"):
        found = collect(queries, factors, k, threads, hide=lambda start, stop: hidden[start:stop].nonzero())
    assert found == expected


def test_ties_at_the_boundary_go_to_the_lowest_item() -> None:
    factors = np.ones((9, 2), np.float32)
    [(_, _, found)] = find_contenders(factors[:1], factors, 4, 1)
    kept, rank = rank_scores(found.rows, found.scores, found.items, 4)
    assert found.items[kept].tolist() == [0, 1, 2, 3]
    assert rank.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_score(shape: tuple[int, int]) -> None:
    queries, factors = np.ones((shape[0], 2), np.float32), np.ones((shape[1], 2), np.float32)
    assert collect(queries, factors, 3, 1) == []


def test_cosines_stay_within_one() -> None:
    rng = np.random.default_rng(0)
    factors = rng.random((200, 7), dtype=np.float32)
    unit = (factors / measure_lengths(factors)[:, None]).astype(np.float32)
    assert (unit @ unit.T).max() > 1
    assert max(score for _, _, score in collect(unit, unit, 200, 1, are_cosines=True)) == 1


def test_scores_beyond_float32_are_refused() -> None:
    factors = np.full((2, 2), 1e30, np.float32)
    with pytest.raises(ValueError, match="too large for their products"):
        collect(factors, factors, 1, 1)


def test_lengths_of_tiny_rows_are_not_lost() -> None:
    assert measure_lengths(np.array([[3e-30, 4e-30]], np.float32)) == pytest.approx(5e-30)
