"""A linear item model for catalogues of any size: EASE, with weights between near items only.

X. Ning, G. Karypis: SLIM: Sparse linear methods for top-N recommender systems, ICDM 2011, whose fsSLIM
learns the weights for an item from its nearest items; with the ridge and the zero diagonal of H. Steck:
Embarrassingly shallow autoencoders for sparse data, WWW 2019, in place of coordinate descent. Counts between
items that are not near each other are taken for 0, as in M. Spišák et al.: Scalable approximate non-symmetric
autoencoder for collaborative filtering, RecSys 2023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from include.models import base
from include.models.base import Context, Cutoff, Estimate, Part, RankedTable, ScoreRange, Search

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.sparse import csr_matrix

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

STARTS: Final = ({"regularization": 30.0}, {"regularization": 1000.0})

SCORES: Final = {"item_similarities": ScoreRange(0.0, None, above_low=True, co_buyers=1)}

# Items whose lists are made at once.
_ROWS = 4096


class Params(base.Params):
    """k: similar items of each item. neighbours: so many of the nearest items have a weight for an item.
    regularization: Steck's λ, in buyers."""

    k: Annotated[Cutoff, Search(20, 200, log=True)] = 50
    neighbours: Annotated[int, Field(ge=1, le=500), Search(20, 200, log=True)] = 50
    regularization: Annotated[float, Field(gt=0, le=1e9), Search(1, 5000, log=True)] = 300.0


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The items that each item speaks for most.

    score = the weight from the item to the similar item, where it is positive: that of EASE where the near
    items are all. Near an item are its `neighbours` nearest by cosine. co_buyers = who bought both. Order:
    score, then co_buyers, both from the highest, then the similar item's id. How often a pair was bought
    plays no part. Where counts left out would make weights of any size, an item's system is damped
    (`kernels.solve_local_systems`). The same bits for any number of threads.
    """
    counts, near = context.learn(lambda: count_near(dataset.binary(), params.neighbours, context.threads))
    return [
        RankedTable("item_similarities", "linear", list_similar_items(dataset, counts, near, params, context))
    ]


def count_near(bought: csr_matrix, neighbours: int, threads: int) -> tuple[csr_matrix, csr_matrix]:
    """Who bought both of two items of which one is near the other (items, items), and what is near each.

    Both CSR of int32 with sorted indices; the first is symmetric.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    from include.kernels import rank_neighbours
    from include.progress import show_progress

    items = bought.shape[1]
    sizes, others, counts = [np.zeros(1, np.int64)], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    with show_progress(items, "linear: neighbours", "items") as progress:
        for _, _, lists, co_buyers in rank_neighbours(
            bought, neighbours, threads=threads, tick=progress.update
        ):
            sizes.append(lists.sizes)
            others.append(lists.items)
            counts.append(co_buyers.astype(np.int32))
    indptr = np.cumsum(np.concatenate(sizes))
    near = csr_matrix((np.concatenate(counts), np.concatenate(others), indptr), shape=(items, items))
    near.sort_indices()
    return near.maximum(near.T.tocsr()), near


def list_similar_items(
    dataset: Dataset, counts: csr_matrix, near: csr_matrix, params: Params, context: Context
) -> pa.Table:
    """item_similarities, as `train` says, of what `count_near` returns."""
    import numpy as np
    import pyarrow as pa
    from scipy.sparse import csr_matrix

    from include.columns import ITEM_SIMILARITIES
    from include.kernels import RankedLists, number_ranks, solve_local_systems
    from include.models.rows import name_neighbours
    from include.progress import show_progress

    items = near.shape[0]
    buyers = np.bincount(dataset.binary().indices, minlength=items).astype(np.float64)
    weights = np.zeros(near.nnz, np.float32)
    with show_progress(items, "linear: solve", "items") as progress:
        for start, stop, found in solve_local_systems(
            counts, near, buyers, params.regularization, threads=context.threads
        ):
            weights[near.indptr[start] : near.indptr[stop]] = found
            progress.update(stop - start)
    # Of an item's row the weights are those for the item; what is published is those from it.
    places = csr_matrix((np.arange(1, near.nnz + 1), near.indices, near.indptr), shape=near.shape).T.tocsr()
    tables = [ITEM_SIMILARITIES.empty_table()]
    for start in range(0, items, _ROWS):
        stop = min(start + _ROWS, items)
        first, last = places.indptr[start], places.indptr[stop]
        owner = np.repeat(np.arange(stop - start), np.diff(places.indptr[start : stop + 1]))
        other, place = places.indices[first:last], places.data[first:last] - 1
        score, co_buyers = weights[place], near.data[place]
        order = np.lexsort((other, -co_buyers, -score, owner))
        order = order[score[order] > 0]
        sizes = np.bincount(owner[order], minlength=stop - start)
        order = order[number_ranks(sizes) <= params.k]
        indptr = np.append(0, np.cumsum(np.minimum(sizes, params.k)))
        lists = RankedLists(indptr, other[order].astype(np.int32), score[order])
        tables.append(name_neighbours(dataset.item_ids, start, stop, lists, co_buyers[order]))
    return pa.concat_tables(tables)


def estimate(workload: Workload, params: Params) -> Estimate:
    near = workload.similar_rows(min(params.neighbours, 1000))
    rows = min(near, workload.items * params.k)
    return Estimate(
        parts=(
            Part("linear: neighbours", workload.squared_histories),
            Part("linear: solve", near * params.neighbours**2),
            Part("", workload.pairs + near),
        ),
        rows={"item_similarities": rows},
        # The lists twice over in `counts`, themselves, and the places of each: 8, 8 and 12 bytes.
        arrays={"the counts": near * 40},
        cures={
            "the counts": "lower models.linear.neighbours",
            "the rows of item_similarities": "lower models.linear.k",
        },
    )
