"""Items bought by the same users, by weights that a much-bought item and a much-buying user lower.

S. Robertson, H. Zaragoza: The probabilistic relevance framework: BM25 and beyond, Foundations and Trends in
Information Retrieval 3, 2009. An item is a document and its buyers are the terms, as `implicit`'s
BM25Recommender has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.models import base
from include.models.base import Context, Estimate, RankedTable, ScoreRange

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(0.0, None, above_low=True, co_buyers=1)}


class Params(base.Params):
    """By implicit's names. k: similar items of each item.

    K1: how much more buying again counts, from 0: not at all. B: how much an item's own sales lower its
    weights, from 0: not at all, to 1.
    """

    K1: Annotated[float, Field(ge=0, le=1e6)] = 1.2
    B: Annotated[float, Field(ge=0, le=1)] = 0.75


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k items of each item with the highest products of their columns of `weigh_by_bm25`."""
    from include.models.rows import rank_similar_items

    weights = weigh_by_bm25(dataset.matrix(), params.K1, params.B)
    return [rank_similar_items("bm25", dataset, weights, params.k, context, normalise=False)]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.models.rows import estimate_similar_items

    return estimate_similar_items("bm25", workload, params.k, weight_bytes=12)


def weigh_by_bm25(counts: csr_matrix, K1: float, B: float) -> csr_matrix:
    """count · (K1 + 1) / (count + K1 · length) · idf of the user.

    length = 1 − B + B · the item's counts / their mean over the items.

    counts: CSR, users × items; a nonzero is how often the user bought the item. The weights have the same
    nonzeros, as float64.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    from include.models.tfidf import find_idf

    sold = np.bincount(counts.indices, counts.data, counts.shape[1])
    length = 1 - B + B * sold / (sold.mean() if len(sold) else 1)
    count = counts.data.astype(np.float64)
    weights = count * (K1 + 1) / (count + K1 * length[counts.indices]) * find_idf(counts)
    return csr_matrix((weights, counts.indices, counts.indptr), shape=counts.shape)
