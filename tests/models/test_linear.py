"""The linear model against dense loops: the textbook's EASE where all items are near, and local systems."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.kernels import local_systems
from include.models import linear
from include.models.base import Context
from tests.models.test_ease import SIZES, check_lists, weigh_slowly
from tests.purchases import draw_purchases, make_interactions


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_ROWS", 3)
    monkeypatch.setattr(local_systems, "_BLOCK", 4)


def train_table(interactions: Interactions, threads: int = 2, **parameters: Any) -> pa.Table:
    params = linear.Params(**{"k": 4, "neighbours": 4, "regularization": 2.0, **parameters})
    [made] = linear.train(Dataset(interactions), params, Context(threads))
    assert (made.table, made.model) == ("item_similarities", "linear")
    assert made.rows.schema.equals(ITEM_SIMILARITIES)
    return made.rows


def weigh_locally(bought: np.ndarray, neighbours: int, regularization: float) -> np.ndarray:
    """Item by item; the near ones by cosine, then co-buyers, then number."""
    x = bought.astype(np.float64)
    both, size = x.T @ x, x.shape[1]
    buyers = np.diag(both)
    near = []
    for item in range(size):
        cosine = np.float32(both[item] / np.sqrt(buyers[item] * buyers))
        others = [other for other in range(size) if other != item and both[item, other]]
        near.append(sorted(others, key=lambda j: (-cosine[j], -both[item, j], j))[:neighbours])
    weights = np.zeros((size, size))
    for item, some in enumerate(near):
        if not some:
            continue
        known = np.array([[j == i or j in near[i] or i in near[j] for j in some] for i in some])
        matrix = both[np.ix_(some, some)] * known
        if np.linalg.eigvalsh(matrix).min() <= -regularization / 2:
            np.fill_diagonal(matrix, np.maximum(np.diag(matrix), matrix.sum(axis=1) - np.diag(matrix)))
        matrix += regularization * np.eye(len(some))
        weights[some, item] = np.linalg.solve(matrix, both[some, item])
    return weights


def check_table(rows: list[dict], interactions: Interactions, weights: np.ndarray, k: int) -> None:
    bought = interactions.user_items.toarray() > 0
    both = bought.astype(int).T @ bought.astype(int)
    items = interactions.item_ids.to_pylist()
    for i, item in enumerate(items):
        # What rounds to 0 may be published or not.
        own = [row for row in rows if row["item_id"] == item]
        found = {row["similar_item_id"] for row in own}
        truth = {
            other: weights[i, j]
            for j, other in enumerate(items)
            if j != i and both[i, j] and (weights[i, j] > 1e-9 or (weights[i, j] > -1e-9 and other in found))
        }
        check_lists(own, "similar_item_id", truth, k)
        assert all(row["co_buyers"] == both[i, items.index(row["similar_item_id"])] for row in own)


@pytest.mark.parametrize("regularization", [0.5, 30.0])
@pytest.mark.parametrize("neighbours", [1, 4, 30])
@pytest.mark.parametrize("k", [2, 30])
@pytest.mark.parametrize("size", [*SIZES, (12, 12, 90)])
def test_lists_are_the_best_of_the_local_systems(
    size: tuple[int, int, int], k: int, neighbours: int, regularization: float
) -> None:
    interactions = Interactions.from_purchases(draw_purchases(7, *size))
    rows = train_table(interactions, k=k, neighbours=neighbours, regularization=regularization)
    bought = interactions.user_items.toarray() > 0
    check_table(rows.to_pylist(), interactions, weigh_locally(bought, neighbours, regularization), k)
    assert rows.equals(
        train_table(interactions, 1, k=k, neighbours=neighbours, regularization=regularization)
    )


def test_where_all_items_are_near_the_weights_are_those_of_ease() -> None:
    """One user has everything, so that every pair has a buyer in common."""
    bought = np.random.default_rng(4).random((30, 12)) < 0.3
    bought[0] = True
    interactions = make_interactions(bought.astype(float).tolist(), [f"i{item:02}" for item in range(12)])
    truth = weigh_slowly(interactions.user_items.toarray() > 0, 3.0)
    rows = train_table(interactions, k=30, neighbours=30, regularization=3.0).to_pylist()
    check_table(rows, interactions, truth, 30)


def test_a_system_that_is_not_definite_gets_a_larger_diagonal() -> None:
    matrix = np.array([[[1.0, 2, 0], [2, 1, 2], [0, 2, 1]], np.eye(3)])
    local_systems._make_definite(matrix, 0.5)
    assert (np.linalg.eigvalsh(matrix) > 0.5 - 1e-9).all()
    assert np.array_equal(matrix[1], np.eye(3))


def test_how_often_a_pair_was_bought_plays_no_part() -> None:
    once = make_interactions([[1, 1, 0], [1, 0, 1], [0, 1, 1]], ["a", "b", "c"])
    often = make_interactions([[9, 1, 0], [1, 0, 3], [0, 2, 1]], ["a", "b", "c"])
    assert train_table(once).equals(train_table(often))


def test_no_interactions() -> None:
    assert train_table(make_interactions([], [])).num_rows == 0
