"""The sum of a user's own vector of items and of the nearest users' vectors, as a list of items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from include.candidates.base import Proposals
from include.kernels import RankedLists, rank_sums, take_block


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """vectors: by user, the items that may be shown with the values of the user's vector. unit: by user, all
    items of the vector with its values at length 1.

    candidates (m,): the users among whom neighbours are looked for, ascending. buyers: by item, the
    candidates (their place among them) who have it, with their values at length 1. neighbours: how many of
    the nearest users count, each alike. own: the share of the user's own vector.
    """

    vectors: RankedLists
    unit: RankedLists
    candidates: NDArray[np.int32]
    buyers: RankedLists
    neighbours: int
    own: float

    @classmethod
    def from_vectors(
        cls, vectors: csr_matrix, shown: NDArray[np.bool_], neighbours: int, *, own: float, candidates: int
    ) -> UserNeighbours:
        """vectors: CSR, users × items, all values positive; shown: (items,) whether an item may be proposed.

        Candidates are at most so many of the users with a vector, at even distances in order of code.
        """
        length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
        unit = (diags(1 / np.where(length > 0, length, 1)) @ vectors).tocsr()
        known = np.flatnonzero(length > 0)
        count = min(candidates, len(known)) if neighbours else 0
        chosen = known[np.arange(count) * len(known) // max(1, count)]
        allowed = vectors @ diags(shown.astype(np.float64))
        allowed.eliminate_zeros()
        return cls(
            _list_rows(allowed.tocsr()),
            _list_rows(unit),
            chosen.astype(np.int32),
            _list_rows(unit[chosen].T.tocsr()),
            min(neighbours, count),
            own,
        )

    @cached_property
    def costs(self) -> NDArray[np.int64]:
        """How many candidates have an item of the user's, each as often as they share one."""
        rows = np.append(0, np.cumsum(self.buyers.sizes[self.unit.items]))
        return 1 + self.unit.sizes + np.diff(rows[self.unit.indptr])

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The items of the highest sums, then by item."""
        users = np.arange(start, stop, dtype=np.int32)
        near = self._find_neighbours(start, stop)
        share = (1 - self.own) / max(1, self.neighbours)
        own = np.full(len(users), self.own if self.neighbours else 1.0)
        # The user's own vector is the first seed, and those of the neighbours are the others.
        starts = near.indptr[:-1]
        seeds = RankedLists(
            near.indptr + np.arange(len(users) + 1),
            np.insert(self.candidates[near.items], starts, users),
            np.insert(np.full(len(near.items), share), starts, own).astype(np.float32),
        )
        return Proposals(rank_sums(seeds, self.vectors, hidden, k, len(self.buyers.sizes))[0])

    def _find_neighbours(self, start: int, stop: int) -> RankedLists:
        """The nearest candidates of each user of the block, by cosine, then code; nobody is their own."""
        if not self.neighbours:
            empty = np.empty(0, np.int32)
            return RankedLists(np.zeros(stop - start + 1, np.int64), empty, empty.astype(np.float32))
        places = np.searchsorted(self.candidates, np.arange(start, stop + 1))
        own = np.arange(places[0], places[-1], dtype=np.int32)
        themselves = RankedLists(places - places[0], own, np.ones(len(own), np.float32))
        unit, count = take_block(self.unit, start, stop), len(self.candidates)
        return rank_sums(unit, self.buyers, themselves, self.neighbours, count)[0]


def _list_rows(matrix: csr_matrix) -> RankedLists:
    """The rows as lists, in order of column."""
    matrix.sort_indices()
    values = matrix.data.astype(np.float32)
    return RankedLists(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), values)
