"""Matrix factorisation by alternating least squares, and what is recommended by it.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from include.models.als_factors import BIASES, FactorParams, factorise, regularize_rows
from include.models.audiences import Audiences, plan_audiences, rank_audiences
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload
    from include.kernels import RankedLists

# What is good on ML-100k, what was published for larger data, and what was best on Complete Journey.
STARTS: Final = (
    {
        "factors": 24,
        "regularization": 0.018,
        "regularization_exp": 1.0,
        "unobserved_weight": 0.3,
        "bias": False,
    },
    {
        "factors": 128,
        "regularization": 0.003,
        "regularization_exp": 1.0,
        "unobserved_weight": 0.1,
        "bias": False,
    },
    {"factors": 32, "regularization": 12.0, "unobserved_weight": 0.1, "bias": False},
)

SCORES: Final = {
    "item_similarities": ScoreRange(-1.0, 1.0),
    "user_recommendations": ScoreRange(None, None),
    "item_audiences": ScoreRange(None, None),
}


# Without biases items are as long as they are popular, and about so many times the root of their number are
# within a list's reach (docs/decisions/0166). With biases all are met: one of their factors is 1.
_REACHED: Final = 12


class Params(FactorParams):
    """Of the factorisation, and: k: similar items of each item; user_k: recommendations to each user;
    audiences: the items that have item_audiences, or none have.
    """

    user_k: Cutoff = 20
    audiences: Audiences | None = None


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The best items of each user and the most similar items of each item, from one factorisation.

    A pair's confidence is alpha × its weight (purchase lines); an unbought pair's is unobserved_weight.

    user_recommendations: score = user_factors · item_factors, with both biases, about 0 to 1, best first,
    then item id; bought items are left out when context.exclude_purchased, so a list may be shorter than k or
    empty; because_item_id is the item of the user's history that gave most of the score, by the explanation
    of Hu, Koren and Volinsky, or null where none gave more than 0, or context.reasons is false.
    item_similarities: score = cosine of
    item_factors without their biases, in [-1, 1], then co_buyers (users who bought both, which may be 0),
    then item id; never the item itself.

    The same dataset gives the same bits whatever the number of threads. Raises RefusedInputError when
    the factorisation does not stay finite, or its products do not.
    """
    import numpy as np

    from include.models.rows import rank_nearest_items

    user_factors, item_factors = context.learn(lambda: factorise(dataset.matrix(), params, context.threads))
    recommendations = recommend_items(dataset, user_factors, item_factors, params, context)
    made = [RankedTable("user_recommendations", "als", recommendations)]
    if context.wants("item_similarities"):
        every = np.arange(len(item_factors))
        vectors = item_factors[:, BIASES:] if params.bias else item_factors
        made.append(rank_nearest_items("als", dataset, every, vectors, params.k, context))
    if params.audiences and context.wants("item_audiences"):
        made.append(rank_audiences("als", dataset, user_factors, item_factors, params.audiences, context))
    return made


def recommend_items(
    dataset: Dataset,
    user_factors: NDArray[np.float32],
    item_factors: NDArray[np.float32],
    params: Params,
    context: Context,
) -> pa.Table:
    """user_recommendations of the factors, as `train` says."""
    import pyarrow as pa

    from include.columns import USER_RECOMMENDATIONS
    from include.kernels import rank_products
    from include.models.rows import name_recommendations, refuse_overflow
    from include.progress import show_progress

    hidden = dataset.purchased().sorted_indices() if context.exclude_purchased else None
    tiles = []
    with (
        refuse_overflow("The factors of als", "raise models.als.regularization"),
        show_progress(len(dataset.user_ids), "als: recommend", "users") as progress,
    ):
        for tile in rank_products(
            user_factors,
            item_factors,
            params.user_k,
            threads=context.threads,
            hidden=hidden,
            tick=progress.update,
        ):
            tiles.append(tile)
    lists = [best for _, _, best in tiles]
    because: Iterable[NDArray[np.int32] | None] = [None] * len(lists)
    if context.reasons:
        because = explain_lists(dataset.matrix(), item_factors, lists, params, context)
    tables = [USER_RECOMMENDATIONS.empty_table()]
    for (start, stop, best), reasons in zip(tiles, because, strict=True):
        tables.append(name_recommendations(dataset, start, stop, best, reasons))
    return pa.concat_tables(tables)


def explain_lists(
    user_items: csr_matrix,
    item_factors: NDArray[np.float32],
    tiles: list[RankedLists],
    params: Params,
    context: Context,
) -> list[NDArray[np.int32]]:
    """For each item of the users' lists, tile by tile, the item of the history that gave most, or -1.

    The user's vector is taken to be the best one beside these item_factors, as Hu, Koren and Volinsky do.
    """
    import numpy as np

    from include.kernels import RankedLists, explain_products
    from include.progress import show_progress

    if not tiles:
        return []
    sizes = np.concatenate([tile.sizes for tile in tiles])
    lists = RankedLists(
        np.append(0, np.cumsum(sizes)),
        np.concatenate([tile.items for tile in tiles]),
        np.concatenate([tile.scores for tile in tiles]),
    )
    confidence = user_items.astype(np.float32) * np.float32(params.alpha)
    with show_progress(len(sizes), "als: explain", "users") as progress:
        because = explain_products(
            lists,
            confidence,
            item_factors,
            regularize_rows(confidence, params),
            threads=context.threads,
            unobserved_weight=params.unobserved_weight,
            constant=0 if params.bias else None,
            tick=progress.update,
        )
    return np.split(because, np.cumsum([len(tile.items) for tile in tiles])[:-1])


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.kernels import count_list_bytes
    from include.models.rows import count_entries, plan_nearest_items

    users, items, factors = workload.users, workload.items, params.factors + BIASES * params.bias
    nearest, neighbours = plan_nearest_items("als", workload, params.factors, params.k)
    rows = {"item_similarities": neighbours, "user_recommendations": users * min(params.user_k, items)}
    met = items if params.bias else min(items, _REACHED * math.sqrt(items))
    products = users * met * factors
    if params.audiences:
        more, rows["item_audiences"] = plan_audiences(workload, factors, params.audiences)
        products += more
    # A purchase is in a history of so many items on average, whose system is of its size or of the factors.
    history = min(factors, workload.squared_histories / max(1, workload.pairs))
    # Multiplications of an iteration: three steps of conjugate gradient for each user and each item.
    steps = params.iterations * factors * (2 * workload.pairs + (users + items) * factors)
    return Estimate(
        parts=(
            Part("als: factorise", steps),
            Part("als: recommend", products, lesser=users * count_entries(items, params.user_k)),
            Part("als: explain", workload.pairs * factors * (history + params.user_k)),
            nearest,
            Part("", workload.pairs + sum(rows.values())),
        ),
        rows=rows,
        arrays={
            "the factors": (users + 2 * items) * factors * 4,
            # The lists in tiles and joined, and the reason of each of their items.
            "the reasons": 28 * rows["user_recommendations"],
        },
        lists_in_making=items * count_list_bytes(params.k),
        cures={
            "the factors": "lower models.als.factors",
            "the reasons": "lower models.als.user_k",
            "the lists in the making": "lower models.als.k",
            "the rows of item_similarities": "lower models.als.k",
            "the rows of user_recommendations": "lower models.als.user_k",
            **({"the rows of item_audiences": "lower models.als.audiences.k"} if params.audiences else {}),
        },
    )
