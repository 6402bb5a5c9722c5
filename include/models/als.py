"""Matrix factorisation by alternating least squares: the model of `implicit`, with a solver of our own.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.errors import RefusedInputError
from include.models import base
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from implicit.cpu.als import AlternatingLeastSquares
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

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

    The same dataset gives the same bits whatever the number of threads. Raises RefusedInputError when
    the factorisation does not stay finite, or its products do not.
    """
    import numpy as np

    from include.models.rows import rank_nearest_items

    user_factors, item_factors = factorise(dataset.matrix(), params, context.threads)
    recommendations = recommend_items(dataset, user_factors, item_factors, params, context)
    every = np.arange(len(item_factors))
    similarities = rank_nearest_items("als", dataset, every, item_factors, params.k, context)
    return [RankedTable("user_recommendations", "als", recommendations), similarities]


def factorise(
    user_items: csr_matrix, params: Params, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """user_factors (users, factors) and item_factors (items, factors), finite; zeros if nothing was bought.

    user_items: CSR, users × items, float32, positive. The objective is
    Σ over all pairs of c (p - x·y)² + regularization × the squares of both sides, with p = 1 and
    c = alpha × weight where bought, p = 0 and c = 1 elsewhere.
    """
    import numpy as np
    from implicit.recommender_base import ModelFitError
    from threadpoolctl import threadpool_limits

    from include.progress import show_progress

    (users, items), factors = user_items.shape, params.factors
    if not user_items.nnz:
        return np.zeros((users, factors), np.float32), np.zeros((items, factors), np.float32)
    try:
        with (
            threadpool_limits(limits=1, user_api="blas"),  # implicit warns where BLAS has threads of its own
            show_progress(params.iterations, "als: factorise", "iterations") as progress,
        ):
            model = _make_model(params, threads)
            model.fit(user_items, show_progress=False, callback=lambda *_: progress.update(1))
        finite = np.isfinite(model.user_factors).all() and np.isfinite(model.item_factors).all()
    except ModelFitError:
        finite = False
    if not finite:
        raise RefusedInputError(
            f"ALS with {factors} factors did not stay finite on {users} users and {items} items; use fewer"
            " factors or a higher regularization."
        )
    return model.user_factors, model.item_factors


def _make_model(params: Params, threads: int) -> AlternatingLeastSquares:
    """implicit's model and its iterations, with a solver that takes many rows at a time."""
    from implicit.cpu.als import AlternatingLeastSquares

    from include.kernels import improve_factors

    def solve(
        confidence: csr_matrix,
        factors: NDArray[np.float32],
        others: NDArray[np.float32],
        regularization: float,
        num_threads: int,
    ) -> None:
        improve_factors(confidence, factors, others, regularization, threads=num_threads, out=factors)

    class BlockedLeastSquares(AlternatingLeastSquares):
        solver = property(lambda self: solve)

    return BlockedLeastSquares(
        factors=params.factors,
        regularization=params.regularization,
        alpha=params.alpha,
        iterations=params.iterations,
        random_state=params.seed,
        num_threads=threads,
    )


def recommend_items(
    dataset: Dataset,
    user_factors: NDArray[np.float32],
    item_factors: NDArray[np.float32],
    params: Params,
    context: Context,
) -> pa.Table:
    """user_recommendations of the factors, as `train` says."""
    import numpy as np
    import pyarrow as pa

    from include.columns import USER_RECOMMENDATIONS
    from include.dataset.id_codes import take_ids
    from include.kernels import number_ranks, rank_products
    from include.models.rows import refuse_overflow
    from include.progress import show_progress

    hidden = dataset.purchased().sorted_indices() if context.exclude_purchased else None
    tables = [USER_RECOMMENDATIONS.empty_table()]
    with (
        refuse_overflow("The factors of als", "raise models.als.regularization"),
        show_progress(len(dataset.user_ids), "als: recommend", "users") as progress,
    ):
        for start, stop, best in rank_products(
            user_factors,
            item_factors,
            params.user_k,
            threads=context.threads,
            hidden=hidden,
            tick=progress.update,
        ):
            columns = [
                take_ids(dataset.user_ids, np.repeat(np.arange(start, stop), best.sizes)),
                pa.array(number_ranks(best.sizes)),
                take_ids(dataset.item_ids, best.items),
                pa.array(best.scores),
                pa.nulls(len(best.items), pa.string()),
            ]
            tables.append(pa.table(columns, schema=USER_RECOMMENDATIONS))
    return pa.concat_tables(tables)


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.kernels import count_list_bytes
    from include.models.rows import plan_nearest_items

    users, items, factors = workload.users, workload.items, params.factors
    nearest, neighbours = plan_nearest_items("als", workload, factors, params.k)
    rows = {"item_similarities": neighbours, "user_recommendations": users * min(params.user_k, items)}
    # Multiplications of an iteration: three steps of conjugate gradient for each user and each item.
    steps = params.iterations * factors * (2 * workload.pairs + (users + items) * factors)
    return Estimate(
        parts=(
            Part("als: factorise", steps),
            Part("als: recommend", users * items * factors, prunes=True),
            nearest,
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
