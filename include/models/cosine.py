"""Item-item cosine over who bought what.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001, with purchases as 0 and 1. Counted item by item, as in G. Linden, B. Smith, J. York: Amazon.com
recommendations: item-to-item collaborative filtering, IEEE Internet Computing 2003.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from include.models import base
from include.models.base import Context, Estimate, RankedTable, ScoreRange

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(0.0, 1.0, above_low=True, co_buyers=1)}


class Params(base.Params):
    """k: similar items of each item."""


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k most similar items of each item.

    score = |buyers(i) ∩ buyers(j)| / sqrt(|buyers(i)| · |buyers(j)|), in (0, 1], as float32;
    co_buyers = |buyers(i) ∩ buyers(j)|. Quantities and repeats do not count. Order: score, then co_buyers,
    both from the highest, then the similar item's id. Never the item itself; an item that shares no buyer
    with another has no rows.

    Time grows with the sum over users of their items squared; the memory beside the rows with the items and
    the purchases.
    """
    from include.models.rows import rank_similar_items

    return [rank_similar_items("cosine", dataset, dataset.binary(), params.k, context)]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.models.rows import estimate_similar_items

    return estimate_similar_items("cosine", workload, params.k)
