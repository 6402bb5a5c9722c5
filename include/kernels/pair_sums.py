"""Sums over the rows that a pair's second item has, for the pairs that are asked for and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.kernels.compiling import compile_kernel


def sum_pairs(pairs: csr_matrix, dense: NDArray[np.float32], item_users: csr_matrix) -> NDArray[np.float32]:
    """For each nonzero (n, j) of `pairs` (rows, items), the sum of dense[n, u] over the users u of item j.

    dense (rows, users); item_users: CSR, items × users, whose nonzeros say who has an item. Returns the sums
    in the order of pairs.data, added up in float64.
    """
    sums = np.empty(pairs.nnz, np.float32)
    _sum_pairs(pairs.indptr, pairs.indices, dense, item_users.indptr, item_users.indices, sums)
    return sums


@compile_kernel
def _sum_pairs(bounds: Any, items: Any, dense: Any, starts: Any, users: Any, sums: Any) -> None:
    for row in range(len(bounds) - 1):
        for n in range(bounds[row], bounds[row + 1]):
            total = 0.0
            for m in range(starts[items[n]], starts[items[n] + 1]):
                total += dense[row, users[m]]
            sums[n] = total
