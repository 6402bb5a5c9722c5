"""Shortlists of the best items of many rows, filled from approximate scores and settled by exact ones.

A product of matrices adds up in an order that depends on its shape, so its scores are a little off and
differ with the size of a tile. A shortlist therefore keeps what comes within that error of the k-th score,
and at the end, or where ties fill it up, its scores are computed anew in one fixed order: what is published
depends on the factors alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.models.kernels import compile_kernel
from include.models.selection import keep_smallest, pack_key, read_item, read_score, sort_keys

# Scores that are compared at once before each is looked at: what passes the floor is rare.
STRIDE = 32


class Shortlists(NamedTuple):
    """One for each of n rows.

    keys: (n, capacity) `selection` keys, of which the first sizes (n,) count. floors: (n,) the approximate
    score that can still matter, -inf while there are fewer than k. slacks: (n,) twice the error of such a
    score.
    """

    keys: NDArray[np.uint64]
    sizes: NDArray[np.int32]
    floors: NDArray[np.float32]
    slacks: NDArray[np.float32]


def count_list_bytes(k: int) -> int:
    """The memory of one row's keys."""
    return 8 * (2 * k + STRIDE)


def make_shortlists(slacks: NDArray[np.float64], k: int) -> Shortlists:
    rows = len(slacks)
    keys = np.empty((rows, count_list_bytes(k) // 8), np.uint64)
    floors = np.full(rows, -np.inf, np.float32)
    return Shortlists(keys, np.zeros(rows, np.int32), floors, slacks.astype(np.float32))


def measure_lengths(factors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The Euclidean length (n,) of each row of (n, f), summed in float64 so that no square is lost."""
    return np.sqrt(np.einsum("nf,nf->n", factors, factors, dtype=np.float64))


def bound_errors(lengths: NDArray[np.float64], longest: float, factors: int) -> NDArray[np.float64]:
    """Twice the error (n,) of float32 scores of rows of these lengths with rows up to `longest`.

    N. Higham: Accuracy and Stability of Numerical Algorithms, 2002, section 3.1, and a little for the
    rounding of the exact score.
    """
    return 2 * (factors + 2) * float(np.finfo(np.float32).eps) * lengths * longest


@compile_kernel
def score_exactly(query: Any, factor: Any) -> Any:
    """query · factor as float32: the products are exact, and summed one after the other in float64."""
    total = 0.0
    for f in range(len(query)):
        total += np.float64(query[f]) * np.float64(factor[f])
    return np.float32(total)


@compile_kernel
def drop_hopeless(lists: Shortlists, row: int, k: int) -> int:
    """Raise the floor to what the k-th score leaves possible and drop what is below; returns the size."""
    keys, size = lists.keys[row], lists.sizes[row]
    if size <= k:
        return size
    keep_smallest(keys, size, k)
    worst = keys[0]
    for n in range(1, k):
        worst = max(worst, keys[n])
    floor = read_score(worst) - lists.slacks[row]
    kept = k
    for n in range(k, size):
        if read_score(keys[n]) >= floor:
            keys[kept] = keys[n]
            kept += 1
    lists.floors[row], lists.sizes[row] = floor, kept
    return kept


@compile_kernel
def settle_scores(lists: Shortlists, row: int, k: int, query: Any, factors: Any, most: Any) -> int:
    """Leave the row's k best by exact score, sorted; returns how many there are.

    factors (m, f) go by item number; scores are held at `most`.
    """
    keys = lists.keys[row]
    size = drop_hopeless(lists, row, k)
    for n in range(size):
        item = read_item(keys[n])
        keys[n] = pack_key(min(score_exactly(query, factors[item]), most), item)
    sort_keys(keys, size)
    return size
