"""Item neighbourhoods: a score is the product of two items' columns, and models differ by the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload
    from include.models.base import Context, Estimate, RankedTable


def rank_neighbourhood(
    model: str, weights: csr_matrix, dataset: Dataset, k: int, context: Context, *, normalise: bool = True
) -> RankedTable:
    """The k best neighbours of each item.

    weights: CSR of the shape and nonzeros of `dataset.matrix()`, users × items. score(i, j) = Σ over users u
    of weights[u, i] · weights[u, j], where `normalise` divided by the lengths of both columns, as float32;
    co_buyers = users who bought both. Order: score, then co_buyers, both from the highest, then the similar
    item's id. Never the item itself; an item that shares no buyer with another has no rows.
    """
    raise NotImplementedError


def weigh_users(counts: csr_matrix) -> NDArray[np.float64]:
    """For each nonzero (nonzeros,) the idf of its user: |log(items / (1 + the user's items))|.

    The logarithm is below 0 for who bought every item, which a product of two weights does not show; and 0
    for who bought all but one, whose weight is next to nothing instead, so that every pair has a score.
    """
    import numpy as np

    bought = np.diff(counts.indptr)
    idf = np.log(max(1, counts.shape[1])) - np.log1p(bought)
    return np.repeat(np.maximum(np.abs(idf), 1e-9), bought)


def estimate_neighbourhood(model: str, workload: Workload, k: int) -> Estimate:
    """Of any weights: what grows is how many pairs of items the users have."""
    from include.models.base import Estimate, Part

    rows = workload.similar_rows(k)
    return Estimate(
        parts=(Part(model, workload.squared_baskets), Part("", workload.pairs + rows)),
        rows={"item_similarities": rows},
    )
