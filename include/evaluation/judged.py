"""What a metric is given: the lists of some users, and what these users then bought."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from include.kernels import RankedLists


@dataclass(frozen=True, eq=False)
class Judged:
    """The lists of n users, cut to k, beside what is relevant to them.

    items (n, k): int32 item codes, best first, -1 where a list is shorter than k. hits (n, k): bool, whether
    the item is relevant to the user; False beside -1. relevant: an own list for each user of the different
    items that are relevant, at least one; a code of `len(buyers)` or more is an item that the window did not
    have, which no list can hold. buyers (items,): how many users bought each item in the window, of `users`.
    categories (items,): int32 code of the item's category, -1 where it has none; None without a catalogue.
    """

    items: NDArray[np.int32]
    hits: NDArray[np.bool_]
    relevant: RankedLists
    buyers: NDArray[np.int64]
    users: int
    categories: NDArray[np.int32] | None = None

    @property
    def k(self) -> int:
        return self.items.shape[1]

    def select(self, chosen: NDArray[np.bool_]) -> Judged:
        """The lists of those users (n,) alone."""
        sizes = self.relevant.sizes
        kept = np.repeat(chosen, sizes)
        relevant = RankedLists(
            np.append(0, np.cumsum(sizes[chosen])), self.relevant.items[kept], self.relevant.scores[kept]
        )
        return replace(self, items=self.items[chosen], hits=self.hits[chosen], relevant=relevant)
