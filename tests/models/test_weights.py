"""What tfidf and bm25 weigh by: the formula cell by cell, and implicit's own functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from implicit.nearest_neighbours import bm25_weight, tfidf_weight
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from include.dataset.dataset import Dataset
from include.errors import RefusedInputError
from include.models.base import Context
from include.models.bm25 import Params, weigh_by_bm25
from include.models.rows import rank_similar_items
from include.models.tfidf import weigh_by_idf
from tests.purchases import make_interactions


def draw_counts(seed: int, users: int, items: int) -> csr_matrix:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, (users, items)) * (rng.random((users, items)) < 0.4)
    return csr_matrix(counts.astype(np.float32))


def weigh_slowly(counts: NDArray, K1: float, B: float) -> tuple[NDArray, NDArray]:
    """TF-IDF and BM25, a cell at a time."""
    users, items = counts.shape
    tfidf, bm25 = np.zeros(counts.shape), np.zeros(counts.shape)
    mean = counts.sum() / items
    for user in range(users):
        idf = max(1e-9, abs(math.log(items / (1 + np.count_nonzero(counts[user])))))
        for item in range(items):
            count = float(counts[user, item])
            if count:
                length = 1 - B + B * counts[:, item].sum() / mean
                tfidf[user, item] = math.sqrt(count) * idf
                bm25[user, item] = count * (K1 + 1) / (count + K1 * length) * idf
    return tfidf, bm25


@pytest.mark.parametrize(("users", "items"), [(9, 12), (12, 5), (1, 9), (7, 1), (40, 30)])
@pytest.mark.parametrize(("K1", "B"), [(1.2, 0.75), (0.0, 0.5), (100.0, 0.0), (2.0, 1.0)])
def test_weights_agree_with_the_formula_and_with_implicit(
    users: int, items: int, K1: float, B: float
) -> None:
    counts = draw_counts(users, users, items)
    tfidf, bm25 = weigh_slowly(counts.toarray().astype(float), K1, B)
    np.testing.assert_allclose(weigh_by_idf(counts).toarray(), tfidf, atol=1e-12)
    np.testing.assert_allclose(weigh_by_bm25(counts, K1, B).toarray(), bm25, atol=1e-12)
    # implicit makes float32 of float32, and lets the idf of a user who bought nearly everything go below 0.
    item_users = counts.astype(np.float64).T
    theirs = [
        abs(weights.T.toarray()) for weights in (tfidf_weight(item_users), bm25_weight(item_users, K1, B))
    ]
    np.testing.assert_allclose(weigh_by_idf(counts).toarray(), theirs[0], atol=1e-8)
    np.testing.assert_allclose(weigh_by_bm25(counts, K1, B).toarray(), theirs[1], atol=1e-8)


def test_the_counts_stay_as_they_were() -> None:
    counts = draw_counts(3, 9, 9)
    before = counts.copy()
    for weights in (weigh_by_idf(counts), weigh_by_bm25(counts, 1.2, 0.75)):
        assert weights.dtype == np.float64
        assert (weights.indptr == before.indptr).all()
        assert (weights.indices == before.indices).all()
    assert (counts != before).nnz == 0


@pytest.mark.parametrize(("K1", "B"), [(1e6, 1.0), (1e6, 0.0), (0.0, 1.0)])
def test_the_largest_parameters_leave_every_weight_finite_and_positive(K1: float, B: float) -> None:
    assert Params(K1=K1, B=B)
    counts = draw_counts(5, 40, 30) * np.float32(1e6)
    weights = weigh_by_bm25(counts, K1, B).data
    assert np.isfinite(weights).all() and (weights > 0).all()
    with pytest.raises(ValidationError, match="K1"):
        Params(K1=1e7)


def test_weights_whose_products_explode_are_refused() -> None:
    dataset = Dataset(make_interactions([[1, 1], [1, 1]], ["a", "b"]))
    huge = csr_matrix(np.full((2, 2), 1e30))
    with pytest.raises(
        RefusedInputError, match="The weights of mine are too large for their products; lower"
    ):
        rank_similar_items("mine", dataset, huge, 1, Context(threads=1), normalise=False)


def test_nobody_bought_anything() -> None:
    nothing = csr_matrix((0, 0), dtype=np.float32)
    assert weigh_by_idf(nothing).nnz == weigh_by_bm25(nothing, 1.2, 0.75).nnz == 0


def test_a_user_of_all_items_but_one_says_next_to_nothing() -> None:
    """log(items / (1 + items − 1)) is 0: who buys everything tells no two items apart."""
    counts = csr_matrix([[1, 1, 0], [1, 1, 1]], dtype=np.float32)
    assert weigh_by_idf(counts).toarray()[0].tolist() == [1e-9, 1e-9, 0]
