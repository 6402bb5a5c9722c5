"""EASE by both of its inverses, against the textbook's in dense arrays of double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from include import memory
from include.columns import ITEM_SIMILARITIES, USER_RECOMMENDATIONS
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.errors import RefusedInputError
from include.models import ease
from include.models.base import Context
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows

# Fewer items than users, fewer users than items, as many, one of each, and hardly any purchases.
SIZES = [(12, 5, 60), (9, 12, 60), (8, 8, 40), (1, 9, 20), (7, 1, 9), (1, 1, 1), (5, 12, 6)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "_ROWS", 4)


def train_tables(
    interactions: Interactions, exclude: bool = True, threads: int = 2, **parameters: Any
) -> tuple[pa.Table, pa.Table]:
    params = ease.Params(**{"k": 4, "user_k": 4, "regularization": 2.0, **parameters})
    tables = ease.train(Dataset(interactions), params, Context(threads, exclude_purchased=exclude))
    assert [(table.table, table.model) for table in tables] == [
        ("user_recommendations", "ease"),
        ("item_similarities", "ease"),
    ]
    assert tables[0].rows.schema.equals(USER_RECOMMENDATIONS)
    assert tables[1].rows.schema.equals(ITEM_SIMILARITIES)
    return tables[0].rows, tables[1].rows


def weigh_slowly(bought: NDArray[np.bool_], regularization: float) -> NDArray[np.float64]:
    """Steck's ten lines."""
    x = bought.astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + regularization * np.eye(x.shape[1]))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def check_lists(found: list[dict], other: str, truth: dict[str, float], k: int) -> None:
    """The k best of the truth, up to float32, in the order of their published scores."""
    assert [row["rank"] for row in found] == list(range(1, min(k, len(truth)) + 1))
    keys = [(-row["score"], -row.get("co_buyers", 0), row[other]) for row in found]
    assert keys == sorted(keys)
    assert all(row["score"] == pytest.approx(truth[row[other]], abs=2e-6) for row in found)
    left_out = truth.keys() - {row[other] for row in found}
    assert len(left_out) == len(truth) - len(found)
    assert all(truth[one] <= found[-1]["score"] + 2e-6 for one in left_out)


@pytest.mark.parametrize("regularization", [1.0, 30.0])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("size", SIZES)
def test_lists_are_the_best_of_the_textbook(
    size: tuple[int, int, int], k: int, exclude: bool, regularization: float
) -> None:
    interactions = Interactions.from_purchases(draw_purchases(7, *size))
    given = {"k": k, "user_k": k, "regularization": regularization}
    recommendations, similarities = train_tables(interactions, exclude, **given)
    users, items = interactions.user_ids.to_pylist(), interactions.item_ids.to_pylist()
    bought = interactions.user_items.toarray() > 0
    weights = weigh_slowly(bought, regularization)

    scores = bought @ weights
    rows = recommendations.to_pylist()
    assert list(dict.fromkeys(row["user_id"] for row in rows)) == [
        user for user, row in zip(users, bought, strict=True) if not (exclude and row.all())
    ]
    for u, user in enumerate(users):
        truth = {item: scores[u, i] for i, item in enumerate(items) if not (exclude and bought[u, i])}
        check_lists([row for row in rows if row["user_id"] == user], "item_id", truth, k)
    assert recommendations["because_item_id"].null_count == len(rows)

    co_buyers = bought.astype(int).T @ bought.astype(int)
    rows = similarities.to_pylist()
    for i, item in enumerate(items):
        truth = {
            other: weights[i, j]
            for j, other in enumerate(items)
            if j != i and co_buyers[i, j] and weights[i, j] > 0
        }
        own = [row for row in rows if row["item_id"] == item]
        check_lists(own, "similar_item_id", truth, k)
        for row in own:
            assert row["co_buyers"] == co_buyers[i, items.index(row["similar_item_id"])]


@pytest.mark.parametrize("size", [(40, 40), (90, 30), (30, 90)])
def test_both_inverses_give_the_textbooks_weights(size: tuple[int, int]) -> None:
    """Of the same purchases: the inverse of users × users is that of the transposed ones' items."""
    bought = np.random.default_rng(4).random(size) < 0.2
    bought[:, 0] = bought[0] = True
    interactions = make_interactions(
        bought.astype(float).tolist(), [f"i{item:02}" for item in range(size[1])]
    )
    matrix = interactions.user_items
    order = [int(user[1:]) for user in interactions.user_ids.to_pylist()]
    truth = weigh_slowly(bought, 7.0)
    found = ease.learn_weights(matrix, 7.0, 2)
    assert isinstance(found, ease.ByItems if size[1] <= size[0] else ease.ByUsers)
    scores = np.concatenate([found.score_users(n, min(n + 7, size[0])) for n in range(0, size[0], 7)])
    np.testing.assert_allclose(scores, (bought @ truth)[order], atol=2e-6)
    every = csr_matrix(~np.eye(size[1], dtype=bool))
    weights = np.concatenate([found.weigh_pairs(n, every[n : n + 7]) for n in range(0, size[1], 7)])
    np.testing.assert_allclose(weights, truth[~np.eye(size[1], dtype=bool)], atol=2e-6)


def test_how_often_a_pair_was_bought_plays_no_part() -> None:
    once = make_interactions([[1, 1, 0], [1, 0, 1], [0, 1, 1]], ["a", "b", "c"])
    often = make_interactions([[9, 1, 0], [1, 0, 3], [0, 2, 1]], ["a", "b", "c"])
    for one, other in zip(train_tables(once), train_tables(often), strict=True):
        assert one.equals(other)


def test_ties_are_in_order_of_the_ids() -> None:
    """Four items that are bought alike, and three of them by others."""
    everyone = [[1, 1, 1, 1]] * 6 + [[1, 0, 0, 0]]
    recommendations, _ = train_tables(make_interactions(everyone, ["d", "a", "c", "b"]))
    assert recommendations["item_id"].to_pylist() == ["a", "b", "c"]
    assert len(set(recommendations["score"].to_pylist())) == 1


def test_a_real_week_gives_the_same_bits_whatever_the_threads_and_the_row_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ease, "_ROWS", 256)
    purchases = read_real_week()
    first = train_tables(Interactions.from_purchases(purchases), threads=1, user_k=20)
    assert first[0].num_rows == 20 * len(set(first[0]["user_id"].to_pylist()))
    again = train_tables(Interactions.from_purchases(shuffle_rows(purchases, 3)), threads=3, user_k=20)
    assert again[0].equals(first[0])
    assert again[1].equals(first[1])


def test_no_interactions() -> None:
    assert [table.num_rows for table in train_tables(make_interactions([], []))] == [0, 0]


def test_a_side_that_takes_too_long_is_refused() -> None:
    too_many = ease.LARGEST + 1
    ease.refuse_large(10, too_many)
    explained = "inverts a matrix of its 40,001 users and does so for at most 40,000; shorten window.days"
    with pytest.raises(RefusedInputError, match=explained):
        ease.refuse_large(too_many, too_many + 1)


def test_a_side_that_memory_does_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "find_memory_limit", lambda: (100, "80% of the machine"))
    ease.refuse_large(5_000, 90_000)
    explained = (
        r"its 6,000 items, which takes 137 MB, and the limit is 100 MB \(80% of the machine\); shorten"
    )
    with pytest.raises(RefusedInputError, match=explained):
        ease.refuse_large(90_000, 6_000)


@pytest.mark.parametrize(
    "parameters", [{"regularization": 0}, {"regularization": float("inf")}, {"user_k": 0}, {"factors": 3}]
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(parameters))):
        ease.Params(**parameters)
