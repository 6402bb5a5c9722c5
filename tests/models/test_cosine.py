from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import csr_matrix

from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.dataset.workload import measure_workload
from include.models import cosine
from include.models.base import Context
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows


def train_rows(interactions: Interactions, k: int, threads: int = 2, **more: Any) -> list[dict]:
    [table] = cosine.train(Dataset(interactions), cosine.Params(k=k, **more), Context(threads))
    assert (table.table, table.model) == ("item_similarities", "cosine")
    assert table.rows.schema.equals(ITEM_SIMILARITIES)
    return table.rows.to_pylist()


def compare_slowly(
    interactions: Interactions,
    k: int,
    history_discount: float = 0,
    shrink: float = 0,
    min_co_buyers: int = 1,
    alpha: float = 0.5,
) -> list[dict]:
    """All pairs of buyers' sets."""
    ids = interactions.item_ids.to_pylist()
    dense = interactions.user_items.toarray()
    buyers = {item: set(np.flatnonzero(dense[:, column])) for column, item in enumerate(ids)}
    rows = []
    for item in sorted(ids):
        found = []
        for other in ids:
            both = len(buyers[item] & buyers[other])
            if other != item and both >= min_co_buyers:
                counted = 0.0
                for user in sorted(buyers[item] & buyers[other]):
                    counted += ((dense[user] > 0).sum() ** (-history_discount / 2)) ** 2
                # As the square root of a product, so that it rounds as the code does.
                own, others = len(buyers[item]) ** (2 * alpha), len(buyers[other]) ** (2 - 2 * alpha)
                length = math.sqrt(own * others)
                score = np.float32(counted / (length + shrink))
                found.append((-float(score), -both, other))
        rows += [
            {"item_id": item, "rank": rank, "similar_item_id": other, "score": -score, "co_buyers": -both}
            for rank, (score, both, other) in enumerate(sorted(found)[:k], 1)
        ]
    return rows


def test_the_worked_example() -> None:
    matrix = [[1, 0, 1, 0, 1], [0, 1, 0, 1, 1], [1, 1, 1, 0, 0], [0, 1, 0, 0, 1]]
    rows = train_rows(make_interactions(matrix, ["P1", "P2", "P3", "P4", "P5"]), k=4)
    pairs = {(row["item_id"], row["similar_item_id"]): row for row in rows}
    assert pairs["P2", "P5"]["co_buyers"] == 2
    assert pairs["P2", "P1"]["co_buyers"] == 1
    assert pairs["P2", "P5"]["score"] == pytest.approx(2 / 3)
    assert pairs["P2", "P1"]["score"] == pytest.approx(1 / math.sqrt(6))
    assert [row["similar_item_id"] for row in rows if row["item_id"] == "P2"] == ["P5", "P4", "P1", "P3"]


@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.parametrize(
    ("users", "items", "lines"), [(9, 12, 60), (12, 5, 15), (1, 9, 20), (7, 1, 9), (2, 2, 1)]
)
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_all_pairs(seed: int, users: int, items: int, lines: int, k: int) -> None:
    interactions = Interactions.from_purchases(draw_purchases(seed, users, items, lines))
    assert train_rows(interactions, k) == compare_slowly(interactions, k)


PARAMS: list[dict[str, Any]] = [
    {"history_discount": 0.5},
    {"history_discount": 1},
    {"history_discount": 4},
    {"shrink": 2.5},
    {"min_co_buyers": 2},
    {"alpha": 1.0},
    {"alpha": 0.2, "history_discount": 0.5, "shrink": 1.0},
    {"history_discount": 0.75, "shrink": 10, "min_co_buyers": 3},
]


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize(
    ("users", "items", "lines"), [(9, 12, 60), (12, 9, 90), (1, 9, 20), (7, 1, 9), (2, 2, 1)]
)
def test_with_parameters_it_agrees_with_all_pairs(
    users: int, items: int, lines: int, params: dict[str, Any]
) -> None:
    interactions = Interactions.from_purchases(draw_purchases(users, users, items, lines))
    rows = train_rows(interactions, 4, **params)
    assert rows == compare_slowly(interactions, 4, **params)
    assert all(0 < row["score"] <= 1 for row in rows)


def test_alpha_of_one_is_the_share_of_the_items_buyers() -> None:
    matrix = [[1, 1], [0, 1], [0, 1]]
    rows = train_rows(make_interactions(matrix, ["a", "b"]), 5, alpha=1.0)
    assert [(row["item_id"], row["score"]) for row in rows] == [
        ("a", 1.0),
        ("b", pytest.approx(1 / 3)),
    ]


def test_a_long_history_says_less() -> None:
    """x goes with a by one user who bought two items, and with b by one who bought six."""
    matrix = [[1, 1, 0, 0, 0, 0, 0], [1, 0, 1, 1, 1, 1, 1]]
    interactions = make_interactions(matrix, ["x", "a", "b", "c", "d", "e", "f"])
    found = {
        discount: [
            (row["similar_item_id"], row["score"])
            for row in train_rows(interactions, 2, history_discount=discount)
            if row["item_id"] == "x"
        ]
        for discount in (0, 1)
    }
    alike = float(np.float32(1 / math.sqrt(2)))
    assert found[0] == [("a", alike), ("b", alike)]
    assert found[1] == [
        ("a", pytest.approx(1 / 2 / math.sqrt(2))),
        ("b", pytest.approx(1 / 6 / math.sqrt(2))),
    ]


def test_shrinking_puts_what_several_bought_before_what_one_bought() -> None:
    """Of x's four buyers one alone bought the rare item; three bought y, and nine others."""
    matrix = np.zeros((13, 3))
    matrix[:4, 0], matrix[0, 1], matrix[1:, 2] = 1, 1, 1
    interactions = make_interactions(matrix, ["x", "rare", "y"])
    found = {
        shrink: [
            (row["similar_item_id"], row["score"])
            for row in train_rows(interactions, 2, shrink=shrink)
            if row["item_id"] == "x"
        ]
        for shrink in (0, 5)
    }
    assert found[0] == [("rare", 0.5), ("y", pytest.approx(3 / math.sqrt(48)))]
    assert found[5] == [("y", pytest.approx(3 / (math.sqrt(48) + 5))), ("rare", pytest.approx(1 / 7))]


@pytest.mark.parametrize("k", [1, 30, 120, 500])
@pytest.mark.parametrize(("users", "share"), [(400, 0.02), (60, 0.2)])
def test_many_candidates_agree_with_all_pairs(users: int, share: float, k: int) -> None:
    """More than are ranked at once, of which some are so far below the k-th that they are not scored."""
    rng = np.random.default_rng(users)
    bought = (rng.random((users, 250)) < share * 2 * rng.random(250)).astype(float)
    interactions = make_interactions(bought, [f"i{code:03}" for code in range(250)])
    assert train_rows(interactions, k) == compare_slowly(interactions, k)


def test_equal_scores_go_by_co_buyers_then_by_id() -> None:
    # a has four buyers. z shares two of its four (2/4), c and d their only one (1/sqrt(4)).
    matrix = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]]
    rows = train_rows(make_interactions(matrix, ["a", "z", "c", "d"]), k=2)
    found = [
        (row["similar_item_id"], row["score"], row["co_buyers"]) for row in rows if row["item_id"] == "a"
    ]
    assert found == [("z", 0.5, 2), ("c", 0.5, 1)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_show(threads: int) -> None:
    interactions = Interactions.from_purchases(draw_purchases(4, 12, 12, 70))
    assert train_rows(interactions, 5, threads) == compare_slowly(interactions, 5)


def draw_popular(items: int, seed: int = 0) -> Interactions:
    """Many users, few of whom buy more than one item, so that counts grow large and ties are many."""
    rng = np.random.default_rng(seed)
    users = 140_000
    bought = np.zeros((users, items), np.float32)
    bought[np.arange(users), rng.integers(0, 2, users)] = 1
    bought[:70_000, 0] = 1
    for item in range(items):
        bought[rng.integers(0, users, 40), item] = 1
    matrix = csr_matrix(bought)
    ids = pa.array([f"i{code:02}" for code in range(items)])
    return Interactions(matrix, pa.nulls(users, pa.string()), ids, np.zeros(matrix.nnz, np.int64))


def test_more_than_65535_co_buyers() -> None:
    interactions = draw_popular(12)
    assert interactions.user_items[:, 0].sum() > 1 << 16
    assert train_rows(interactions, 4) == compare_slowly(interactions, 4)


@pytest.mark.parametrize("buyers", [254, 255, 256, 257])
def test_as_many_buyers_as_a_byte_counts(buyers: int) -> None:
    """Below and above the number from which counts are wider, with neighbours who share them all."""
    bought = np.ones((buyers, 3))
    bought[0, 2] = 0
    interactions = make_interactions(bought, ["a", "b", "c"])
    assert train_rows(interactions, 2) == compare_slowly(interactions, 2)


@given(
    st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 12), st.integers(1, 80), st.integers(1, 6)
)
def test_order_idle_users_and_direction_do_not_matter(
    seed: int, users: int, items: int, lines: int, k: int
) -> None:
    purchases = draw_purchases(seed, users, items, lines)
    interactions = Interactions.from_purchases(purchases)
    rows = train_rows(interactions, k)
    assert rows == train_rows(Interactions.from_purchases(shuffle_rows(purchases, seed)), k)

    matrix = interactions.user_items
    idle = csr_matrix(
        (matrix.data, matrix.indices, np.append(matrix.indptr, matrix.nnz)),
        (len(matrix.indptr), matrix.shape[1]),
    )
    with_idle = Interactions(
        idle, pa.nulls(idle.shape[0], pa.string()), interactions.item_ids, interactions.occurred_at
    )
    assert rows == train_rows(with_idle, k)

    every = {
        (r["item_id"], r["similar_item_id"]): (r["score"], r["co_buyers"])
        for r in train_rows(interactions, 99)
    }
    assert every == {(b, a): found for (a, b), found in every.items()}


def test_no_interactions() -> None:
    assert train_rows(make_interactions([], []), 5) == []


def test_items_that_share_no_buyer_have_no_rows() -> None:
    rows = train_rows(make_interactions([[3, 1, 0], [0, 0, 2]], ["a", "b", "alone"]), 5)
    assert [(row["item_id"], row["similar_item_id"]) for row in rows] == [("a", "b"), ("b", "a")]


@pytest.mark.filterwarnings("ignore:Method expects CSR")
def test_a_real_week_agrees_with_implicit() -> None:
    purchases = read_real_week()
    interactions = Interactions.from_purchases(purchases)
    k = 50
    rows = train_rows(interactions, k)
    assert rows == train_rows(Interactions.from_purchases(shuffle_rows(purchases)), k)
    scores: dict[str, list[float]] = {}
    for row in rows:
        scores.setdefault(row["item_id"], []).append(row["score"])

    peer = CosineRecommender(K=k + 1)
    peer.fit(interactions.binary().astype(np.float64), show_progress=False)
    assert interactions.items > 5000
    for code, item in enumerate(interactions.item_ids.to_pylist()):
        others, theirs = peer.similar_items(code, N=k + 1)
        theirs = theirs[(others != code) & (theirs > 0)][:k]
        np.testing.assert_allclose(scores.get(item, []), theirs, rtol=1e-6)


@pytest.mark.parametrize(
    ("params", "times"), [({"min_co_buyers": 3}, 1), ({"shrink": 2}, 4), ({"history_discount": 0.5}, 4)]
)
def test_summing_is_predicted_to_take_longer_than_counting(params: dict[str, Any], times: int) -> None:
    load = measure_workload(Dataset(make_interactions([[1, 1, 0], [1, 1, 1]], ["a", "b", "c"])), 0)
    plain, planned = (cosine.estimate(load, cosine.Params(**some)) for some in ({}, params))
    assert planned.parts[0] == plain.parts[0]._replace(work=times * plain.parts[0].work)
    assert planned.rows == plain.rows
