"""The inverse of a symmetric positive definite matrix, in its place and on several threads.

A block of pivots after the other is swept: with the matrix [[D, Cᵀ], [C, A]] and the block D, D becomes -D⁻¹,
C becomes C D⁻¹ and A becomes A - C D⁻¹ Cᵀ. When all have been swept, the matrix is -1 times its inverse.
LAPACK takes as many operations, but under several threads it sums in an order that depends on them.

J. H. Goodnight: A tutorial on the SWEEP operator, The American Statistician 33, 1979.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from include.kernels.threads import run_all

# Pivots of a block, and rows and columns of a tile, of which a product stays in a processor's cache.
_PIVOTS = 256
_TILE = 512


def invert_positive(
    matrix: NDArray[np.floating], *, threads: int, tick: Callable[[int], object] | None = None
) -> None:
    """Replace the matrix (n, n), C-contiguous and of float32 or float64, by its inverse.

    Of the matrix the lower triangle is read; the inverse is whole and symmetric. The same bits for any number
    of threads. `tick` is called with how many rows are swept. Raises numpy.linalg.LinAlgError where the
    matrix is not positive definite, and ValueError where it is not finite.
    """
    size = len(matrix)
    with threadpool_limits(limits=1, user_api="blas"):
        for first, last in pairwise([*range(0, size, _PIVOTS), size]):
            _sweep(matrix, first, last, threads)
            if tick:
                tick(last - first)
        tiles = list(pairwise([*range(0, size, _TILE), size]))

        def complete(start: int, stop: int) -> None:
            np.negative(matrix[start:stop, :stop], out=matrix[start:stop, :stop])
            for left, right in tiles:
                if right <= start:
                    matrix[left:right, start:stop] = matrix[start:stop, left:right].T
            own = np.tril(matrix[start:stop, start:stop])
            matrix[start:stop, start:stop] = own + np.tril(own, -1).T

        run_all(complete, tiles, threads)


def _sweep(matrix: NDArray[np.floating], first: int, last: int, threads: int) -> None:
    """Sweep the pivots [first, last); of the matrix the lower triangle is kept."""
    size = len(matrix)
    block = np.tril(matrix[first:last, first:last]).astype(np.float64)
    block += np.tril(block, -1).T
    factor = scipy.linalg.cho_factor(block, lower=True, overwrite_a=True)
    inverse = scipy.linalg.cho_solve(factor, np.eye(last - first)).astype(matrix.dtype)
    column = np.concatenate(
        [matrix[first:last, :first].T, matrix[first:last, first:last], matrix[last:, first:last]]
    )
    swept = np.empty_like(column)

    def update(start: int, stop: int) -> None:
        swept[start:stop] = column[start:stop] @ inverse
        for left in range(0, stop, _TILE):
            right = min(left + _TILE, stop)
            matrix[start:stop, left:right] -= swept[start:stop] @ column[left:right].T

    run_all(update, pairwise([*range(0, size, _TILE), size]), threads)
    matrix[first:last, :first] = swept[:first].T
    matrix[last:, first:last] = swept[last:]
    matrix[first:last, first:last] = -inverse
