"""Matrix factorisation by alternating least squares: the model of `implicit`, with a solver of our own.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008;
G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from implicit.cpu.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.models.columns import ITEM_SIMILARITIES, USER_RECOMMENDATIONS
from include.models.interactions import Interactions
from include.models.kernels import count_cores
from include.models.least_squares import solve_rows
from include.models.nearest_items import find_nearest
from include.models.progress import show_progress
from include.models.ranked import Options, RankedTable
from include.models.ranking import number_places
from include.models.shortlists import measure_lengths
from include.models.tables import take_ids
from include.models.top_scores import find_top_items

# num_threads: 0 is every core this process may use. It changes how long it takes and nothing else.
_DEFAULTS = {
    "factors": 64,
    "regularization": 0.01,
    "alpha": 1.0,
    "iterations": 15,
    "seed": 0,
    "num_threads": 0,
}
_LOWEST = {"factors": 1, "regularization": 0, "alpha": 0, "iterations": 1, "seed": 0, "num_threads": 0}


def train(interactions: Interactions, options: Options) -> list[RankedTable]:
    """The best items of each user and the most similar items of each item, from one factorisation.

    options.parameters, by implicit's names: factors, regularization, alpha, iterations, seed, num_threads.
    A pair's confidence is alpha × its purchase lines; an unbought pair's is 1.

    user_recommendations: score = user_factors · item_factors, about 0 to 1, best first, then item id; bought
    items are left out when options.exclude_purchased, so a list may be shorter than k or empty;
    because_item_id is null, for ALS has no single reason. item_similarities: score = cosine of item_factors
    in [-1, 1], then co_buyers (users who bought both, which may be 0), then item id; never the item itself.

    The same interactions give the same bits whatever the number of threads. Raises ValueError for a
    parameter that is unknown or out of range, and when the factorisation does not stay finite.
    """
    parameters = _check_parameters(dict(options.parameters))
    threads = parameters.pop("num_threads") or count_cores()
    # BLAS under many threads sums in another order, and fights with implicit's own threads for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        user_factors, item_factors = _factorise(interactions.user_items, parameters, threads)
        recommendations = _recommend_items(interactions, user_factors, item_factors, options, threads)
        similarities = _compare_items(interactions, item_factors, options, threads)
    return [
        RankedTable("user_recommendations", "als", recommendations),
        RankedTable("item_similarities", "als", similarities),
    ]


def _check_parameters(given: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(_DEFAULTS)):
        raise ValueError(f"ALS has no parameter {', '.join(unknown)}; it has {', '.join(_DEFAULTS)}.")
    parameters = {**_DEFAULTS, **given}
    for name, value in parameters.items():
        whole = isinstance(_DEFAULTS[name], int)
        kind = (int, np.integer) if whole else (int, float, np.number)
        is_number = isinstance(value, kind) and not isinstance(value, bool) and np.isfinite(value)
        if not is_number or value < _LOWEST[name] or (name == "alpha" and value == 0):
            sort = "a whole number" if whole else "a number"
            bound = "above 0" if name == "alpha" else f"of at least {_LOWEST[name]}"
            raise ValueError(f"The ALS parameter {name} must be {sort} {bound}, not {value!r}.")
    return parameters


class _BlockedLeastSquares(AlternatingLeastSquares):
    """implicit's model and iterations, with a solver that takes many rows at a time."""

    @property
    def solver(self) -> partial[None]:
        return partial(solve_rows, cg_steps=self.cg_steps)


def _factorise(
    user_items: csr_matrix, parameters: dict[str, Any], threads: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """user_factors (users, factors) and item_factors (items, factors), finite."""
    factors = parameters["factors"]
    if not user_items.nnz:
        users, items = user_items.shape
        return np.zeros((users, factors), np.float32), np.zeros((items, factors), np.float32)
    model = _BlockedLeastSquares(
        factors=factors,
        regularization=parameters["regularization"],
        alpha=parameters["alpha"],
        iterations=parameters["iterations"],
        random_state=parameters["seed"],
        num_threads=threads,
    )
    try:
        with show_progress(parameters["iterations"], "als: factorise", "iterations") as progress:
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


def _recommend_items(
    interactions: Interactions,
    user_factors: NDArray[np.float32],
    item_factors: NDArray[np.float32],
    options: Options,
    threads: int,
) -> pa.Table:
    k = options.k["user_recommendations"]
    bought = interactions.user_items if options.purchased is None else options.purchased
    hidden = bought.sorted_indices() if options.exclude_purchased else None
    tables = [USER_RECOMMENDATIONS.empty_table()]
    with show_progress(interactions.users, "als: recommend", "users") as progress:
        for start, stop, best in find_top_items(user_factors, item_factors, k, threads, hidden):
            columns = [
                take_ids(interactions.user_ids, np.repeat(np.arange(start, stop), best.sizes)),
                pa.array(number_places(best.sizes)),
                take_ids(interactions.item_ids, best.items),
                pa.array(best.scores),
                pa.nulls(len(best.items), pa.string()),
            ]
            tables.append(pa.table(columns, schema=USER_RECOMMENDATIONS))
            progress.update(stop - start)
    return pa.concat_tables(tables)


def _compare_items(
    interactions: Interactions, item_factors: NDArray[np.float32], options: Options, threads: int
) -> pa.Table:
    k = options.k["item_similarities"]
    length = measure_lengths(item_factors)
    # An item without a direction is similar to nothing; it takes no part, as a row or as a neighbour.
    places = np.flatnonzero(length > 0)
    unit = (item_factors[places] / length[places, None]).astype(np.float32)
    item_ids = interactions.item_ids.take(pa.array(places))
    item_users = interactions.binary().T.tocsr()[places]
    tables = [ITEM_SIMILARITIES.empty_table()]
    for start, stop, best in find_nearest(unit, item_users, k, threads, options.tile_mb):
        tables.append(best.to_table(item_ids, start, stop))
    return pa.concat_tables(tables)
