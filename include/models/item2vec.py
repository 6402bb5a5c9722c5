"""Item vectors by skip-gram with negative sampling over what users bought one after another, or at once.

O. Barkan, N. Koenigstein: Item2Vec: neural item embedding for collaborative filtering, MLSP 2016;
T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean: Distributed representations of words and phrases and
their compositionality, NIPS 2013. Learnt by gensim's Word2Vec.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from include.models import base
from include.models.base import Context, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(-1.0, 1.0)}


class Params(base.Params):
    """By gensim's names, but `over` and k: similar items of each item.

    over: the items of a user in order of time, of which two are a pair where at most `reach` apart; or those
    of an order, in which any two are a pair. An item learns when it stands min_count times or more in them.
    sample: the share of the items from which an item is passed over now and then; 0 passes over none.
    """

    over: Literal["sequences", "orders"] = "sequences"
    vector_size: Annotated[int, Field(ge=1, le=1024)] = 64
    reach: Annotated[int, Field(ge=1, le=1000)] = 5
    epochs: Annotated[int, Field(ge=1, le=1000)] = 10
    negative: Annotated[int, Field(ge=1, le=100)] = 5
    sample: Annotated[float, Field(ge=0, lt=1)] = 1e-3
    min_count: Annotated[int, Field(ge=1)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k items of each item whose vectors are nearest.

    score = cosine of the two vectors, in [-1, 1], as float32; co_buyers = users who bought both. Order:
    score, then co_buyers, both from the highest, then the similar item's id. Never the item itself; an item
    that learnt no vector has no rows. Equal data and seed give equal rows whatever the threads: one learns.
    """
    from include.models.rows import rank_nearest_items

    indptr, items = dataset.sequences() if params.over == "sequences" else dataset.orders()
    indices, vectors = learn_vectors(*choose_lists(indptr, items, params.min_count), params)
    return [rank_nearest_items("item2vec", dataset, indices, vectors, params.k, context)]


def estimate(workload: Workload, params: Params) -> Estimate:
    from include.kernels import count_list_bytes
    from include.models.rows import plan_nearest_items

    nearest, rows = plan_nearest_items("item2vec", workload, params.vector_size, params.k)
    # Multiplications: each item meets its window with one true pair and so many false ones.
    pairs = workload.pairs * 2 * params.reach * (1 + params.negative)
    return Estimate(
        parts=(
            Part("item2vec: learn", params.epochs * pairs * params.vector_size),
            nearest,
            Part("", workload.pairs + rows),
        ),
        rows={"item_similarities": rows},
        arrays={"the vectors": 4 * workload.items * params.vector_size * 4},
        lists_in_making=workload.items * count_list_bytes(params.k),
        cures={
            "the vectors": "lower models.item2vec.vector_size",
            "the lists in the making": "lower models.item2vec.k",
            "the rows of item_similarities": "lower models.item2vec.k",
        },
    )


def choose_lists(
    indptr: NDArray[np.integer], items: NDArray[np.integer], min_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What can be learnt from the lists items[indptr[n] : indptr[n + 1]], as lists in the same form.

    Items that stand less than min_count times in all lists are left out, then those that repeat the one just
    before them in a list, then lists of one item: these have no pair of two items.
    """
    import numpy as np

    lists = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    often = np.bincount(items)[items] >= min_count
    items, lists = items[often], lists[often]
    new = np.append(True, (items[1:] != items[:-1]) | (lists[1:] != lists[:-1]))[: len(items)]
    items, lists = items[new], lists[new]
    sizes = np.bincount(lists, minlength=len(indptr) - 1)
    return np.append(0, np.cumsum(sizes[sizes > 1])), items[sizes[lists] > 1].astype(np.int64)


def learn_vectors(
    indptr: NDArray[np.int64], items: NDArray[np.int64], params: Params
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which items learn a vector (n,), in order, and their vectors (n, vector_size)."""
    import numpy as np
    from gensim.models.word2vec import Word2Vec

    from include.progress import show_progress

    # Its lines of progress would stand beside ours.
    logging.getLogger("gensim").setLevel(logging.WARNING)
    counts = np.bincount(items)
    indices = np.flatnonzero(counts)
    if not len(indices):
        return indices, np.zeros((0, params.vector_size), np.float32)
    whole = params.over == "orders"
    model = Word2Vec(
        sg=1,
        vector_size=params.vector_size,
        # gensim draws how much of the window each item looks at; in an order nobody is nearer than others.
        window=int(np.diff(indptr).max()) if whole else params.reach,
        shrink_windows=not whole,
        negative=params.negative,
        sample=params.sample,
        min_count=1,
        seed=params.seed,
        sorted_vocab=0,
        workers=1,  # with two, who is first changes the result
    )
    model.build_vocab_from_freq(dict(zip(indices.tolist(), counts[indices].tolist(), strict=True)))
    with show_progress(params.epochs * len(items), "item2vec: learn", "items") as progress:
        lists = _Lists(indptr, items, progress.update)
        model.train(lists, total_words=len(items), epochs=params.epochs)
    return indices, model.wv.vectors


@dataclass(frozen=True)
class _Lists:
    """The lists as gensim reads them, once in each epoch; it takes no more than so many items at once."""

    indptr: NDArray[np.int64]
    items: NDArray[np.int64]
    tick: Callable[[int], object]

    def __iter__(self) -> Iterator[list[int]]:
        from gensim.models.word2vec import MAX_WORDS_IN_BATCH

        for first, stop in pairwise(self.indptr):
            for start in range(first, stop, MAX_WORDS_IN_BATCH):
                yield self.items[start : min(stop, start + MAX_WORDS_IN_BATCH)].tolist()
            self.tick(int(stop - first))
