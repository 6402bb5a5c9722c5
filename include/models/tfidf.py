"""Item-item cosine over who bought what, where a user who buys much says less.

K. Spärck Jones: A statistical interpretation of term specificity and its application in retrieval, Journal of
Documentation 28, 1972. An item is a document and its buyers are the terms, as `implicit`'s TFIDFRecommender
has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from include.models import base
from include.models.base import Context, Estimate, RankedTable, ScoreRange
from include.models.neighbourhood import estimate_neighbourhood, rank_neighbourhood, weigh_users

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(0.0, 1.0)}


class Params(base.Params):
    """k: similar items of each item."""


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k most similar items of each item: the cosine of their columns of `weigh_by_idf`."""
    return [rank_neighbourhood("tfidf", weigh_by_idf(dataset.matrix()), dataset, params.k, context)]


def estimate(workload: Workload, params: Params) -> Estimate:
    return estimate_neighbourhood("tfidf", workload, params.k)


def weigh_by_idf(counts: csr_matrix) -> csr_matrix:
    """sqrt(count) · idf of the user.

    counts: CSR, users × items; a nonzero is how often the user bought the item. The weights have the same
    nonzeros, as float64.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    weights = np.sqrt(counts.data, dtype=np.float64) * weigh_users(counts)
    return csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
