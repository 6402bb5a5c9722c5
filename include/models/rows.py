"""Neighbours of items as rows of the published table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.columns import ITEM_SIMILARITIES
from include.dataset.tables import take_ids
from include.kernels import RankedLists, number_ranks, rank_neighbours
from include.models.base import Context, RankedTable
from include.progress import show_progress

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset


def rank_similar_items(
    model: str,
    dataset: Dataset,
    weights: csr_matrix,
    k: int,
    context: Context,
    *,
    normalise: bool = True,
) -> RankedTable:
    """item_similarities of a model: for each item the k others whose columns of `weights` are nearest.

    weights: CSR, users × items of the dataset, all values positive. Score and order are those of
    `kernels.rank_neighbours`, and item numbers are in order of the ids. Progress goes by the model's name.
    """
    tables = [ITEM_SIMILARITIES.empty_table()]
    with show_progress(weights.shape[1], model, "items") as progress:
        blocks = rank_neighbours(
            weights, k, normalise=normalise, threads=context.threads, tick=progress.update
        )
        for start, stop, lists, co_buyers in blocks:
            tables.append(name_neighbours(dataset.item_ids, start, stop, lists, co_buyers))
    return RankedTable("item_similarities", model, pa.concat_tables(tables))


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
