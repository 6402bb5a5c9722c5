"""Neighbours of weighted columns, against all pairs in dense arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels import counted_neighbours, rank_neighbours, weighted_neighbours

Lists = list[list[tuple[int, float, int]]]


def collect(weights: np.ndarray | csr_matrix, k: int, *, threads: int = 1, **more: Any) -> Lists:
    """For each item its neighbours: number, score, co_buyers."""
    matrix = csr_matrix(weights)
    lists: Lists = []
    ticks: list[int] = []
    for start, stop, found, co_buyers in rank_neighbours(
        matrix, k, threads=threads, tick=ticks.append, **more
    ):
        assert start == len(lists)
        rows = list(zip(found.items.tolist(), found.scores.tolist(), co_buyers.tolist(), strict=True))
        lists += [rows[first:last] for first, last in pairwise(found.indptr.tolist())]
        assert stop == len(lists)
    assert sum(ticks) == len(lists) == matrix.shape[1]
    return lists


def compare_slowly(
    weights: np.ndarray,
    k: int,
    normalise: bool = True,
    squares: np.ndarray | None = None,
    own_squares: np.ndarray | None = None,
    shrink: float = 0.0,
    min_co_buyers: int = 1,
) -> Lists:
    """All pairs, user after user."""
    wide = weights.astype(np.float64)
    own = np.zeros(wide.shape[1])
    sums = np.zeros((wide.shape[1], wide.shape[1]))
    for row in wide:
        own += row * row
        sums += np.outer(row, row)
    both = (wide > 0).astype(int).T @ (wide > 0).astype(int)
    if squares is None:
        squares = own if normalise else np.ones(wide.shape[1])
    lists = []
    for item in range(wide.shape[1]):
        length = np.sqrt((squares if own_squares is None else own_squares)[item] * squares) + shrink
        rows = [
            (other, float(np.float32(sums[item, other] / length[other])), int(both[item, other]))
            for other in range(wide.shape[1])
            if other != item and both[item, other] >= min_co_buyers
        ]
        lists.append(sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))[:k])
    return lists


def draw_weights(seed: int, users: int, items: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    bought = rng.random((users, items)) < 0.5 * rng.random(items)
    if kind == "ones":
        return bought.astype(np.float32)
    if kind == "few values":  # with many ties
        return bought * rng.choice([0.5, 1.0, 2.0], (users, items)).astype(np.float32)
    return (bought * rng.lognormal(size=(users, items))).astype(np.float32)


@pytest.mark.parametrize("kind", ["ones", "few values", "real"])
@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("k", [1, 4, 30, 500])
@pytest.mark.parametrize(("users", "items"), [(1, 1), (1, 9), (9, 1), (2, 2), (30, 25), (60, 200)])
def test_agrees_with_all_pairs(users: int, items: int, k: int, normalise: bool, kind: str) -> None:
    weights = draw_weights(k, users, items, kind)
    assert collect(weights, k, normalise=normalise) == compare_slowly(weights, k, normalise)


@pytest.mark.parametrize("kind", ["ones", "few values", "real"])
@pytest.mark.parametrize("k", [1, 4, 500])
@pytest.mark.parametrize("least", [1, 2, 3, 9, 1000])
def test_neighbours_with_few_users_in_common_leave_their_place_to_others(
    least: int, k: int, kind: str
) -> None:
    weights = draw_weights(least, 60, 200, kind)
    found = collect(weights, k, min_co_buyers=least)
    assert found == compare_slowly(weights, k, min_co_buyers=least)
    assert any(found) is (least < 1000)


@pytest.mark.parametrize("kind", ["ones", "few values", "real"])
@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("shrink", [0.25, 3.0, 1e6])
def test_shrinking(shrink: float, normalise: bool, kind: str) -> None:
    weights = draw_weights(8, 60, 200, kind)
    found = collect(weights, 20, normalise=normalise, shrink=shrink, min_co_buyers=2)
    assert found == compare_slowly(weights, 20, normalise, shrink=shrink, min_co_buyers=2)


@pytest.mark.parametrize("kind", ["ones", "real"])
def test_other_squares(kind: str) -> None:
    weights = draw_weights(9, 60, 200, kind)
    squares = np.random.default_rng(9).lognormal(size=200)
    found = collect(weights, 20, squares=squares, shrink=0.5)
    assert found == compare_slowly(weights, 20, squares=squares, shrink=0.5)
    own = squares[::-1].copy()
    found = collect(weights, 20, squares=squares, own_squares=own, shrink=0.5)
    assert found == compare_slowly(weights, 20, squares=squares, own_squares=own, shrink=0.5)
    ones = np.ones(200)
    assert collect(weights, 20, squares=ones) == compare_slowly(weights, 20, normalise=False)


def test_counting_and_summing_give_the_same_bits() -> None:
    weights = draw_weights(10, 60, 200, "ones")
    squares = weights.sum(axis=0, dtype=np.float64).clip(1)
    for least in (1, 3):
        summed = collect(weights, 20, squares=squares, min_co_buyers=least)
        assert summed == collect(weights, 20, min_co_buyers=least)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("kind", ["ones", "real"])
def test_threads_and_blocks_do_not_show(kind: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counted_neighbours, weighted_neighbours):
        monkeypatch.setattr(module, "_ITEM_COST", 1)
    weights = draw_weights(3, 50, 70, kind)
    assert collect(weights, 6, threads=threads) == compare_slowly(weights, 6)


@pytest.mark.parametrize("limit", ["MOST_ITEMS", "MOST_BUYERS", "MOST_PAIRS"])
def test_what_is_too_large_to_be_counted_is_summed_to_the_same_bits(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = draw_weights(4, 40, 60, "ones")
    counted = collect(weights, 12)
    monkeypatch.setattr(counted_neighbours, limit, 3)
    assert not counted_neighbours.can_count(csr_matrix(weights))
    assert collect(weights, 12) == counted == compare_slowly(weights, 12)


@pytest.mark.parametrize("kind", ["ones", "real"])
def test_wide_indices_and_whole_numbers(kind: str) -> None:
    weights = draw_weights(5, 30, 20, kind)
    wide = csr_matrix(weights)
    wide.indptr, wide.indices = wide.indptr.astype(np.int64), wide.indices.astype(np.int64)
    assert collect(wide, 5) == compare_slowly(weights, 5)
    whole = np.ceil(weights).astype(np.int32)
    assert collect(whole, 5) == compare_slowly(whole, 5)


def test_scaling_all_weights_changes_no_list() -> None:
    weights = draw_weights(6, 30, 20, "few values")
    assert collect(weights * np.float32(2**20), 5) == collect(weights, 5)


def test_a_pair_without_a_common_user_is_no_neighbour() -> None:
    assert collect(np.array([[3, 1, 0], [0, 0, 2]]), 5) == [[(1, 1.0, 1)], [(0, 1.0, 1)], []]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (3, 2)])
def test_nothing_bought(shape: tuple[int, int]) -> None:
    assert collect(np.zeros(shape), 4) == [[]] * shape[1]


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_no_positive_number_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="a weight that is not a positive finite number"):
        collect(np.array([[1, weight], [1, 1]]), 4)


def test_a_zero_that_is_stored_is_refused() -> None:
    stored = csr_matrix((np.array([1.0, 0.0]), np.array([0, 1]), np.array([0, 2])), (1, 2))
    with pytest.raises(ValueError, match="a weight that is not a positive finite number"):
        collect(stored, 4)


def test_scores_beyond_float32_are_refused() -> None:
    weights = np.full((2, 2), 1e30, np.float32)
    assert collect(weights, 1) == [[(1, 1.0, 2)], [(0, 1.0, 2)]]
    with pytest.raises(OverflowError, match="too large for their products"):
        collect(weights, 1, normalise=False)


def test_a_list_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="k is 0"):
        collect(np.ones((2, 2)), 0)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"min_co_buyers": 0}, "min_co_buyers is 0"),
        ({"shrink": -0.5}, "shrink is -0.5"),
        ({"shrink": np.nan}, "shrink is nan"),
        ({"shrink": np.inf}, "shrink is inf"),
        ({"squares": np.array([1.0, 0.0])}, "Each item has one square"),
        ({"squares": np.array([1.0, np.nan])}, "Each item has one square"),
        ({"squares": np.ones(3)}, "Each item has one square"),
    ],
)
def test_what_scores_cannot_be_divided_by(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        collect(np.ones((2, 2)), 1, **more)
