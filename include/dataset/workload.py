"""How much work a window is, counted in one pass over its histories before any model starts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.dataset import Dataset

_TOP_SHARE = 0.001
_TOP_USERS = 10
_MOST = 1000  # the largest rank cutoff
_OFFSET = 4  # bytes beside each text


@dataclass(frozen=True)
class Workload:
    """Counts of one window; a history is the different items of one user.

    squared_histories: Σ over users of history², which is how many pairs of items counting co-buyers visits.
    heaviest_share: the part of it that the heaviest 0.1% of the users cause (one user at least);
        top_10_share: the ten heaviest. Both 0 to 1, and 0 where there are no users.
    beside: for each n from 1 to 1,000, how many items have users whose histories hold n others or more.
    recent_rows: rows of recent_items.
    products: rows of the catalogue.
    user_id_bytes, item_id_bytes: of one id on average, with its offset, as Arrow keeps text.
    """

    users: int
    items: int
    pairs: int
    squared_histories: int
    largest_history: int
    heaviest_share: float
    top_10_share: float
    beside: list[int]
    recent_rows: int
    products: int
    user_id_bytes: float
    item_id_bytes: float

    def similar_rows(self, k: int) -> int:
        """At most so many rows a table has of the k items that each item shares a user with."""
        return sum(self.beside[:k])


def measure_workload(dataset: Dataset, recent_rows: int, products: int = 0) -> Workload:
    """Count the work of a window; recent_rows and products are the rows of these two tables."""
    matrix = dataset.matrix()
    users, items = matrix.shape
    histories = np.diff(matrix.indptr).astype(np.int64)
    squares = histories**2
    # Whole numbers below 2**53, which float64 adds without loss.
    weights = np.repeat(histories - 1, histories)
    beside = np.bincount(matrix.indices, weights=weights, minlength=items).astype(np.int64)
    beside = np.minimum(beside, max(0, items - 1))
    reached = np.bincount(np.minimum(beside, _MOST), minlength=_MOST + 1)[::-1].cumsum()[::-1]
    return Workload(
        users=users,
        items=items,
        pairs=int(matrix.nnz),
        squared_histories=int(squares.sum()),
        largest_history=int(histories.max(initial=0)),
        heaviest_share=_share_largest(squares, ceil(_TOP_SHARE * len(squares))),
        top_10_share=_share_largest(squares, _TOP_USERS),
        beside=reached[1:].tolist(),
        recent_rows=recent_rows,
        products=products,
        user_id_bytes=_size_id(dataset.user_ids),
        item_id_bytes=_size_id(dataset.item_ids),
    )


def _share_largest(values: NDArray[np.int64], n: int) -> float:
    """The share of the sum that the n largest have."""
    if not len(values):
        return 0.0
    n = min(n, len(values))
    largest = np.partition(values, len(values) - n)[len(values) - n :]
    return float(largest.sum() / values.sum())


def _size_id(ids: pa.StringArray) -> float:
    return pc.mean(pc.binary_length(ids)).as_py() + _OFFSET if len(ids) else 0.0
