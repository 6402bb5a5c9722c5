"""The nearest columns of every column of a sparse matrix, by cosine or by inner product.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001. M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, TOIS 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.counted_neighbours import can_count, count_neighbours
from include.kernels.ranked_lists import RankedLists
from include.kernels.weighted_neighbours import sum_neighbours

_LIMIT = 1 << 31


def rank_neighbours(
    user_items: csr_matrix,
    k: int,
    *,
    normalise: bool = True,
    threads: int,
    tick: Callable[[int], object] | None = None,
) -> Iterator[tuple[int, int, RankedLists, NDArray[np.integer]]]:
    """Yield, block by block in their order, the k best neighbours of the items [start, stop).

    user_items: CSR (users, items), each nonzero once; w_ui > 0 is its value, of any number type.
    Yields (start, stop, lists, co_buyers): list n is of item start + n, and co_buyers (the lists' rows,) has
    beside each neighbour how many users have both.

    score(i, j) = Σ_u w_ui w_uj, summed in float64 by ascending user and rounded once to float32; with
    `normalise` divided by sqrt(Σ_u w_ui² · Σ_u w_uj²), which is in (0, 1]. In order of score, then of
    co_buyers, both from the highest, then of item number. Never the item itself; an item that shares no user
    with another has an empty list. The threads change no bit. `tick` is called with how many items are done.

    Time grows with the sum over users of their items squared. Weights that are all 1, normalised, are counted
    instead of summed, which is several times quicker; the result is the same. Raises ValueError for k below
    1, for a weight that is not a positive finite number, and for 2**31 items or more; OverflowError for
    scores beyond float32.
    """
    weights = user_items.data
    if k < 1:
        raise ValueError(f"A list holds at least one neighbour; k is {k}.")
    if user_items.shape[1] >= _LIMIT:
        raise ValueError(f"There are {user_items.shape[1]:,} items; at most {_LIMIT - 1:,} can be numbered.")
    ones = bool((weights == 1).all())
    if not ones and not ((weights > 0) & (weights < np.inf)).all():
        raise ValueError("The matrix holds a weight that is not a positive finite number.")
    if ones and normalise and can_count(user_items):
        blocks = count_neighbours(user_items, k, threads)
    else:
        blocks = sum_neighbours(user_items, k, normalise, threads)
    for start, stop, (lists, co_buyers) in blocks:
        yield start, stop, lists, co_buyers
        if tick:
            tick(stop - start)
