"""Linear weights between items, each item's from its own small system of equations.

X. Ning, G. Karypis: SLIM: Sparse linear methods for top-N recommender systems, ICDM 2011, who learn an item's
weights from its nearest items only (fsSLIM); here with the ridge of H. Steck: Embarrassingly shallow
autoencoders for sparse data, WWW 2019, alone, so that there is a closed form.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.kernels.compiling import compile_kernel
from include.kernels.threads import run_blocks

# Items whose systems are there at once, on each thread.
_BLOCK = 128


def solve_local_systems(
    counts: csr_matrix, near: csr_matrix, buyers: NDArray[np.float64], regularization: float, *, threads: int
) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """Yield, block by block, the weights of the items [start, stop), one for each nonzero of `near`.

    counts (items, items): CSR, symmetric, without its diagonal; who bought both. buyers (items,): who bought
    the item. near (items, items): CSR, of each item the others that may have a weight for it, all of them
    nonzeros of its row of `counts`. The weights b of an item solve (counts + buyers + regularization) b = its
    counts, on the items that are near it. In float64, rounded once; the same bits for any number of threads.

    Counts of buyers have no negative eigenvalue, but can have where some were left out: one near the
    regularization makes weights of any size. Where the lowest is below half of it, the diagonal is raised to
    what its row holds beside it, so that by Gershgorin none is negative.
    """

    def solve_block(start: int, stop: int) -> NDArray[np.float32]:
        sizes = np.diff(near.indptr[start : stop + 1])
        longest = int(sizes.max(initial=0))
        matrix = np.zeros((stop - start, longest, longest))
        wanted = np.zeros((stop - start, longest, 1))
        _gather(
            near.indptr,
            near.indices,
            counts.indptr,
            counts.indices,
            counts.data,
            start,
            matrix,
            wanted[:, :, 0],
        )
        # An item with fewer near it has rows of 1 on the diagonal and 0 beside it, whose weights are 0.
        places = np.arange(longest)
        own = places < sizes[:, None]
        matrix[:, places, places] = 1
        rows, columns = np.nonzero(own)
        matrix[rows, columns, columns] = buyers[near.indices[near.indptr[start] : near.indptr[stop]]]
        matrix[:, places, places] += regularization / 2
        _make_definite(matrix, regularization / 2)
        matrix[:, places, places] += regularization / 2
        weights: NDArray[np.float32] = np.linalg.solve(matrix, wanted)[:, :, 0][own].astype(np.float32)
        return weights

    size = near.shape[0]
    with threadpool_limits(limits=1, user_api="blas"):
        yield from run_blocks(solve_block, pairwise([*range(0, size, _BLOCK), size]), threads)


def _make_definite(matrix: NDArray[np.float64], least: float) -> None:
    """Raise the diagonals of those (n, m, m) that are not positive definite, to eigenvalues of `least`."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        for one in matrix:
            try:
                np.linalg.cholesky(one)
            except np.linalg.LinAlgError:
                diagonal = np.diag(one).copy()
                beside = one.sum(axis=1) - diagonal
                one[np.diag_indices(len(one))] = np.maximum(diagonal, beside + least)


@compile_kernel
def _gather(
    bounds: Any, near: Any, starts: Any, columns: Any, counts: Any, start: int, matrix: Any, wanted: Any
) -> None:
    """Write the counts between the items that are near an item, and those with itself."""
    places = np.full(len(bounds) - 1, -1, np.int32)
    for n in range(len(matrix)):
        item = start + n
        first, last = bounds[item], bounds[item + 1]
        for row in range(first, last):
            places[near[row]] = row - first
        for row in range(first, last):
            other = near[row]
            for m in range(starts[other], starts[other + 1]):
                if columns[m] == item:
                    wanted[n, row - first] = counts[m]
                elif places[columns[m]] >= 0:
                    matrix[n, row - first, places[columns[m]]] = counts[m]
        for row in range(first, last):
            places[near[row]] = -1
