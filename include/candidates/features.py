"""What a re-rank step may look at: the catalogue and the window, by item and by user."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from threading import RLock
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.candidates.ages import age_items, age_purchases
from include.candidates.inputs import Inputs
from include.candidates.lists import list_owners, match_keys
from include.columns import ITEM_ID
from include.dataset.catalogue import align_products
from include.kernels import RankedLists

Found = TypeVar("Found")


class Labels(NamedTuple):
    """codes: (items,) of the category or brand of each item, its index in names; -1 where it has none."""

    codes: NDArray[np.int32]
    names: list[str]


@dataclass(frozen=True, eq=False)
class Features:
    """An item's code is its index in each column of items, and in those of `purchased`.

    item_ids: (items,). catalogue: `columns.PRODUCTS` with a row for each item, of nulls where the newest
    catalogue does not name it. in_catalogue: (items,) whether it does. buyers: (items,) different users who
    bought the item in the window. purchased: CSR, a row for each list of the block at hand, in their order;
    a nonzero means that the user bought the item in the window.

    may_add: (items,) what a step may bring into a list: nothing that is sold out or blocked. k: how many
    items of a list are published. as_of: the window's last day; None where the data have no days. inputs: of
    the window. first: the code of the block's first user. whole: the features of all users.
    """

    item_ids: pa.StringArray
    catalogue: pa.Table
    in_catalogue: NDArray[np.bool_]
    buyers: NDArray[np.int64]
    purchased: csr_matrix
    may_add: NDArray[np.bool_]
    k: int = 0
    as_of: date | None = None
    inputs: Inputs | None = field(default=None, repr=False)
    first: int = 0
    whole: Features | None = field(default=None, repr=False)
    _memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)
    _lock: Any = field(default_factory=RLock, init=False, repr=False)

    @classmethod
    def from_inputs(cls, inputs: Inputs, as_of: date | None = None) -> Features:
        made = cls.from_tables(inputs.item_ids, inputs.purchased, inputs.products)
        return replace(made, may_add=inputs.shown, as_of=as_of, inputs=inputs)

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
            np.ones(len(item_ids), np.bool_),
        )

    def select_users(self, start: int, stop: int) -> Features:
        """Those of the block [start, stop)."""
        whole, first = self.whole or self, self.first + start
        return replace(self, purchased=self.purchased[start:stop], first=first, whole=whole)

    def remember(self, key: Hashable, make: Callable[[Features], Found]) -> Found:
        """What `make` finds in the features of all users, once for all blocks."""
        whole = self.whole or self
        with whole._lock:
            if key not in whole._memo:
                whole._memo[key] = make(whole)
            found: Found = whole._memo[key]
        return found

    @cached_property
    def is_available(self) -> NDArray[np.int8]:
        """(items,) 1 where the newest catalogue says so, 0 where it says the contrary, -1 where nothing."""
        return self.remember("is_available", _read_availability)

    @cached_property
    def prices(self) -> NDArray[np.float64]:
        """(items,) of one unit by the newest catalogue; NaN where it has none."""
        return self.remember("prices", lambda all_: pc.fill_null(all_.catalogue["price"], np.nan).to_numpy())

    def label(self, column: str) -> Labels:
        """The category or the brand of each item, by the newest catalogue."""
        return self.remember(("label", column), lambda all_: _encode(all_.catalogue[column]))

    @cached_property
    def purchase_ages(self) -> NDArray[np.int64]:
        """(nonzeros of `purchased`,) days since the last purchase, as `ages.age_purchases` counts them."""
        ages = self.remember("purchase_ages", lambda all_: age_purchases(all_.get_inputs()))
        begin = 0 if self.whole is None else int(self.whole.purchased.indptr[self.first])
        return ages[begin : begin + self.purchased.nnz]

    @cached_property
    def item_ages(self) -> NDArray[np.int64]:
        """(items,) days since the first event, as `ages.age_items` counts them."""
        return self.remember("item_ages", lambda all_: age_items(all_.get_inputs()))

    def get_inputs(self) -> Inputs:
        if self.inputs is None:
            raise ValueError("These features were made without a window.")
        return self.inputs

    def find_purchases(self, owners: NDArray[np.int64], items: NDArray[np.int32]) -> NDArray[np.int64]:
        """The nonzero of `purchased` (n,) that says that the user of the list bought the item; -1 without."""
        size = len(self.item_ids)
        users = list_owners(RankedLists(self.purchased.indptr, self.purchased.indices, self.purchased.data))
        return match_keys(owners * size + items, users * size + self.purchased.indices)

    def find_allowed(self, owners: NDArray[np.int64], items: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether a step may bring the item (n,) into the list of the owner."""
        allowed = self.may_add[items]
        if self.inputs is None or self.inputs.exclude_purchased:
            allowed = allowed & (self.find_purchases(owners, items) < 0)
        return allowed


def _read_availability(features: Features) -> NDArray[np.int8]:
    return pc.fill_null(features.catalogue["is_available"].cast(pa.int8()), -1).to_numpy()


def _encode(column: pa.ChunkedArray) -> Labels:
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return Labels(pc.fill_null(coded.indices, -1).to_numpy().astype(np.int32), coded.dictionary.to_pylist())
