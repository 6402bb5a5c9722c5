"""What is bought with an item, or soon after it, more often than by chance.

S. Brin, R. Motwani, J. Ullman, S. Tsur: Dynamic itemset counting and implication rules for market basket
data, SIGMOD 1997 (lift, there "interest"). Few observations are shrunk as in W. DuMouchel: Bayesian data
mining in large frequency tables, The American Statistician 53, 1999, with one prior of mean 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from pydantic import Field

from include.models import base
from include.models.base import Context, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload
    from include.kernels import RankedLists

SCORES: Final = {"item_similarities": ScoreRange(1.0, None, above_low=True, co_buyers=1)}

_BLOCK: Final = 4_000_000  # pairs that are counted at once


class Params(base.Params):
    """k: complements of each item.

    days_after: what the user buys up to so many days after an order follows it too. max_order: orders with
    more different items are left out. shrink: added to what was counted and to what chance makes of it, in
    orders. min_co_buyers: items that fewer users bought both are no complements.
    """

    days_after: Annotated[int, Field(ge=0, le=365)] = 3
    max_order: Annotated[int, Field(ge=2, le=100_000)] = 100
    shrink: Annotated[float, Field(ge=0, le=1e6)] = 5.0
    min_co_buyers: Annotated[int, Field(ge=1)] = 3


class Pairs(NamedTuple):
    """held_in: CSR, items × orders, the order's weight where it holds the item. followed: CSR, orders ×
    items, 1 for what the order holds or its user bought in the days after. chance: (items,) the share of the
    orders, by weight, that each item is in or follows."""

    held_in: csr_matrix
    followed: csr_matrix
    chance: NDArray[np.float64]


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k complements of each item.

    score(i, j) = (together + shrink) / (chance + shrink), above 1, as float32. together = Σ of the weights of
    the orders with i that hold j, or whose user bought j on one of the `days_after` days after; chance = the
    orders with i · the orders that j is in or follows / all orders, each as a sum of weights. An order's
    weight is 1, or its half-life's share. Without shrink a score is the lift. A purchase without an order id
    is in the order of its user's day. co_buyers: users of the window who bought both, in any order.

    Order: score, then co_buyers, both from the highest, then the id of the complement. Never the item itself.
    score(i, j) and score(j, i) differ where days_after is above 0.
    """
    import pyarrow as pa

    from include.columns import ITEM_SIMILARITIES
    from include.kernels import split_blocks
    from include.models.rows import name_neighbours
    from include.progress import show_progress

    pairs, bought = gather_pairs(dataset, params), dataset.binary()
    bought_by = bought.T.tocsr()
    work = (pairs.held_in > 0) @ pairs.followed.getnnz(axis=1) + bought_by @ bought.getnnz(axis=1)
    tables = [ITEM_SIMILARITIES.empty_table()]
    with show_progress(bought.shape[1], "complements", "items") as progress:
        for start, stop in split_blocks(work.astype("int64") + 1, _BLOCK):
            lists, co_buyers = _rank_block(start, pairs, bought_by[start:stop] @ bought, params)
            tables.append(name_neighbours(dataset.item_ids, start, stop, lists, co_buyers))
            progress.update(stop - start)
    return [RankedTable("item_similarities", "complements", pa.concat_tables(tables))]


def estimate(workload: Workload, params: Params) -> Estimate:
    rows = workload.similar_rows(params.k)
    # At most so many pairs are met as two items of one history make, each in either direction.
    pairs = 64 * min(_BLOCK, workload.squared_histories)
    return Estimate(
        parts=(Part("complements", workload.squared_histories), Part("", workload.pairs + rows)),
        rows={"item_similarities": rows},
        arrays={"the orders": 12 * workload.pairs * (3 + params.days_after), "the pairs": pairs},
        cures={
            "the orders": "lower models.complements.days_after",
            "the rows of item_similarities": "lower models.complements.k",
        },
    )


def gather_pairs(dataset: Dataset, params: Params) -> Pairs:
    """The orders of the window with at most `max_order` items, by user, then day, then order code."""
    import numpy as np
    from scipy.sparse import csr_matrix

    from include.dataset.events import PURCHASE
    from include.dataset.recency import number_days

    items = len(dataset.item_ids)
    if PURCHASE not in dataset.events:
        return Pairs(csr_matrix((items, 0)), csr_matrix((0, items)), np.zeros(items))
    events = dataset.events[PURCHASE]
    days = number_days(dataset, events.timestamps)
    days = days - days.min(initial=0)
    size = int(days.max(initial=0)) + 1
    moments = events.users.astype(np.int64) * size + days
    keys = moments * (int(events.orders.max(initial=-1)) + 2) + events.orders + 1
    found, first, order = np.unique(keys, return_index=True, return_inverse=True)
    held = csr_matrix((np.ones(len(order)), (order, events.items)), shape=(len(found), items))
    held.sum_duplicates()
    held.data[:] = 1
    kept = np.flatnonzero(held.getnnz(axis=1) <= params.max_order)
    held, users, days = held[kept], events.users[first[kept]], days[first[kept]]
    weights = np.ones(len(kept)) if events.shares is None else events.shares[first[kept]].astype(np.float64)
    followed = _add_following(held, users, days, params.days_after)
    chance = followed.T @ weights / max(1e-300, weights.sum())
    return Pairs(held.multiply(weights[:, None]).T.tocsr(), followed, chance)


def _add_following(
    held: csr_matrix, users: NDArray[np.int32], days: NDArray[np.int64], days_after: int
) -> csr_matrix:
    """`held`, and beside each order's items those of its user's orders of the days after it."""
    import numpy as np
    from scipy.sparse import csr_matrix

    if not days_after or not len(users):
        return held
    width = int(days.max()) + days_after + 2  # so that no day of one user reaches those of the next
    moments = users.astype(np.int64) * width + days
    first = np.searchsorted(moments, moments, side="right")
    counts = np.searchsorted(moments, moments + days_after, side="right") - first
    starts = np.append(0, np.cumsum(counts))
    later = np.arange(starts[-1]) - np.repeat(starts[:-1] - first, counts)
    reached = csr_matrix((np.ones(len(later)), later, starts), shape=(len(users), len(users)))
    followed = (held + reached @ held).tocsr()
    followed.data[:] = 1
    return followed


def _rank_block(
    start: int, pairs: Pairs, both: csr_matrix, params: Params
) -> tuple[RankedLists, NDArray[np.int64]]:
    """The complements of the items from `start` on, and the users (rows,) who bought both, who are `both`."""
    import numpy as np

    from include.kernels import RankedLists

    held_in = pairs.held_in[start : start + both.shape[0]]
    together = (held_in @ pairs.followed).tocoo()
    own, other = together.row.astype(np.int64), together.col.astype(np.int64)
    co_buyers = _look_up(both, own * both.shape[1] + other)
    chance = np.asarray(held_in.sum(axis=1)).ravel()[own] * pairs.chance[other]
    score = ((together.data + params.shrink) / (chance + params.shrink)).astype(np.float32)
    kept = np.flatnonzero((other != own + start) & (score > 1) & (co_buyers >= params.min_co_buyers))
    kept = kept[np.lexsort((other[kept], -co_buyers[kept], -score[kept], own[kept]))]
    sizes = np.bincount(own[kept], minlength=both.shape[0])
    rank = np.arange(len(kept)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = kept[rank < params.k]
    indptr = np.append(0, np.cumsum(np.minimum(sizes, params.k)))
    return RankedLists(indptr, other[kept].astype(np.int32), score[kept]), co_buyers[kept]


def _look_up(counts: csr_matrix, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The value (n,) of `counts` at each key, row × columns + column; 0 where it has none."""
    import numpy as np

    counts.sort_indices()
    rows = np.repeat(np.arange(counts.shape[0], dtype=np.int64), np.diff(counts.indptr))
    known = rows * counts.shape[1] + counts.indices
    if not len(known):
        return np.zeros(len(keys), np.int64)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[place] == keys, counts.data[place], 0).astype(np.int64)
