"""Item-item cosine over who bought what.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001, with purchases as 0 and 1. Counted item by item, as in G. Linden, B. Smith, J. York: Amazon.com
recommendations: item-to-item collaborative filtering, IEEE Internet Computing 2003. Long histories count less
as in M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, TOIS 2004; few co-buyers as in
R. Bell, Y. Koren: Scalable collaborative filtering with jointly derived neighborhood interpolation weights,
ICDM 2007, and M. Ferrari Dacrema, P. Cremonesi, D. Jannach: Are we really making much progress?, RecSys 2019.
Asymmetric as in F. Aiolli: Efficient top-n recommendation for very large scale binary rated datasets, RecSys
2013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.models import base
from include.models.base import Context, Cutoff, Estimate, RankedTable, ScoreRange, Search

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

# So many times as long as counting takes summing, measured on Gowalla's 810,128 pairs with k 50.
_SUMMED: Final = 4

# What was best on Gowalla, Online Retail II and Complete Journey, of lists that sum neighbours.
STARTS: Final = (
    {"k": 200, "history_discount": 0.7, "shrink": 10.0},
    {"k": 200, "history_discount": 0.5, "shrink": 3.0},
    {"k": 200, "shrink": 10.0},
)

SCORES: Final = {"item_similarities": ScoreRange(0.0, 1.0, above_low=True, co_buyers=1)}


class Params(base.Params):
    """k: similar items of each item.

    history_discount: a user who bought n different items counts 1 / n ** history_discount; with 0 all users
    count the same. shrink: added to what a score is divided by, so that what few bought falls behind; in
    buyers. min_co_buyers: neighbours with fewer are no neighbours, and leave their place to others.
    alpha: with 0.5 a score is the cosine; above, popular neighbours gain, and with 1 it is the share of the
    item's buyers who bought the other too; below, rare neighbours gain.
    """

    k: Annotated[Cutoff, Search(20, 200, log=True)] = 50
    history_discount: Annotated[float, Field(ge=0, le=4), Search(0.0, 1.5)] = 0.0
    shrink: Annotated[float, Field(ge=0, le=1e6), Search(0.1, 100.0, log=True)] = 0.0
    min_co_buyers: Annotated[int, Field(ge=1), Search(1, 10)] = 1
    alpha: Annotated[float, Field(ge=0, le=1), Search(0.0, 1.0)] = 0.5


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k most similar items of each item.

    score = Σ 1 / n_u ** history_discount / (|buyers(i)| ** alpha · |buyers(j)| ** (1 - alpha) + shrink), in
    (0, 1], as float32: the sum is over the users u who bought both, and n_u is how many different items
    u bought. By default that is |buyers(i) ∩ buyers(j)| / sqrt(|buyers(i)| · |buyers(j)|), the cosine.
    co_buyers = |buyers(i) ∩ buyers(j)|, at least min_co_buyers. Quantities and repeats do not count. Order:
    score, then co_buyers, both from the highest, then the similar item's id. Never the item itself; an item
    that shares no buyer with another has no rows.

    Time grows with the sum over users of their items squared, and is several times longer with
    history_discount, shrink or another alpha; the memory beside the rows with the items and the purchases.
    """
    import numpy as np

    from include.models.rows import rank_similar_items

    weights, squares, own_squares = dataset.binary(), None, None
    if params.history_discount > 0 or params.alpha != 0.5:
        buyers = np.maximum(np.bincount(weights.indices, minlength=weights.shape[1]), 1.0)
        squares, own_squares = buyers ** (2 - 2 * params.alpha), buyers ** (2 * params.alpha)
    if params.history_discount > 0:
        weights = discount_histories(weights, params.history_discount)
    table = rank_similar_items(
        "cosine",
        dataset,
        weights,
        params.k,
        context,
        squares=squares,
        own_squares=own_squares,
        shrink=params.shrink,
        min_co_buyers=params.min_co_buyers,
    )
    return [table]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.models.rows import estimate_similar_items

    if params.history_discount == 0 and params.shrink == 0 and params.alpha == 0.5:
        return estimate_similar_items("cosine", workload, params.k)
    return estimate_similar_items("cosine", workload, params.k, weight_bytes=12, slower=_SUMMED)


def discount_histories(bought: csr_matrix, discount: float) -> csr_matrix:
    """For each nonzero of `bought`, users × items, n ** (-discount / 2) as float64; its user has n nonzeros.

    The product of two weights of a user is what the user counts.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    sizes = np.diff(bought.indptr)
    weights = np.repeat(np.maximum(sizes, 1.0) ** (-discount / 2), sizes)
    return csr_matrix((weights, bought.indices, bought.indptr), shape=bought.shape)
