"""The factorisation of the model `als` and what is made of its factors: implicit's model, our own solver.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
from implicit.cpu.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.columns import ITEM_SIMILARITIES, USER_RECOMMENDATIONS
from include.dataset.dataset import Dataset
from include.dataset.tables import take_ids
from include.kernels.least_squares import solve_rows
from include.kernels.nearest_items import find_nearest
from include.kernels.ranking import number_places
from include.kernels.shortlists import measure_lengths
from include.kernels.top_scores import find_top_items
from include.models.als import Params
from include.models.base import Context
from include.models.rows import name_neighbours
from include.progress import show_progress


class _BlockedLeastSquares(AlternatingLeastSquares):
    """implicit's model and iterations, with a solver that takes many rows at a time."""

    @property
    def solver(self) -> partial[None]:
        return partial(solve_rows, cg_steps=self.cg_steps)


def factorise(
    user_items: csr_matrix, params: Params, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """user_factors (users, factors) and item_factors (items, factors), finite."""
    factors = params.factors
    if not user_items.nnz:
        users, items = user_items.shape
        return np.zeros((users, factors), np.float32), np.zeros((items, factors), np.float32)
    model = _BlockedLeastSquares(
        factors=factors,
        regularization=params.regularization,
        alpha=params.alpha,
        iterations=params.iterations,
        random_state=params.seed,
        num_threads=threads,
    )
    try:
        with show_progress(params.iterations, "als: factorise", "iterations") as progress:
            model.fit(user_items, show_progress=False, callback=lambda *_: progress.update(1))
        finite = np.isfinite(model.user_factors).all() and np.isfinite(model.item_factors).all()
    except ModelFitError:
        finite = False
    if not finite:
        raise ValueError(
            f"ALS with {factors} factors did not stay finite on {user_items.shape[0]} users and"
            f" {user_items.shape[1]} items; use fewer factors or a higher regularization."
        )
    return model.user_factors, model.item_factors


def recommend_items(
    dataset: Dataset,
    user_factors: NDArray[np.float32],
    item_factors: NDArray[np.float32],
    params: Params,
    context: Context,
) -> pa.Table:
    hidden = dataset.purchased().sorted_indices() if context.exclude_purchased else None
    tables = [USER_RECOMMENDATIONS.empty_table()]
    with show_progress(len(dataset.user_ids), "als: recommend", "users") as progress:
        for start, stop, best in find_top_items(
            user_factors, item_factors, params.user_k, context.threads, hidden
        ):
            columns = [
                take_ids(dataset.user_ids, np.repeat(np.arange(start, stop), best.sizes)),
                pa.array(number_places(best.sizes)),
                take_ids(dataset.item_ids, best.items),
                pa.array(best.scores),
                pa.nulls(len(best.items), pa.string()),
            ]
            tables.append(pa.table(columns, schema=USER_RECOMMENDATIONS))
            progress.update(stop - start)
    return pa.concat_tables(tables)


def compare_items(
    dataset: Dataset, item_factors: NDArray[np.float32], params: Params, context: Context
) -> pa.Table:
    length = measure_lengths(item_factors)
    # An item without a direction is similar to nothing; it takes no part, as a row or as a neighbour.
    places = np.flatnonzero(length > 0)
    unit = (item_factors[places] / length[places, None]).astype(np.float32)
    item_ids = dataset.item_ids.take(pa.array(places))
    item_users = dataset.binary().T.tocsr()[places]
    tables = [ITEM_SIMILARITIES.empty_table()]
    for start, stop, best in find_nearest(unit, item_users, params.k, context.threads, context.tile_mb):
        tables.append(name_neighbours(item_ids, start, stop, best))
    return pa.concat_tables(tables)
