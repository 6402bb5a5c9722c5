"""Neighbours of items as rows of the published table, and what it costs to find them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.columns import ITEM_SIMILARITIES, USER_RECOMMENDATIONS
from include.dataset.id_codes import take_ids
from include.errors import RefusedInputError
from include.kernels import RankedLists, measure_lengths, number_ranks, rank_nearest, rank_neighbours
from include.models.base import Context, Estimate, Part, RankedTable
from include.progress import show_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload


def rank_similar_items(
    model: str,
    dataset: Dataset,
    weights: csr_matrix,
    k: int,
    context: Context,
    *,
    normalise: bool = True,
    squares: NDArray[np.float64] | None = None,
    own_squares: NDArray[np.float64] | None = None,
    shrink: float = 0.0,
    min_co_buyers: int = 1,
) -> RankedTable:
    """item_similarities of a model: for each item the k others whose columns of `weights` are nearest.

    weights: CSR, users × items of the dataset, all values positive. Score and order are those of
    `kernels.rank_neighbours`, and item numbers are in order of the ids. Progress goes by the model's name.
    Raises RefusedInputError where the weights are too large for their products.
    """
    tables = [ITEM_SIMILARITIES.empty_table()]
    with (
        refuse_overflow(f"The weights of {model}", "lower its parameters, or the events' weights"),
        show_progress(weights.shape[1], model, "items") as progress,
    ):
        blocks = rank_neighbours(
            weights,
            k,
            normalise=normalise,
            squares=squares,
            own_squares=own_squares,
            shrink=shrink,
            min_co_buyers=min_co_buyers,
            threads=context.threads,
            tick=progress.update,
        )
        for start, stop, lists, co_buyers in blocks:
            tables.append(name_neighbours(dataset.item_ids, start, stop, lists, co_buyers))
    return RankedTable("item_similarities", model, pa.concat_tables(tables))


@contextmanager
def refuse_overflow(what: str, cure: str) -> Iterator[None]:
    """A kernel's OverflowError, for what the data and the parameters come to, as a RefusedInputError."""
    try:
        yield
    except OverflowError as error:
        raise RefusedInputError(f"{what} are too large for their products; {cure}.") from error


def estimate_similar_items(
    model: str, workload: Workload, k: int, weight_bytes: int = 0, slower: float = 1
) -> Estimate:
    """What `rank_similar_items` will cost, with weights of so many bytes a pair beside the dataset's own.

    slower: how many times as long a pair takes as in the calibration's runs.
    """
    rows = workload.similar_rows(k)
    return Estimate(
        parts=(Part(model, slower * workload.squared_histories), Part("", workload.pairs + rows)),
        rows={"item_similarities": rows},
        arrays={"the weights": workload.pairs * weight_bytes} if weight_bytes else {},
        cures={"the rows of item_similarities": f"lower models.{model}.k"},
    )


def rank_nearest_items(
    model: str,
    dataset: Dataset,
    indices: NDArray[np.integer],
    vectors: NDArray[np.float32],
    k: int,
    context: Context,
) -> RankedTable:
    """item_similarities of a model: for each item the k others whose vectors have the nearest direction.

    indices (n,): which items have a vector, in order; vectors (n, f). Score and order are those of
    `kernels.rank_nearest`. An item without a direction is similar to nothing; it takes no part, as a row or
    as a neighbour.
    """
    length = measure_lengths(vectors)
    directed = np.flatnonzero(length > 0)
    unit = (vectors[directed] / length[directed, None]).astype(np.float32)
    indices = indices[directed]
    item_ids = dataset.item_ids.take(pa.array(indices))
    item_users = dataset.binary().T.tocsr()[indices]
    tables = [ITEM_SIMILARITIES.empty_table()]
    with show_progress(len(indices), f"{model}: similar items", "items") as progress:
        blocks = rank_nearest(
            unit, item_users, k, threads=context.threads, lists_mb=context.tile_mb, tick=progress.update
        )
        for start, stop, nearest, co_buyers in blocks:
            tables.append(name_neighbours(item_ids, start, stop, nearest, co_buyers))
    return RankedTable("item_similarities", model, pa.concat_tables(tables))


def plan_nearest_items(model: str, workload: Workload, factors: int, k: int) -> tuple[Part, int]:
    """The part of `rank_nearest_items` for vectors of so many factors, and how many rows it makes at most."""
    items = workload.items
    part = Part(f"{model}: similar items", items**2 * factors, lesser=items * count_entries(items, k))
    return part, items * min(k, max(0, items - 1))


def count_entries(n: int, k: int) -> float:
    """How often a list of the k best of n is entered while they are met in any order: k + k ln(n / k)."""
    return k * (1 + math.log(max(1.0, n / k)))


def name_neighbours(
    item_ids: pa.StringArray, start: int, stop: int, lists: RankedLists, co_buyers: NDArray[np.integer]
) -> pa.Table:
    """ITEM_SIMILARITIES of the items [start, stop), whose neighbours these are."""
    columns = [
        take_ids(item_ids, np.repeat(np.arange(start, stop), lists.sizes)),
        pa.array(number_ranks(lists.sizes)),
        take_ids(item_ids, lists.items),
        pa.array(lists.scores),
        pa.array(co_buyers, pa.int32()),
    ]
    return pa.table(columns, schema=ITEM_SIMILARITIES)


def name_recommendations(
    dataset: Dataset, start: int, stop: int, lists: RankedLists, because: NDArray[np.integer] | None = None
) -> pa.Table:
    """USER_RECOMMENDATIONS of the users [start, stop), whose lists these are.

    because: the item (n,) that is the reason of each row, -1 where there is none; without it none has one.
    """
    columns = [
        take_ids(dataset.user_ids, np.repeat(np.arange(start, stop), lists.sizes)),
        pa.array(number_ranks(lists.sizes)),
        take_ids(dataset.item_ids, lists.items),
        pa.array(lists.scores),
        pa.nulls(len(lists.items), pa.string()) if because is None else take_ids(dataset.item_ids, because),
    ]
    return pa.table(columns, schema=USER_RECOMMENDATIONS)
