"""The exact top k of all products of two factor matrices, a block of rows at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.models.ranking import mark_contenders

# The most scores that one thread holds at once, at 4 bytes each and as much again to select among them.
_TILE = 8_000_000


class Contenders(NamedTuple):
    """Pairs of a query row and an item, sorted by both, with their scores; all (n,)."""

    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    scores: NDArray[np.float32]


# More slices make the bound tighter and dearer.
_SLICES = 8

Hide = Callable[[int, int], tuple[NDArray[np.integer], NDArray[np.integer]]]


def measure_lengths(factors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The Euclidean length (n,) of each row of (n, f), summed in float64 so that no square is lost."""
    return np.sqrt(np.einsum("nf,nf->n", factors, factors, dtype=np.float64))


def find_contenders(
    queries: NDArray[np.float32],
    factors: NDArray[np.float32],
    k: int,
    threads: int,
    hide: Hide | None = None,
    are_cosines: bool = False,
) -> Iterator[tuple[int, int, Contenders]]:
    """Yield, block by block, the pairs whose score is at least their row's k-th best.

    queries (q, f) and factors (m, f) are finite; score = queries @ factors.T as float32. Pairs that tie with
    the k-th are all there, so that the caller can break ties as it likes. `hide(start, stop)` names the
    pairs (row - start, item) of the rows [start, stop) that do not compete. Rows with nothing left yield
    nothing; those with fewer than k yield all they have. `are_cosines` clips to [-1, 1] what rounding put
    outside.

    The cut into blocks depends on m alone, never on `threads`, and BLAS must be held to one thread by the
    caller: a sum's last bit depends on the shape of the product that it is part of. Raises ValueError when
    a score could exceed float32.
    """
    if not len(queries) or not len(factors):
        return
    if measure_lengths(queries).max() * measure_lengths(factors).max() > np.finfo(np.float32).max:
        raise ValueError("The factors are too large for their products; raise the regularization.")
    size = max(1, _TILE // len(factors))
    blocks = list(pairwise([*range(0, len(queries), size), len(queries)]))

    def score_block(start: int, stop: int) -> Contenders:
        hidden = hide(start, stop) if hide else None
        scores = queries[start:stop] @ factors.T
        if are_cosines:
            np.clip(scores, -1, 1, out=scores)
        return _select_scores(scores, k, hidden, start)

    waiting: deque[tuple[int, int, Future[Contenders]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for start, stop in blocks:
            waiting.append((start, stop, pool.submit(score_block, start, stop)))
            if len(waiting) > threads:
                first, last, done = waiting.popleft()
                yield first, last, done.result()
        for first, last, done in waiting:
            yield first, last, done.result()


def _select_scores(
    scores: NDArray[np.float32],
    k: int,
    hidden: tuple[NDArray[np.integer], NDArray[np.integer]] | None,
    start: int,
) -> Contenders:
    items = scores.shape[1]
    if hidden:
        scores[hidden] = -np.inf
    wanted = scores > -np.inf
    if items >= 2 * _SLICES * k:
        wanted &= scores >= _bound_kth(scores, k)[:, None]
    place = np.flatnonzero(wanted)
    rows, found = place // items, scores.ravel()[place]
    kept = mark_contenders(rows, found, k)
    return Contenders(rows[kept] + start, place[kept] % items, found[kept])


def _bound_kth(scores: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """A score (rows,) that each row's k-th best reaches: the k-th best of the maxima of its slices.

    Each slice holds at least one such score, so k of them hold k. Few scores pass it, and finding maxima is
    several times faster than selecting among all scores.
    """
    slices = _SLICES * k
    width = scores.shape[1] // slices
    maxima = scores[:, : width * slices].reshape(len(scores), width, slices).max(axis=1)
    return np.partition(maxima, slices - k, axis=1)[:, slices - k]
