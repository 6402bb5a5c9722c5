"""The sum of a user's own vector of items and of the nearest users' vectors, as a list of items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from include.candidates.base import Proposals
from include.kernels import RankedLists, take_block


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """vectors: CSR, users × items, all values positive. unit: the same with rows of length 1.

    candidates (m,): the users among whom neighbours are looked for, ascending. shown: (items,) whether an
    item may be proposed. neighbours: how many of the nearest users count, each alike. own: the share of the
    user's own vector.
    """

    vectors: csr_matrix
    unit: csr_matrix
    candidates: NDArray[np.int64]
    shown: NDArray[np.bool_]
    neighbours: int
    own: float

    @classmethod
    def from_vectors(
        cls, vectors: csr_matrix, shown: NDArray[np.bool_], neighbours: int, *, own: float, candidates: int
    ) -> UserNeighbours:
        """Candidates are at most so many of the users with a vector, at even distances in order of code."""
        length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
        unit = (diags(1 / np.where(length > 0, length, 1)) @ vectors).tocsr().astype(np.float32)
        known = np.flatnonzero(length > 0)
        count = min(candidates, len(known)) if neighbours else 0
        chosen = known[np.arange(count) * len(known) // max(1, count)]
        return cls(vectors, unit, chosen, shown, min(neighbours, count), own)

    @property
    def costs(self) -> NDArray[np.int64]:
        """A similarity to each candidate, and the items of the user's own."""
        sizes = np.diff(self.vectors.indptr)
        return np.where(sizes > 0, sizes + len(self.candidates), 1)

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The items of the highest sums, then by item."""
        own = self.vectors[start:stop]
        if self.neighbours:
            near = self._find_neighbours(start, stop)
            sums = self.own * own + (1 - self.own) * (near @ self.vectors[self.candidates])
        else:
            sums = own
        return Proposals(rank_rows(sums.tocsr(), self.shown, hidden, k))

    def _find_neighbours(self, start: int, stop: int) -> csr_matrix:
        """CSR, users of the block × candidates: 1 / neighbours for each of the nearest, by cosine, then code.

        Nobody is their own neighbour, and nobody is one who has no item in common.
        """
        similar = (self.unit[start:stop] @ self.unit[self.candidates].T).toarray()
        mine = np.searchsorted(self.candidates, np.arange(start, stop))
        mine = np.minimum(mine, len(self.candidates) - 1)
        own = np.flatnonzero(self.candidates[mine] == np.arange(start, stop))
        similar[own, mine[own]] = 0
        width = similar.shape[1]
        least = np.partition(similar, width - self.neighbours, axis=1)[:, width - self.neighbours, None]
        above = similar > least
        tied = (similar == least) & (least > 0)
        left = self.neighbours - above.sum(axis=1, keepdims=True)
        chosen = above | (tied & (np.cumsum(tied, axis=1) <= left))
        return csr_matrix(chosen.astype(np.float64) / self.neighbours)


def rank_rows(scores: csr_matrix, shown: NDArray[np.bool_], hidden: RankedLists, k: int) -> RankedLists:
    """The k items of each row with the highest scores above 0, then by item, of those that may be shown.

    hidden: by row, what may not.
    """
    owners = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    items, values = scores.indices, scores.data
    lists = take_block(hidden, 0, scores.shape[0])
    keys = np.repeat(np.arange(scores.shape[0]), lists.sizes) * scores.shape[1] + lists.items
    kept = shown[items] & (values > 0) & ~np.isin(owners * scores.shape[1] + items, keys)
    owners, items, values = owners[kept], items[kept], values[kept]
    order = np.lexsort((items, -values, owners))
    owners, items, values = owners[order], items[order], values[order]
    starts = np.searchsorted(owners, np.arange(scores.shape[0] + 1))
    rows = np.flatnonzero(np.arange(len(owners)) - starts[owners] < k)
    sizes = np.minimum(np.diff(starts), k)
    indptr = np.append(0, np.cumsum(sizes))
    return RankedLists(indptr, items[rows].astype(np.int32), values[rows].astype(np.float32))
