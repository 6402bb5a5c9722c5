"""The sum of a user's own vector of items and of the nearest users' vectors, as a list of items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, vstack

from include.candidates.base import Proposals
from include.kernels import RankedLists, rank_sums, take_block


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """vectors: by user, the items that may be proposed and their values, all positive, as lists in no order.

    directions: by user, all items and their values such that the length is 1. candidates (m,): the users
    among whom neighbours are looked for, ascending. owners: by item, the candidates that have it, as indices
    of `candidates`, with their values in `directions`. neighbours: how many of the nearest users count, each
    alike. own: the share of the user's own vector. items: how many there are.
    """

    vectors: RankedLists
    directions: RankedLists
    candidates: NDArray[np.int64]
    owners: RankedLists
    neighbours: int
    own: float
    items: int

    @classmethod
    def from_vectors(
        cls,
        vectors: csr_matrix,
        shown: NDArray[np.bool_],
        neighbours: int,
        *,
        own: float,
        candidates: int,
        factor: NDArray[np.float64],
    ) -> UserNeighbours:
        """vectors: CSR, users × items, all values positive. shown: (items,) whether an item may be proposed.
        factor: (items,) by what a value is multiplied where it counts for its own user, above 0.

        Candidates are at most so many of the users with a vector, at even distances in order of code.
        """
        neighbours, own = (neighbours, own) if neighbours and own < 1 else (0, 1.0)
        length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
        unit = (diags(1 / np.where(length > 0, length, 1)) @ vectors).tocsr()
        known = np.flatnonzero(length > 0)
        count = min(candidates, len(known)) if neighbours else 0
        chosen = known[np.arange(count) * len(known) // max(1, count)]
        proposed = vstack([vectors @ diags(factor * shown), vectors[chosen] @ diags(shown * 1.0)]).tocsr()
        proposed.eliminate_zeros()
        return cls(
            _as_lists(proposed),
            _as_lists(unit),
            chosen,
            _as_lists(unit[chosen].T.tocsr()),
            min(neighbours, count),
            own,
            vectors.shape[1],
        )

    @property
    def costs(self) -> NDArray[np.int64]:
        """The items of the user's own, and the neighbours: what a block keeps while it is at work."""
        return self.directions.sizes + self.neighbours

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The items of the highest sums, then by item."""
        near = self._find_neighbours(start, stop)
        users = stop - start
        # Each user and, after it, the neighbours, as the lists whose weighted sum is looked for.
        alone = np.arange(start, stop) if self.own else np.empty(0, np.int64)
        owners = np.concatenate([np.arange(len(alone)), np.repeat(np.arange(users), near.sizes)])
        order = np.argsort(owners, kind="stable")
        members = np.concatenate([alone, len(self.directions.indptr) - 1 + near.items])[order].astype(
            np.int32
        )
        share = (1 - self.own) / max(1, self.neighbours)
        weights = np.concatenate([np.full(len(alone), self.own), np.full(len(near.items), share)])[order]
        indptr = np.append(0, np.cumsum(np.bincount(owners, minlength=users)))
        seeds = RankedLists(indptr, members, weights.astype(np.float32))
        return Proposals(rank_sums(seeds, self.vectors, hidden, k, self.items, reasons=False)[0])

    def _find_neighbours(self, start: int, stop: int) -> RankedLists:
        """The nearest candidates of each user of the block, by cosine, then code.

        Nobody is their own neighbour, and nobody is one who has no item in common.
        """
        users = stop - start
        if not self.neighbours:
            nothing = np.zeros(users + 1, np.int64)
            return RankedLists(nothing, np.empty(0, np.int32), np.empty(0, np.float32))
        mine = np.searchsorted(self.candidates, np.arange(start, stop + 1))
        themselves = np.arange(mine[0], mine[-1], dtype=np.int32)
        hidden = RankedLists(mine - mine[0], themselves, np.ones(len(themselves), np.float32))
        history, most = take_block(self.directions, start, stop), len(self.candidates)
        return rank_sums(history, self.owners, hidden, self.neighbours, most, reasons=False)[0]


def _as_lists(matrix: csr_matrix) -> RankedLists:
    indptr, items = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    return RankedLists(indptr, items, matrix.data.astype(np.float32))
