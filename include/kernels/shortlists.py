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

from include.kernels.compiling import compile_kernel
from include.kernels.masks import STRIDE
from include.kernels.selection import find_cut, pack_key, read_item, read_score, sort_keys

_LAST_ITEM = np.uint32(0xFFFFFFFF)


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
def _score_four(query: Any, factors: Any, first: int, second: int, third: int, fourth: int) -> Any:
    """`score_exactly` of four rows of factors at once, whose sums do not wait for each other's additions."""
    a = b = c = d = 0.0
    for f in range(len(query)):
        value = np.float64(query[f])
        a += value * np.float64(factors[first, f])
        b += value * np.float64(factors[second, f])
        c += value * np.float64(factors[third, f])
        d += value * np.float64(factors[fourth, f])
    return np.float32(a), np.float32(b), np.float32(c), np.float32(d)


@compile_kernel
def drop_hopeless(lists: Shortlists, row: int, k: int) -> int:
    """Raise the floor to what about the k-th score leaves possible, drop what is below; returns the size."""
    keys, size = lists.keys[row], lists.sizes[row]
    if size <= k:
        return size
    # A cut a little behind the k-th score is found sooner.
    cut = find_cut(keys, size, k, k + k // 8)
    floor = read_score(cut) - lists.slacks[row]
    last = pack_key(floor, _LAST_ITEM)
    kept = 0
    for n in range(size):
        key = keys[n]
        keys[kept] = key
        kept += key <= last
    lists.floors[row], lists.sizes[row] = floor, kept
    return kept


@compile_kernel
def settle_scores(lists: Shortlists, row: int, k: int, query: Any, factors: Any, most: Any) -> int:
    """Leave the row's k best by exact score, sorted; returns how many there are.

    factors (m, f) go by item number; scores are held at `most`.
    """
    keys = lists.keys[row]
    size = drop_hopeless(lists, row, k)
    whole = size // 4 * 4
    for n in range(0, whole, 4):
        items = read_item(keys[n]), read_item(keys[n + 1]), read_item(keys[n + 2]), read_item(keys[n + 3])
        scores = _score_four(query, factors, items[0], items[1], items[2], items[3])
        for m in range(4):
            keys[n + m] = pack_key(min(scores[m], most), items[m])
    for n in range(whole, size):
        item = read_item(keys[n])
        keys[n] = pack_key(min(score_exactly(query, factors[item]), most), item)
    sort_keys(keys, size)
    return size
