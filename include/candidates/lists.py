"""From rows of published tables to ranked lists of codes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.columns import SCORE
from include.errors import RefusedInputError
from include.kernels import RankedLists


def read_scores(rows: pa.Table, what: str) -> NDArray[np.float32]:
    """The scores (n,) of rows. Raises RefusedInputError for one that is not a number."""
    scores = rows[SCORE].to_numpy()
    if np.isnan(scores).any():
        raise RefusedInputError(f"The {what} hold a score that is not a number.")
    return scores


def group_rows(
    owners: NDArray[np.int64],
    size: int,
    items: NDArray[np.int64],
    scores: NDArray[np.float32],
    ranks: NDArray[np.int32],
    wanted: NDArray[np.bool_] | None = None,
) -> RankedLists:
    """The rows (n,), or those that are `wanted`, as the lists of the owners 0 … size - 1, by rank.

    Tables mostly come so, and a sort costs far more than a look.
    """
    if wanted is not None and not wanted.all():
        owners, items, scores, ranks = owners[wanted], items[wanted], scores[wanted], ranks[wanted]
    in_order = owners[1:] > owners[:-1]
    in_order |= (owners[1:] == owners[:-1]) & (ranks[1:] >= ranks[:-1])
    if not in_order.all():
        order = np.lexsort((ranks, owners))
        owners, items, scores = owners[order], items[order], scores[order]
    bounds = np.searchsorted(owners, np.arange(size + 1))
    return RankedLists(bounds, items.astype(np.int32), scores)


def list_owners(lists: RankedLists) -> NDArray[np.int64]:
    """The list (n,) that each item is in."""
    return np.repeat(np.arange(len(lists.indptr) - 1), lists.sizes)


def keep_rows(lists: RankedLists, kept: NDArray[np.bool_]) -> RankedLists:
    """The lists without the items that `kept` (n,) leaves out; their order stays."""
    before = np.append(0, np.cumsum(kept))
    return RankedLists(before[lists.indptr], lists.items[kept], lists.scores[kept])


def sort_rows(lists: RankedLists, scores: NDArray[np.float32]) -> RankedLists:
    """The lists by other scores (n,) from the highest; what ties stays in its order."""
    order = np.lexsort((-scores, list_owners(lists)))
    return RankedLists(lists.indptr, lists.items[order], scores[order])
