"""Users × items → factors by alternating least squares: the model of `implicit`, with a solver of our own.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011; S. Rendle, W. Krichene, L. Zhang, Y. Koren: Revisiting the performance
of iALS on item recommendation benchmarks, RecSys 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.errors import RefusedInputError
from include.models import base
from include.models.base import Search

if TYPE_CHECKING:
    import numpy as np
    from implicit.cpu.als import AlternatingLeastSquares
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# How many columns there are beside the factors where there are biases: one is constant on each side.
BIASES: Final = 2


class FactorParams(base.Params):
    """By implicit's names and Rendle's.

    alpha and unobserved_weight: what a bought pair counts for each unit of its weight, and what any other
    pair counts; their ratio matters. regularization_exp: how much more the vectors with many purchases are
    held short. bias: whether users and items have a number of their own beside their vectors.
    """

    factors: Annotated[int, Field(ge=1, le=1024), Search(16, 256, log=True)] = 64
    regularization: Annotated[float, Field(ge=0), Search(1e-4, 100, log=True)] = 10.0
    regularization_exp: Annotated[float, Field(ge=0, le=1), Search(0, 1)] = 0.0
    alpha: Annotated[float, Field(gt=0)] = 1.0
    unobserved_weight: Annotated[float, Field(gt=0), Search(1e-3, 1, log=True)] = 1.0
    bias: Annotated[bool, Search(0, 1)] = True
    iterations: Annotated[int, Field(ge=1, le=1000), Search(5, 30)] = 15
    seed: Annotated[int, Field(ge=0)] = 0


def factorise(
    user_items: csr_matrix, params: FactorParams, threads: int
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

    (users, items), factors = user_items.shape, params.factors + BIASES * params.bias
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


def _make_model(users: int, items: int, params: FactorParams, threads: int) -> AlternatingLeastSquares:
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
            regularizations[side] = regularize_rows(confidence, params)
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
        factors=params.factors + BIASES * params.bias,
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


def regularize_rows(confidence: csr_matrix, params: FactorParams) -> float | NDArray[np.float32]:
    """λ of each row (n,), or of all."""
    import numpy as np

    if params.regularization_exp == 0:
        return params.regularization
    weights = confidence.sum(axis=1, dtype=np.float64).A1 + params.unobserved_weight * confidence.shape[1]
    scaled: NDArray[np.float32] = (params.regularization * weights**params.regularization_exp).astype(
        np.float32
    )
    return scaled
