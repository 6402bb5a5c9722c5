"""What models are given: the events of a window, coded, and the catalogue of their items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from include.dataset.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Dataset:
    """One window.

    user_ids: (users,) and item_ids: (items,), text, sorted by code point; a code is a place in them. Every
    user and every item has an event of a positive weight.
    """

    interactions: Interactions
    everything: csr_matrix | None = None

    @property
    def user_ids(self) -> pa.StringArray:
        return self.interactions.user_ids

    @property
    def item_ids(self) -> pa.StringArray:
        return self.interactions.item_ids

    def matrix(self) -> csr_matrix:
        """CSR, users × items, float32, sorted indices, capped to each user's newest `max_history` items.

        A nonzero means that the user had an event with the item, and its value is the sum of their weights:
        by default how many purchase lines of it still stand.
        """
        return self.interactions.user_items

    def purchased(self) -> csr_matrix:
        """CSR of the shape of `matrix()`: its nonzeros are all that the users bought, beyond the cap too."""
        return self.matrix() if self.everything is None else self.everything

    def binary(self) -> csr_matrix:
        """`matrix()` with 1 (int32) for each nonzero."""
        matrix = self.matrix()
        ones = np.ones(matrix.nnz, np.int32)
        return csr_matrix((ones, matrix.indices, matrix.indptr), shape=matrix.shape)
