"""Which item of a row's history gave most to each of its scores under alternating least squares.

Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008, section 5. A
row's vector is x = A⁻¹ Yᵀ C p with A = Yᵀ C Y + λ, so that its score of an item i is a sum over its history,
Σ_j c_j (y_i · A⁻¹ y_j), and each term is what j gave.

A is the same for all rows, G + λ, but for the history H: A = G + λ + Hᵀ S H with S = C - w. By Woodbury's
identity (Inverting modified matrices, 1950) H A⁻¹ = (1 + K S)⁻¹ H (G + λ)⁻¹ with K = H (G + λ)⁻¹ Hᵀ: a system
of the size of the history, and by the eigenvectors of G the inverse of G + λ is known for every λ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.kernels.ranked_lists import RankedLists
from include.kernels.threads import run_blocks

# Rows that a thread takes at once, and of these so many solved together, or fewer with long histories.
_BLOCK = 512
_TOGETHER = 64
_PAIRS = 1 << 14
# So much of the mean diagonal is always added: without a regularization a matrix may have no inverse.
_LEAST = 1e-6

Codes = NDArray[np.int32]
Values = NDArray[np.floating]


def explain_products(
    lists: RankedLists,
    confidence: csr_matrix,
    factors: NDArray[np.float32],
    regularization: float | NDArray[np.float32],
    *,
    threads: int,
    unobserved_weight: float = 1.0,
    constant: int | None = None,
    tick: Callable[[int], object] | None = None,
) -> NDArray[np.int32]:
    """For each item of the lists (rows), the other item of the row's history that gave most of its score.

    confidence (rows, items): CSR of float32, c of what a row's history holds. factors (items, f),
    regularization (of all rows, or of each), unobserved_weight and constant: what `improve_factors` was given
    for the rows' side. Returns (n,) item numbers; of equal ones the first in the row's history, and -1 where
    no other item gave more than 0. With a constant column, what the biases take from all alike is nobody's.

    Time grows with pairs × f × (history + list) where histories are shorter than f, else with pairs × f² +
    rows × f³; the same bits for any number of threads.
    """
    free = factors if constant is None else np.delete(factors, constant, axis=1)
    size = free.shape[1]
    gram = unobserved_weight * (free.astype(np.float64).T @ free)
    held = np.broadcast_to(np.asarray(regularization, np.float64), (confidence.shape[0],))
    least = max(_LEAST * np.trace(gram) / max(1, size), float(np.finfo(np.float32).tiny))
    because = np.full(len(lists.items), -1, np.int32)
    values, vectors = np.linalg.eigh(gram)
    turned = free @ vectors

    def explain_block(start: int, stop: int) -> None:
        for rows in _group_rows(lists, confidence, start, stop):
            explain_rows(rows)

    def explain_rows(rows: NDArray[np.int64]) -> None:
        history, is_history = _pad(confidence.indptr, rows)
        listed, is_listed = _pad(lists.indptr, rows)
        c = np.where(is_history, confidence.data[history], 0)
        surplus = np.where(is_history, c - np.float32(unobserved_weight), 0)
        items, others = confidence.indices[history], lists.items[listed]
        solve = solve_histories if items.shape[1] < size else solve_factors
        given = solve(items, others, surplus, held[rows] + least) * c[:, :, None]
        given[~is_history] = -np.inf
        given[items[:, :, None] == others[:, None, :]] = -np.inf
        most = given.argmax(axis=1)
        found = np.take_along_axis(items, most, axis=1)
        gave = np.take_along_axis(given, most[:, None, :], axis=1)[:, 0]
        because[listed[is_listed]] = np.where(gave > 0, found, -1)[is_listed]

    def solve_factors(items: Codes, others: Codes, surplus: Values, added: Values) -> Values:
        """H A⁻¹ Yᵀ (rows, history, list) by A itself; `added` (rows,) to the diagonal of G."""
        own = free[items]
        matrix = np.matmul((own * surplus[:, :, None]).transpose(0, 2, 1), own)
        matrix += gram.astype(np.float32)
        diagonal = np.arange(size)
        matrix[:, diagonal, diagonal] += added.astype(np.float32)[:, None]
        return np.matmul(own, np.linalg.solve(matrix, free[others].transpose(0, 2, 1)))

    def solve_histories(items: Codes, others: Codes, surplus: Values, added: Values) -> Values:
        """The same by Woodbury's identity."""
        own = turned[items]
        scaled = own / (np.maximum(values, 0) + added[:, None])[:, None, :]
        matrix = np.matmul(scaled, own.transpose(0, 2, 1)) * surplus[:, None, :]
        diagonal = np.arange(items.shape[1])
        matrix[:, diagonal, diagonal] += 1
        return np.linalg.solve(matrix, np.matmul(scaled, turned[others].transpose(0, 2, 1)))

    # BLAS under many threads sums in another order, and fights with ours for the cores.
    with threadpool_limits(limits=1, user_api="blas"):
        bounds = pairwise([*range(0, len(held), _BLOCK), len(held)])
        for start, stop, _ in run_blocks(explain_block, bounds, threads):
            if tick:
                tick(stop - start)
    return because


def _group_rows(
    lists: RankedLists, confidence: csr_matrix, start: int, stop: int
) -> Iterator[NDArray[np.int64]]:
    """The rows [start, stop) that have a history and a list, those of alike histories together."""
    sizes = np.diff(confidence.indptr[start : stop + 1])
    order = np.argsort(sizes, kind="stable")
    order = order[(sizes[order] > 0) & (np.diff(lists.indptr[start : stop + 1])[order] > 0)]
    while len(order):
        together = max(1, min(_TOGETHER, _PAIRS // int(sizes[order[-1]])))
        yield start + order[-together:]
        order = order[:-together]


def _pad(indptr: NDArray[np.integer], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The places (rows, longest) of the rows' nonzeros, and which of them are so; of the rest any place."""
    first, sizes = indptr[rows].astype(np.int64), (indptr[rows + 1] - indptr[rows])[:, None]
    step = np.arange(int(sizes.max()))
    return first[:, None] + np.minimum(step, sizes - 1), step < sizes
