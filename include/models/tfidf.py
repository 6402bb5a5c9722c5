"""Item-item cosine over who bought what, where a user who buys nearly everything says less.

K. Spärck Jones: A statistical interpretation of term specificity and its application in retrieval, Journal
of Documentation 28, 1972. An item is a document and its buyers are the terms, as `implicit`'s
TFIDFRecommender has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from include.models import base
from include.models.base import Context, Estimate, RankedTable, ScoreRange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(0.0, 1.0, above_low=True, co_buyers=1)}


class Params(base.Params):
    """k: similar items of each item."""


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k most similar items of each item: as the model cosine, but of `weigh_by_idf`."""
    from include.models.rows import rank_similar_items

    return [rank_similar_items("tfidf", dataset, weigh_by_idf(dataset.matrix()), params.k, context)]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.models.rows import estimate_similar_items

    return estimate_similar_items("tfidf", workload, params.k, weight_bytes=12)


def weigh_by_idf(counts: csr_matrix) -> csr_matrix:
    """sqrt(count) · idf of the user.

    counts: CSR, users × items; a nonzero is how often the user bought the item. The weights have the same
    nonzeros, as float64.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    weights = np.sqrt(counts.data, dtype=np.float64) * find_idf(counts)
    return csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)


def find_idf(counts: csr_matrix) -> NDArray[np.float64]:
    """For each nonzero (nonzeros,) the idf of its user: |log(items / (1 + the user's items))|.

    The logarithm is below 0 for who bought every item, which a product of two weights does not show; and 0
    for who bought all but one, whose weight is next to nothing instead, so that every pair has a score.
    """
    import numpy as np

    bought = np.diff(counts.indptr)
    idf = np.log(max(1, counts.shape[1])) - np.log1p(bought)
    return np.repeat(np.maximum(np.abs(idf), 1e-9), bought)
