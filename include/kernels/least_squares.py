"""One half of an iteration of alternating least squares: every row of one side, the other side held.

A row x minimises  Σ over its nonzeros of c (1 - x·y)² + Σ over all others of w (x·y)² + λ x·x,  by some steps
of conjugate gradient from where it is: w is the weight of a pair that was not bought, λ the row's
regularization. Rows are taken together: what they share, the product with Yᵀ Y, is then one product of
matrices for all of them, and the rows of Y that they need are fetched ahead.

G. Takács, I. Pilászy, D. Tikk: Applications of the conjugate gradient method for implicit feedback
collaborative filtering, RecSys 2011.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  # its BLAS is what a compiled np.dot calls, and must be there to be limited
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.kernels.compiling import compile_kernel, compile_sums
from include.kernels.intrinsics import fetch
from include.kernels.threads import run_all, run_blocks

# Rows solved together: few enough for what they need of Y to stay in the processor's nearest caches.
_TOGETHER = 16
# Nonzeros between asking for a row of Y and using it, and the numbers of a line of cache.
_AHEAD = 8
_LINE = 16
# A thread takes so many rows at once. Neither these nor the threads change a bit of the result.
_BLOCK = 256 * _TOGETHER
# The squared length of a residual below which a row is solved, as in implicit.
_SOLVED = np.float32(1e-20)


def improve_factors(
    confidence: csr_matrix,
    factors: NDArray[np.float32],
    others: NDArray[np.float32],
    regularization: float | NDArray[np.float32],
    *,
    threads: int,
    unobserved_weight: float = 1.0,
    constant: int | None = None,
    steps: int = 3,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Better factors (n, f) of one side, given those of the other side, `others` (m, f).

    confidence (n, m): CSR of float32, a nonzero is the positive c of a pair that was bought; all other pairs
    have unobserved_weight. regularization: of all rows, or of each (n,). factors (n, f): where the `steps` of
    conjugate gradient begin; both C-contiguous float32. A column that is `constant` stays as it is there, and
    the rest of a row is the best beside it. The result is in `out`, which may be `factors` itself, and anew
    without it. A row without a nonzero becomes 0 where no column is constant; what is not finite stays so.

    Gives what `implicit.cpu._als.least_squares_cg` gives where it has the parameter, but for the order in
    which float32 is summed; the threads change no bit.
    """
    if out is None:
        out = np.empty_like(factors)
    if out is not factors:
        out[:] = factors
    pairs = confidence.indptr, confidence.indices, confidence.data
    each = np.asarray(regularization, np.float32)
    # What all rows share is in the gram, as the weight of what was not bought is.
    shared, own = (np.float32(0), each) if each.ndim else (each, np.empty(0, np.float32))
    weight, kept = np.float32(unobserved_weight), -1 if constant is None else constant
    # BLAS under many threads sums in another order, and fights with ours for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        gram = _multiply_by_itself(others, threads)
        gram *= weight
        gram[np.diag_indices_from(gram)] += shared

        def solve_block(start: int, stop: int) -> None:
            flat = others.reshape(-1)
            _solve_block(*pairs, weight, own, kept, out, others, flat, gram, steps, start, stop)

        run_all(solve_block, pairwise([*range(0, len(out), _BLOCK), len(out)]), threads)
    return out


def _multiply_by_itself(factors: NDArray[np.float32], threads: int) -> NDArray[np.float32]:
    """factorsᵀ · factors (f, f), added up in an order that does not depend on the threads."""
    total = np.zeros((factors.shape[1], factors.shape[1]), np.float32)
    bounds = pairwise([*range(0, len(factors), 1 << 15), len(factors)])
    for _, _, part in run_blocks(lambda a, b: factors[a:b].T @ factors[a:b], bounds, threads):
        total += part
    return total


@compile_sums
def _multiply(one: Any, other: Any) -> Any:
    total = np.float32(0)
    for f in range(len(one)):
        total += one[f] * other[f]
    return total


@compile_kernel
def _add_scaled(total: Any, scale: Any, row: Any) -> None:
    for f in range(len(total)):
        total[f] += scale * row[f]


@compile_kernel
def _solve_block(
    bounds: Any,
    columns: Any,
    confidence: Any,
    weight: Any,
    regularization: Any,
    constant: int,
    factors: Any,
    others: Any,
    flat: Any,
    gram: Any,
    steps: int,
    start: int,
    stop: int,
) -> None:
    """Conjugate gradient for the rows [start, stop), some at a time; flat is others as one axis.

    regularization (n,): that of each row beside what the gram holds, or none of them (0,). constant: the
    column that stays, or -1: what would move it is taken from the gradient and from every image.
    """
    shape = (_TOGETHER, factors.shape[1])
    residuals, directions, images = (
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
    )
    squares = np.empty(_TOGETHER, np.float32)
    for first in range(start, stop, _TOGETHER):
        count = min(_TOGETHER, stop - first)
        np.dot(factors[first : first + count], gram, residuals[:count])
        for n in range(count):
            begin, end, row = bounds[first + n], bounds[first + n + 1], factors[first + n]
            if begin == end and constant < 0:
                row[:] = 0
                residuals[n] = 0
            _find_residual(begin, end, columns, confidence, weight, row, others, flat, residuals[n])
            if len(regularization):
                _add_scaled(residuals[n], -regularization[first + n], row)
            if constant >= 0:
                residuals[n, constant] = 0
            directions[n] = residuals[n]
            squares[n] = _multiply(residuals[n], residuals[n])
        for _ in range(steps):
            np.dot(directions[:count], gram, images[:count])
            for n in range(count):
                if squares[n] < _SOLVED:
                    continue
                begin, end = bounds[first + n], bounds[first + n + 1]
                _add_surplus(begin, end, columns, confidence, weight, others, directions[n], images[n])
                if len(regularization):
                    _add_scaled(images[n], regularization[first + n], directions[n])
                if constant >= 0:
                    images[n, constant] = 0
                squares[n] = _step(squares[n], factors[first + n], residuals[n], directions[n], images[n])


@compile_kernel
def _find_residual(
    begin: int,
    end: int,
    columns: Any,
    confidence: Any,
    weight: Any,
    row: Any,
    others: Any,
    flat: Any,
    residual: Any,
) -> None:
    """From row · gram to Yᵀ C p - (Yᵀ C Y + the gram's regularization) row."""
    for f in range(len(row)):
        residual[f] = -residual[f]
    for pair in range(begin, end):
        ahead = np.int64(columns[min(pair + _AHEAD, len(columns) - 1)]) * len(row)
        for f in range(0, len(row), _LINE):
            fetch(flat, ahead + f)
        other = others[columns[pair]]
        pull = confidence[pair]
        if pull != weight:
            pull -= (pull - weight) * _multiply(other, row)
        _add_scaled(residual, pull, other)


@compile_kernel
def _add_surplus(
    begin: int, end: int, columns: Any, confidence: Any, weight: Any, others: Any, direction: Any, image: Any
) -> None:
    """From direction · gram to (Yᵀ C Y + its regularization) direction; a c of `weight` is in the gram."""
    for pair in range(begin, end):
        surplus = confidence[pair] - weight
        if surplus != 0:
            other = others[columns[pair]]
            _add_scaled(image, surplus * _multiply(other, direction), other)


@compile_kernel
def _step(square: Any, row: Any, residual: Any, direction: Any, image: Any) -> Any:
    """Go along the direction, choose the next one, and return the residual's new squared length."""
    length = square / _multiply(direction, image)
    _add_scaled(row, length, direction)
    _add_scaled(residual, -length, image)
    after = _multiply(residual, residual)
    turn = after / square
    for f in range(len(row)):
        direction[f] = residual[f] + turn * direction[f]
    return after
