"""Matrix factorisation by alternating least squares: the model of `implicit`, with a solver of our own.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.models import base
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(-1.0, 1.0), "user_recommendations": ScoreRange(None, None)}


class Params(base.Params):
    """By implicit's names. k: similar items of each item; user_k: recommendations to each user."""

    user_k: Cutoff = 20
    factors: Annotated[int, Field(ge=1, le=1024)] = 64
    regularization: Annotated[float, Field(ge=0)] = 0.01
    alpha: Annotated[float, Field(gt=0)] = 1.0
    iterations: Annotated[int, Field(ge=1, le=1000)] = 15
    seed: Annotated[int, Field(ge=0)] = 0


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The best items of each user and the most similar items of each item, from one factorisation.

    A pair's confidence is alpha × its weight (purchase lines); an unbought pair's is 1.

    user_recommendations: score = user_factors · item_factors, about 0 to 1, best first, then item id; bought
    items are left out when context.exclude_purchased, so a list may be shorter than k or empty;
    because_item_id is null, for ALS has no single reason. item_similarities: score = cosine of item_factors
    in [-1, 1], then co_buyers (users who bought both, which may be 0), then item id; never the item itself.

    The same dataset gives the same bits whatever the number of threads. Raises ValueError when the
    factorisation does not stay finite.
    """
    from threadpoolctl import threadpool_limits

    from include.models.als_factors import compare_items, factorise, recommend_items

    # BLAS under many threads sums in another order, and fights with implicit's own threads for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        user_factors, item_factors = factorise(dataset.matrix(), params, context.threads)
        recommendations = recommend_items(dataset, user_factors, item_factors, params, context)
        similarities = compare_items(dataset, item_factors, params, context)
    return [
        RankedTable("user_recommendations", "als", recommendations),
        RankedTable("item_similarities", "als", similarities),
    ]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.kernels.shortlists import count_list_bytes

    users, items, factors = workload.users, workload.items, params.factors
    k, user_k = min(params.k, max(0, items - 1)), min(params.user_k, items)
    rows = {"item_similarities": items * k, "user_recommendations": users * user_k}
    # How often lists of k are entered while the items are met in any order: about k + k ln(n / k) each.
    entries = items * params.k * (1 + math.log(max(1.0, items / params.k)))
    # Multiplications of an iteration: three steps of conjugate gradient for each user and each item.
    steps = params.iterations * factors * (2 * workload.pairs + (users + items) * factors)
    return Estimate(
        parts=(
            Part("als: factorise", steps),
            Part("als: recommend", users * items * factors, prunes=True),
            Part("als: similar items", items**2 * factors, lesser=entries),
            Part("", workload.pairs + sum(rows.values())),
        ),
        rows=rows,
        arrays={"the factors": (users + 2 * items) * factors * 4},
        lists_in_making=items * count_list_bytes(params.k),
        cures={
            "the factors": "lower models.als.factors",
            "the lists in the making": "lower models.als.k",
            "the rows of item_similarities": "lower models.als.k",
            "the rows of user_recommendations": "lower models.als.user_k",
        },
    )
