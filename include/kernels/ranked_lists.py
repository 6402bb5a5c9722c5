"""Ragged lists of scored items, best first, as compressed rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class RankedLists(NamedTuple):
    """n lists: those of list i are items[indptr[i] : indptr[i + 1]], best first, with their scores.

    indptr: (n + 1,) integers from 0 that do not fall; items: (indptr[n],) item codes; scores: (indptr[n],).
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    scores: NDArray[np.float32]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many items each list has (n,)."""
        return np.diff(self.indptr)


def sum_sizes(sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    """The indptr (n + 1,) of lists of the given sizes (n,)."""
    indptr = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=indptr[1:])
    return indptr
