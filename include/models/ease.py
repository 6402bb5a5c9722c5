"""EASE: the linear model that says best from a user's other items whether the user has an item.

H. Steck: Embarrassingly shallow autoencoders for sparse data, WWW 2019. With X = 1 where a user bought an
item, B minimises |X - X B|² + λ |B|² with zeros on its diagonal, and the scores are X B. Of P = (Xᵀ X + λ)⁻¹
it is B = I - P / diag(P), column by column. That is an inverse of items × items; where there are fewer users
we invert K = (X Xᵀ + λ)⁻¹ instead, of users × users. By Woodbury P = (I - Xᵀ K X) / λ, so that X P = K X, and
nothing else of P is needed but its diagonal, (1 - xᵀ K x) / λ for an item's column x.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.errors import RefusedInputError
from include.models import base
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange, Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload
    from include.kernels import RankedLists

STARTS: Final = ({"regularization": 100.0}, {"regularization": 1000.0})

SCORES: Final = {
    "item_similarities": ScoreRange(0.0, None, above_low=True, co_buyers=1),
    "user_recommendations": ScoreRange(None, None),
}

# The largest side of the inverse: 6.4 GB, and the better part of an hour on two cores.
LARGEST: Final = 40_000
# Users or items whose scores are there at once, on each thread.
_ROWS = 256


class Params(base.Params):
    """k: similar items of each item; user_k: recommendations to each user; regularization: Steck's λ."""

    user_k: Cutoff = 20
    regularization: Annotated[float, Field(ge=1), Search(10, 5000, log=True)] = 300.0


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The best items of each user, and the items that each item speaks for most.

    How often a pair was bought plays no part. user_recommendations: score = the sum of the weights from the
    user's items to the item, best first, then item id; bought items are left out when
    context.exclude_purchased; because_item_id is null. item_similarities: score = the weight from the item to
    the similar item, if positive and if somebody bought both; then co_buyers, then the similar item's id.

    The same bits for any number of threads. Raises RefusedInputError where users and items are too many.
    """
    refuse_large(len(dataset.user_ids), len(dataset.item_ids))
    weights = context.learn(lambda: learn_weights(dataset.matrix(), params.regularization, context.threads))
    recommendations = recommend_items(dataset, weights, params, context)
    made = [RankedTable("user_recommendations", "ease", recommendations)]
    if context.wants("item_similarities"):
        similarities = list_similar_items(dataset, weights, params, context)
        made.append(RankedTable("item_similarities", "ease", similarities))
    return made


def refuse_large(users: int, items: int) -> None:
    """Raise RefusedInputError where the inverse would take too long, or more memory than there is."""
    from include.memory import MB, find_memory_limit

    side, which = min((users, "users"), (items, "items"))
    needed, (limit, whose) = side**2 * 4 // MB, find_memory_limit()
    cure = "shorten window.days, or take ease out of models."
    if side > LARGEST:
        raise RefusedInputError(
            f"EASE inverts a matrix of its {side:,} {which} and does so for at most {LARGEST:,}; {cure}"
        )
    if needed > limit:
        raise RefusedInputError(
            f"EASE inverts a matrix of its {side:,} {which}, which takes {needed:,} MB, and the limit is"
            f" {limit:,} MB ({whose}); {cure}"
        )


@dataclass(frozen=True, eq=False)
class ByItems:
    """The weights (items, items) themselves. bought: CSR, users × items, 1 (float32) where bought."""

    bought: csr_matrix
    weights: NDArray[np.float32]

    def score_users(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows [start, stop) of X B."""
        scores: NDArray[np.float32] = self.bought[start:stop] @ self.weights
        return scores

    def weigh_pairs(self, start: int, pairs: csr_matrix) -> NDArray[np.float32]:
        """B of each nonzero of `pairs` (n, items), whose rows are the items from `start` on."""
        rows, columns = pairs.nonzero()
        weights: NDArray[np.float32] = self.weights[rows + start, columns]
        return weights


@dataclass(frozen=True, eq=False)
class ByUsers:
    """What the weights are made of. inverse: K (users, users); rest: 1 - xᵀ K x of each item (items,)."""

    bought: csr_matrix
    item_users: csr_matrix
    regularization: float
    inverse: NDArray[np.float32]
    rest: NDArray[np.float32]

    def score_users(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows [start, stop) of X B = X - (X P) / diag(P), where X P = K X and diag(P) = rest / λ."""
        import numpy as np

        scores: NDArray[np.float32] = np.ascontiguousarray((self.item_users @ self.inverse[:, start:stop]).T)
        scores *= -self.regularization / self.rest
        scores += self.bought[start:stop].toarray()
        return scores

    def weigh_pairs(self, start: int, pairs: csr_matrix) -> NDArray[np.float32]:
        """xᵀ K z / rest for each nonzero of `pairs` (n, items), whose rows are the items from `start` on."""
        from include.kernels import sum_pairs

        seen = self.item_users[start : start + pairs.shape[0]] @ self.inverse
        weights: NDArray[np.float32] = sum_pairs(pairs, seen, self.item_users) / self.rest[pairs.indices]
        return weights


def learn_weights(bought: csr_matrix, regularization: float, threads: int) -> ByItems | ByUsers:
    """B of what was bought: the nonzeros of a CSR, users × items, of which every column has one.

    Raises RefusedInputError where float32 does not tell 1 from what the other users of an item explain of it.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    from include.kernels import invert_positive, run_blocks
    from include.progress import show_progress

    ones = np.ones(bought.nnz, np.float32)
    bought = csr_matrix((ones, bought.indices, bought.indptr), shape=bought.shape)
    item_users = bought.T.tocsr()
    rows, columns = (item_users, bought) if bought.shape[1] <= bought.shape[0] else (bought, item_users)
    size = rows.shape[0]
    inverse = np.empty((size, size), np.float32)
    for start, stop in _list_blocks(size):
        inverse[start:stop] = (rows[start:stop] @ columns).toarray()
    inverse[np.diag_indices(size)] += np.float32(regularization)
    with show_progress(size, "ease: invert", "rows") as progress:
        invert_positive(inverse, threads=threads, tick=progress.update)
    if rows is item_users:
        inverse /= -np.diag(inverse)
        np.fill_diagonal(inverse, 0)
        return ByItems(bought, inverse)

    def explain(start: int, stop: int) -> NDArray[np.float64]:
        seen = (item_users @ inverse[:, start:stop]).T
        part: NDArray[np.float64] = bought[start:stop].multiply(seen).sum(axis=0, dtype=np.float64).A1
        return part

    explained = np.zeros(bought.shape[1])
    for _, _, part in run_blocks(explain, _list_blocks(size), threads):
        explained += part
    if explained.max() >= 1:
        raise RefusedInputError(
            f"EASE with a regularization of {regularization:g} is beyond the precision of its numbers for"
            " items with so many users; raise models.ease.regularization."
        )
    return ByUsers(bought, item_users, regularization, inverse, (1 - explained).astype(np.float32))


def _list_blocks(size: int) -> Iterator[tuple[int, int]]:
    return pairwise([*range(0, size, _ROWS), size])


def recommend_items(
    dataset: Dataset, weights: ByItems | ByUsers, params: Params, context: Context
) -> pa.Table:
    """user_recommendations of the weights, as `train` says."""
    import pyarrow as pa

    from include.columns import USER_RECOMMENDATIONS
    from include.kernels import rank_scores, run_blocks
    from include.models.rows import name_recommendations
    from include.progress import show_progress

    hidden = dataset.purchased() if context.exclude_purchased else None
    users = len(dataset.user_ids)

    def rank(start: int, stop: int) -> RankedLists:
        scores = weights.score_users(start, stop)
        return rank_scores(scores, params.user_k, None if hidden is None else hidden[start:stop])

    tables = [USER_RECOMMENDATIONS.empty_table()]
    with show_progress(users, "ease: recommend", "users") as progress:
        for start, stop, best in run_blocks(rank, _list_blocks(users), context.threads):
            tables.append(name_recommendations(dataset, start, stop, best))
            progress.update(stop - start)
    return pa.concat_tables(tables)


def list_similar_items(
    dataset: Dataset, weights: ByItems | ByUsers, params: Params, context: Context
) -> pa.Table:
    """item_similarities of the weights, as `train` says."""
    import numpy as np
    import pyarrow as pa

    from include.columns import ITEM_SIMILARITIES
    from include.kernels import RankedLists, number_ranks, run_blocks
    from include.models.rows import name_neighbours
    from include.progress import show_progress

    bought = dataset.binary()
    item_users, items = bought.T.tocsr(), len(dataset.item_ids)

    def rank(start: int, stop: int) -> tuple[RankedLists, NDArray[np.int32]]:
        pairs = item_users[start:stop] @ bought
        rows, columns = pairs.nonzero()
        scores = weights.weigh_pairs(start, pairs)
        kept = np.flatnonzero((scores > 0) & (rows + start != columns))
        owner, other, score = (each[kept] for each in (rows, columns, scores))
        co_buyers: NDArray[np.int32] = pairs.data[kept]
        order = np.lexsort((other, -co_buyers, -score, owner))
        sizes = np.bincount(owner, minlength=stop - start)
        order = order[number_ranks(sizes) <= params.k]
        indptr = np.append(0, np.cumsum(np.minimum(sizes, params.k)))
        return RankedLists(indptr, other[order].astype(np.int32), score[order]), co_buyers[order]

    tables = [ITEM_SIMILARITIES.empty_table()]
    with show_progress(items, "ease: similar items", "items") as progress:
        for start, stop, (lists, co_buyers) in run_blocks(rank, _list_blocks(items), context.threads):
            tables.append(name_neighbours(dataset.item_ids, start, stop, lists, co_buyers))
            progress.update(stop - start)
    return pa.concat_tables(tables)


def estimate(workload: Workload, params: Params) -> Estimate:
    users, items, pairs = workload.users, workload.items, workload.pairs
    side = min(users, items)
    # By users, each of three passes multiplies the inverse by what was bought.
    passes = 0 if items <= users else pairs * users
    rows = {
        "item_similarities": workload.similar_rows(params.k),
        "user_recommendations": users * min(params.user_k, items),
    }
    return Estimate(
        parts=(
            Part("ease: invert", side**3 + passes),
            Part("ease: recommend", passes or pairs * items),
            Part("ease: similar items", passes, lesser=workload.squared_histories),
            Part("", pairs + sum(rows.values())),
        ),
        rows=rows,
        arrays={"the inverse": side**2 * 4},
        cures={
            "the inverse": "take ease out of models",
            "the rows of item_similarities": "lower models.ease.k",
            "the rows of user_recommendations": "lower models.ease.user_k",
        },
    )
