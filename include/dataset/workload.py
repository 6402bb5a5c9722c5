"""How much work a window is, counted in one pass over its baskets before any model starts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.interactions import Interactions

_TOP_SHARE = 0.001
_TOP_USERS = 10
_MOST = 1000  # the largest rank cutoff
_OFFSET = 4  # bytes beside each text


@dataclass(frozen=True)
class Workload:
    """Counts of one window; a basket is the different items of one user.

    squared_baskets: Σ over users of basket², which is how many pairs of items counting co-buyers visits.
    heaviest_share: the part of squared_baskets that the heaviest 0.1% of the users cause (one user at least);
        top_10_share: the ten heaviest. Both 0 to 1, and 0 where there are no users.
    beside: for each n from 1 to 1,000, how many items have buyers who made n purchases or more beside it.
    recent_rows: rows of recent_items.
    products: rows of the catalogue.
    user_id_bytes, item_id_bytes: of one id on average, with its offset, as Arrow keeps text.
    """

    users: int
    items: int
    pairs: int
    squared_baskets: int
    largest_basket: int
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


def measure_workload(interactions: Interactions, recent_k: int, products: int = 0) -> Workload:
    """Count the work of a window; recent_k is the rank cutoff of recent_items."""
    baskets = np.diff(interactions.user_items.indptr).astype(np.int64)
    squares = baskets**2
    # Whole numbers below 2**53, which float64 adds without loss.
    beside = np.bincount(
        interactions.user_items.indices, weights=np.repeat(baskets - 1, baskets), minlength=interactions.items
    ).astype(np.int64)
    beside = np.minimum(beside, max(0, interactions.items - 1))
    reached = np.bincount(np.minimum(beside, _MOST), minlength=_MOST + 1)[::-1].cumsum()[::-1]
    return Workload(
        users=interactions.users,
        items=interactions.items,
        pairs=int(interactions.user_items.nnz),
        squared_baskets=int(squares.sum()),
        largest_basket=int(baskets.max(initial=0)),
        heaviest_share=_share_largest(squares, ceil(_TOP_SHARE * len(squares))),
        top_10_share=_share_largest(squares, _TOP_USERS),
        beside=reached[1:].tolist(),
        recent_rows=int(np.minimum(baskets, recent_k).sum()),
        products=products,
        user_id_bytes=_size_id(interactions.user_ids),
        item_id_bytes=_size_id(interactions.item_ids),
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
