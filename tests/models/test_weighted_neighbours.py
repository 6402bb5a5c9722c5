"""tfidf and bm25: all pairs of dense columns, and implicit's recommenders as peers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from implicit.nearest_neighbours import BM25Recommender, TFIDFRecommender
from scipy.sparse import csr_matrix

from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.models import bm25, tfidf
from include.models.base import Context
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows

MODELS = {"tfidf": tfidf, "bm25": bm25}

each_model = pytest.mark.parametrize("name", MODELS)


def train_rows(name: str, interactions: Interactions, threads: int = 2, **params: Any) -> list[dict]:
    model = MODELS[name]
    [table] = model.train(Dataset(interactions), model.Params(**params), Context(threads))
    assert (table.table, table.model) == ("item_similarities", name)
    assert table.rows.schema.equals(ITEM_SIMILARITIES)
    return table.rows.to_pylist()


def weigh(name: str, counts: csr_matrix) -> csr_matrix:
    return tfidf.weigh_by_idf(counts) if name == "tfidf" else bm25.weigh_by_bm25(counts, 1.2, 0.75)


def compare_slowly(name: str, interactions: Interactions, k: int) -> list[dict]:
    """All pairs of columns, a user at a time in float64, rounded once."""
    ids = interactions.item_ids.to_pylist()
    weights = weigh(name, interactions.user_items).toarray()

    def multiply(item: int, other: int) -> float:
        total = 0.0
        for user in range(len(weights)):
            total += float(weights[user, item]) * float(weights[user, other])
        return total

    rows = []
    for item in range(len(ids)):
        found = []
        for other in range(len(ids)):
            both = np.count_nonzero((weights[:, item] != 0) & (weights[:, other] != 0))
            if other != item and both:
                score = multiply(item, other)
                if name == "tfidf":
                    score /= np.sqrt(multiply(item, item) * multiply(other, other))
                found.append((-float(np.float32(score)), -both, ids[other]))
        rows += [
            {
                "item_id": ids[item],
                "rank": rank,
                "similar_item_id": other,
                "score": -score,
                "co_buyers": -both,
            }
            for rank, (score, both, other) in enumerate(sorted(found)[:k], 1)
        ]
    return rows


@each_model
@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.parametrize(
    ("users", "items", "lines"), [(9, 12, 60), (12, 5, 15), (1, 9, 20), (7, 1, 9), (2, 2, 1), (3, 4, 90)]
)
@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_all_pairs(name: str, seed: int, users: int, items: int, lines: int, k: int) -> None:
    """In the last of these malls everybody buys everything, so that idf is below 0, or next to it."""
    interactions = Interactions.from_purchases(draw_purchases(seed, users, items, lines))
    rows = train_rows(name, interactions, k=k)
    assert rows == compare_slowly(name, interactions, k)
    low, high = MODELS[name].SCORES["item_similarities"][:2]
    assert all(low < row["score"] and (high is None or row["score"] <= high) for row in rows)


@each_model
def test_equal_scores_go_by_co_buyers_then_by_id(name: str) -> None:
    """b and c were bought by the same users as each other, equally often."""
    matrix = [[1, 2, 2, 0], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    rows = train_rows(name, make_interactions(matrix, ["a", "c", "b", "z"]), k=1)
    assert next(row["similar_item_id"] for row in rows if row["item_id"] == "a") == "b"
    assert not [row for row in rows if row["item_id"] == "z"]


@each_model
def test_threads_and_the_order_of_rows_do_not_show(name: str) -> None:
    purchases = draw_purchases(4, 12, 12, 70)
    rows = train_rows(name, Interactions.from_purchases(purchases), threads=1)
    assert rows == train_rows(name, Interactions.from_purchases(shuffle_rows(purchases)), threads=5)


@each_model
def test_no_interactions(name: str) -> None:
    assert train_rows(name, make_interactions([], [])) == []


def test_bm25_has_parameters() -> None:
    interactions = Interactions.from_purchases(draw_purchases(1))
    rows = train_rows("bm25", interactions)
    assert rows == train_rows("bm25", interactions, K1=1.2, B=0.75)
    assert rows != train_rows("bm25", interactions, K1=2.0)
    assert rows != train_rows("bm25", interactions, B=0.0)


@pytest.mark.filterwarnings("ignore:Method expects CSR")
@pytest.mark.parametrize(
    ("name", "make_peer"), [("tfidf", TFIDFRecommender), ("bm25", BM25Recommender)], ids=["tfidf", "bm25"]
)
def test_a_real_week_agrees_with_implicit(name: str, make_peer: Callable[..., Any]) -> None:
    """Scores by rank; of equal ones implicit keeps any."""
    interactions = Interactions.from_purchases(read_real_week())
    k = 20
    scores: dict[str, list[float]] = {}
    for row in train_rows(name, interactions, k=k):
        scores.setdefault(row["item_id"], []).append(row["score"])
    peer = make_peer(K=k + 1)
    peer.fit(interactions.user_items.astype(np.float64), show_progress=False)
    assert interactions.items > 5000
    for code, item in enumerate(interactions.item_ids.to_pylist()):
        others, theirs = peer.similar_items(code, N=k + 1)
        np.testing.assert_allclose(scores.get(item, []), theirs[others != code][:k], rtol=1e-5)
