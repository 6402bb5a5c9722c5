"""What a re-rank step may look at: the catalogue and the window, by item and by user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.candidates.inputs import Inputs
from include.columns import ITEM_ID
from include.dataset.catalogue import align_products


@dataclass(frozen=True, eq=False)
class Features:
    """An item's code is its index in each column of items, and in those of `purchased`.

    item_ids: (items,). catalogue: `columns.PRODUCTS` with a row for each item, of nulls where the newest
    catalogue does not name it. in_catalogue: (items,) whether it does. buyers: (items,) different users who
    bought the item in the window. purchased: CSR, a row for each list of the block at hand, in their order;
    a nonzero means that the user bought the item in the window.
    """

    item_ids: pa.StringArray
    catalogue: pa.Table
    in_catalogue: NDArray[np.bool_]
    buyers: NDArray[np.int64]
    purchased: csr_matrix

    @classmethod
    def from_inputs(cls, inputs: Inputs) -> Features:
        return cls.from_tables(inputs.item_ids, inputs.purchased, inputs.products)

    @classmethod
    def from_tables(cls, item_ids: pa.StringArray, purchased: csr_matrix, products: pa.Table) -> Features:
        """`products` is the newest catalogue, which may be empty."""
        named = pc.is_in(item_ids, value_set=products[ITEM_ID].cast(pa.string()))
        return cls(
            item_ids,
            align_products(item_ids, products),
            named.to_numpy(zero_copy_only=False),
            np.bincount(purchased.indices, minlength=len(item_ids)),
            purchased,
        )

    def select_users(self, start: int, stop: int) -> Features:
        """Those of the block [start, stop)."""
        return replace(self, purchased=self.purchased[start:stop])

    @cached_property
    def is_available(self) -> NDArray[np.int8]:
        """(items,) 1 where the newest catalogue says so, 0 where it says the contrary, -1 where nothing."""
        return pc.fill_null(self.catalogue["is_available"].cast(pa.int8()), -1).to_numpy()

    @cached_property
    def prices(self) -> NDArray[np.float64]:
        """(items,) of one unit by the newest catalogue; NaN where it has none."""
        return pc.fill_null(self.catalogue["price"], np.nan).to_numpy()
