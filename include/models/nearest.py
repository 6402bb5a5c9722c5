"""The items whose vectors are nearest, as rows of a published table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.kernels.nearest_items import find_nearest
from include.kernels.shortlists import measure_lengths
from include.models.base import Context
from include.models.rows import name_neighbours


def rank_nearest(
    dataset: Dataset,
    indices: NDArray[np.integer],
    vectors: NDArray[np.float32],
    k: int,
    context: Context,
    text: str,
) -> pa.Table:
    """ITEM_SIMILARITIES of some items, by the cosine of their vectors.

    indices (n,): which items, in order; vectors (n, f). Ordered by score, then by co_buyers, both from the
    highest, then by id; never the item itself. `text` is what the progress says. BLAS must be held to one
    thread by the caller.
    """
    length = measure_lengths(vectors)
    # An item without a direction is similar to nothing; it takes no part, as a row or as a neighbour.
    directed = np.flatnonzero(length > 0)
    unit = (vectors[directed] / length[directed, None]).astype(np.float32)
    taking = indices[directed]
    item_ids = dataset.item_ids.take(pa.array(taking))
    item_users = dataset.binary().T.tocsr()[taking]
    tables = [ITEM_SIMILARITIES.empty_table()]
    for start, stop, best in find_nearest(unit, item_users, k, context.threads, context.tile_mb):
        tables.append(name_neighbours(item_ids, start, stop, best))
    return pa.concat_tables(tables)
