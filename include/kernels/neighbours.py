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
    squares: NDArray[np.float64] | None = None,
    own_squares: NDArray[np.float64] | None = None,
    shrink: float = 0.0,
    min_co_buyers: int = 1,
    threads: int,
    tick: Callable[[int], object] | None = None,
) -> Iterator[tuple[int, int, RankedLists, NDArray[np.integer]]]:
    """Yield, block by block in their order, the k best neighbours of the items [start, stop).

    user_items: CSR (users, items), each nonzero once; w_ui > 0 is its value, of any number type.
    Yields (start, stop, lists, co_buyers): list n is of item start + n, and co_buyers (the lists' rows,) has
    beside each neighbour how many users have both.

    score(i, j) = Σ_u w_ui w_uj / (sqrt(o_i s_j) + shrink), in float64, summed by ascending user and rounded
    once to float32. `squares` (items,) are s; without them s_i = Σ_u w_ui² with `normalise`, so that without
    shrink a score is in (0, 1], and 1 otherwise. `own_squares` (items,) are o, for scores of (i, j) that are
    not those of (j, i); they come with `squares`, and without them o = s. Neighbours with fewer than
    `min_co_buyers` users in common are left out. In order of score, then of co_buyers, both from the highest,
    then of item number. Never the item itself; an item that shares no user with another has an empty list.
    The threads change no bit. `tick` is called with how many items are done.

    Time grows with the sum over users of their items squared. Weights that are all 1, normalised by their own
    squares alone, are counted instead of summed, which is several times quicker; the result is the same.
    Raises ValueError for k or min_co_buyers below 1, for a weight or a square that is not a positive finite
    number, for shrink that is negative or not finite, and for 2**31 items or more; OverflowError for scores
    beyond float32.
    """
    weights = user_items.data
    if k < 1:
        raise ValueError(f"A list holds at least one neighbour; k is {k}.")
    if min_co_buyers < 1:
        raise ValueError(f"Neighbours have at least one user in common; min_co_buyers is {min_co_buyers}.")
    if not 0 <= shrink < np.inf:
        raise ValueError(f"A score shrinks by 0 or a positive finite number; shrink is {shrink}.")
    if user_items.shape[1] >= _LIMIT:
        raise ValueError(f"There are {user_items.shape[1]:,} items; at most {_LIMIT - 1:,} can be numbered.")
    ones = bool((weights == 1).all())
    if not ones and not _are_positive(weights):
        raise ValueError("The matrix holds a weight that is not a positive finite number.")
    for some in (squares, own_squares):
        if some is not None and (len(some) != user_items.shape[1] or not _are_positive(some)):
            raise ValueError("Each item has one square, and it is a positive finite number.")
    if own_squares is not None and squares is None:
        raise ValueError("Own squares come with squares; pass both.")
    if ones and normalise and squares is None and shrink == 0 and can_count(user_items):
        blocks = count_neighbours(user_items, k, min_co_buyers, threads)
    else:
        if squares is None and not normalise:
            squares = np.ones(user_items.shape[1])
        blocks = sum_neighbours(user_items, k, squares, own_squares, shrink, min_co_buyers, threads)
    for start, stop, (lists, co_buyers) in blocks:
        yield start, stop, lists, co_buyers
        if tick:
            tick(stop - start)


def _are_positive(values: NDArray[np.number]) -> bool:
    return bool(((values > 0) & (values < np.inf)).all())
