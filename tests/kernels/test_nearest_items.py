from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels import measure_lengths, nearest_items, rank_nearest

Lists = list[list[tuple[int, float, int]]]


def collect(unit: np.ndarray, bought: np.ndarray, k: int, threads: int = 1, lists_mb: float = 1024) -> Lists:
    """`bought` is items × users."""
    lists: Lists = []
    ticks: list[int] = []
    for start, stop, found, co_buyers in rank_nearest(
        unit, csr_matrix(bought), k, threads=threads, lists_mb=lists_mb, tick=ticks.append
    ):
        assert start == len(lists)
        rows = list(zip(found.items.tolist(), found.scores.tolist(), co_buyers.tolist(), strict=True))
        lists += [rows[first:last] for first, last in pairwise(found.indptr.tolist())]
        assert stop == len(lists)
    assert sum(ticks) == len(lists) == len(unit)
    return lists


def compare_slowly(unit: np.ndarray, bought: np.ndarray, k: int) -> Lists:
    exact, both = unit.astype(np.float64), bought.astype(int) @ bought.astype(int).T
    lists = []
    for item in range(len(unit)):
        rows = [
            (other, float(np.clip(np.float32(exact[item] @ exact[other]), -1, 1)), int(both[item, other]))
            for other in range(len(unit))
            if other != item
        ]
        lists.append(sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))[:k])
    return lists


@pytest.fixture(params=[3, 40, 1024], ids=["tiny tiles", "small tiles", "one tile"])
def tiles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_items, "_SIDE", request.param)


def draw_axes(rng: np.random.Generator, items: int) -> np.ndarray:
    """Rows along few directions, of which all cosines are exact: 0, 1, -1 and 0.5."""
    axes = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]], np.float32)
    return axes[rng.integers(0, 4, items)]


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("k", [1, 5, 60])
@pytest.mark.parametrize(("threads", "lists_mb"), [(1, 1024), (3, 1024), (2, 0), (2, 0.006)])
@pytest.mark.parametrize("items", [1, 2, 29, 120])
def test_ties_go_by_co_buyers_then_by_item(items: int, threads: int, lists_mb: float, k: int) -> None:
    rng = np.random.default_rng(items)
    unit, bought = draw_axes(rng, items), rng.random((items, 20)) < 0.4
    assert collect(unit, bought, k, threads, lists_mb) == compare_slowly(unit, bought, k)


@pytest.mark.usefixtures("tiles")
def test_more_ties_than_a_shortlist_holds() -> None:
    """Every item points the same way; who bought both decides, and the last items have most."""
    items, k = 300, 3
    bought = np.zeros((items, 40), bool)
    bought[:, 0] = True
    bought[280:] = True
    unit = np.tile(np.array([[0.6, 0.8]], np.float32), (items, 1))
    assert collect(unit, bought, k, 2) == compare_slowly(unit, bought, k)


@pytest.mark.usefixtures("tiles")
def test_real_directions() -> None:
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(150, 16)).astype(np.float32)
    factors[10:20] = factors[:10] * rng.random((10, 1), dtype=np.float32)
    unit = (factors / measure_lengths(factors)[:, None]).astype(np.float32)
    bought = rng.random((150, 400)) < rng.random((150, 1)) ** 3
    found = collect(unit, bought, 12, 2)
    truth = compare_slowly(unit, bought, 12)
    assert [[(row[0], row[2]) for row in rows] for rows in found] == [
        [(row[0], row[2]) for row in rows] for rows in truth
    ]
    scores = np.array([[row[1] for row in rows] for rows in found])
    np.testing.assert_allclose(scores, [[row[1] for row in rows] for rows in truth], rtol=2e-7, atol=1e-8)
    assert scores.max() <= 1


def test_both_ways_to_count_co_buyers() -> None:
    """A few buyers are looked up among very many; two long lists are walked along."""
    rng = np.random.default_rng(4)
    bought = rng.random((6, 3000)) < np.array([[0.001], [0.9], [0.8], [0.01], [0.0], [0.002]])
    bought[0, [0, 2999]] = True
    unit = np.eye(6, dtype=np.float32)
    assert collect(unit, bought, 5) == compare_slowly(unit, bought, 5)


@pytest.mark.usefixtures("tiles")
@pytest.mark.parametrize("users", [1, 3, 500])
@pytest.mark.parametrize("share", [0.02, 0.5, 1])
def test_few_users_and_dense_data(users: int, share: float) -> None:
    rng = np.random.default_rng(users)
    unit, bought = draw_axes(rng, 130), rng.random((130, users)) < share
    assert collect(unit, bought, 20, 2) == compare_slowly(unit, bought, 20)


@pytest.mark.parametrize("k", [1, 50])
def test_one_item_has_nothing_near_it(k: int) -> None:
    assert collect(np.ones((1, 1), np.float32), np.ones((1, 1), bool), k, 2) == [[]]


def test_no_items() -> None:
    assert collect(np.empty((0, 4), np.float32), np.empty((0, 3), bool), 5) == []
