"""Matrix factorisation by alternating least squares: the model of `implicit`, with a solver of our own.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011; S. Rendle, W. Krichene, L. Zhang, Y. Koren: Revisiting the performance
of iALS on item recommendation benchmarks, RecSys 2022.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.errors import RefusedInputError
from include.models import base
from include.models.audiences import Audiences, plan_audiences, rank_audiences
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange, Search

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from implicit.cpu.als import AlternatingLeastSquares
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


# How many columns there are beside the factors where there are biases: one is constant on each side.
_BIASES: Final = 2

# Without biases items are as long as they are popular, and about so many times the root of their number are
# within a list's reach (docs/decisions/0166). With biases all are met: one of their factors is 1.
_REACHED: Final = 12


class Params(base.Params):
    """By implicit's names and Rendle's. k: similar items of each item; user_k: recommendations to each user.

    alpha and unobserved_weight: what a bought pair counts for each unit of its weight, and what any other
    pair counts; their ratio matters. regularization_exp: how much more the vectors with many purchases are
    held short. bias: whether users and items have a number of their own beside their vectors. audiences: the
    items that have item_audiences, or none have.
    """

    user_k: Cutoff = 20
    factors: Annotated[int, Field(ge=1, le=1024), Search(16, 256, log=True)] = 64
    regularization: Annotated[float, Field(ge=0), Search(1e-4, 100, log=True)] = 10.0
    regularization_exp: Annotated[float, Field(ge=0, le=1), Search(0, 1)] = 0.0
    alpha: Annotated[float, Field(gt=0)] = 1.0
    unobserved_weight: Annotated[float, Field(gt=0), Search(1e-3, 1, log=True)] = 1.0
    bias: Annotated[bool, Search(0, 1)] = True
    iterations: Annotated[int, Field(ge=1, le=1000), Search(5, 30)] = 15
    seed: Annotated[int, Field(ge=0)] = 0
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
        vectors = item_factors[:, _BIASES:] if params.bias else item_factors
        made.append(rank_nearest_items("als", dataset, every, vectors, params.k, context))
    if params.audiences and context.wants("item_audiences"):
        made.append(rank_audiences("als", dataset, user_factors, item_factors, params.audiences, context))
    return made


def factorise(
    user_items: csr_matrix, params: Params, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """user_factors (users, f) and item_factors (items, f), finite; zeros if nothing was bought.

    user_items: CSR, users × items, float32, positive. The objective is
    Σ over all pairs of c (p - x·y)² + Σ over both sides of λ × the vector's square, with p = 1 and
    c = alpha × weight where bought, p = 0 and c = unobserved_weight elsewhere, and
    λ = regularization × (Σ of the row's bought c + unobserved_weight × vectors of the other side) **
    regularization_exp. f is params.factors; where there are biases two more stand before them, 1 and the
    user's bias, and the item's bias and 1. Raises RefusedInputError where they do not stay finite.
    """
    import numpy as np
    from implicit.recommender_base import ModelFitError
    from threadpoolctl import threadpool_limits

    from include.progress import show_progress

    (users, items), factors = user_items.shape, params.factors + _BIASES * params.bias
    if not user_items.nnz:
        return np.zeros((users, factors), np.float32), np.zeros((items, factors), np.float32)
    try:
        with (
            threadpool_limits(limits=1, user_api="blas"),  # implicit warns where BLAS has threads of its own
            show_progress(params.iterations, "als: factorise", "iterations") as progress,
        ):
            model = _make_model(users, items, params, threads)
            model.fit(user_items, show_progress=False, callback=lambda *_: progress.update(1))
        finite = np.isfinite(model.user_factors).all() and np.isfinite(model.item_factors).all()
    except ModelFitError:
        finite = False
    if not finite:
        raise RefusedInputError(
            f"ALS with {params.factors} factors did not stay finite on {users} users and {items} items; use"
            " fewer factors or a higher regularization."
        )
    return model.user_factors, model.item_factors


def _make_model(users: int, items: int, params: Params, threads: int) -> AlternatingLeastSquares:
    """implicit's model and its iterations, with a solver of ours, from where implicit begins."""
    import numpy as np
    from implicit.cpu.als import AlternatingLeastSquares

    from include.kernels import improve_factors

    def solve(
        confidence: csr_matrix,
        factors: NDArray[np.float32],
        others: NDArray[np.float32],
        regularization: float,
        num_threads: int,
    ) -> None:
        side = 0 if factors is model.user_factors else 1
        if side not in regularizations:
            regularizations[side] = _regularize_rows(confidence, params)
        improve_factors(
            confidence,
            factors,
            others,
            regularizations[side],
            threads=num_threads,
            unobserved_weight=params.unobserved_weight,
            constant=side if params.bias else None,
            out=factors,
        )

    class BlockedLeastSquares(AlternatingLeastSquares):
        solver = property(lambda self: solve)

    regularizations: dict[int, float | NDArray[np.float32]] = {}
    model = BlockedLeastSquares(
        factors=params.factors + _BIASES * params.bias,
        regularization=params.regularization,
        alpha=params.alpha,
        iterations=params.iterations,
        random_state=params.seed,
        num_threads=threads,
    )
    if params.bias:
        random = np.random.default_rng(params.seed)
        model.user_factors, model.item_factors = (
            random.random((size, model.factors), np.float32) * 0.01 for size in (users, items)
        )
        model.user_factors[:, 0] = model.item_factors[:, 1] = 1
    return model


def _regularize_rows(confidence: csr_matrix, params: Params) -> float | NDArray[np.float32]:
    """λ of each row (n,), or of all."""
    import numpy as np

    if params.regularization_exp == 0:
        return params.regularization
    weights = confidence.sum(axis=1, dtype=np.float64).A1 + params.unobserved_weight * confidence.shape[1]
    scaled: NDArray[np.float32] = (params.regularization * weights**params.regularization_exp).astype(
        np.float32
    )
    return scaled


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
            _regularize_rows(confidence, params),
            threads=context.threads,
            unobserved_weight=params.unobserved_weight,
            constant=0 if params.bias else None,
            tick=progress.update,
        )
    return np.split(because, np.cumsum([len(tile.items) for tile in tiles])[:-1])


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.kernels import count_list_bytes
    from include.models.rows import count_entries, plan_nearest_items

    users, items, factors = workload.users, workload.items, params.factors + _BIASES * params.bias
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
