"""What production knows on an as-of date: all that a contender may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.candidates.known import Known, list_known
from include.columns import BEST_SELLERS, PRODUCTS, RECENT_ITEMS
from include.dataset.dataset import Dataset
from include.dataset.events import find_codes


@dataclass(frozen=True, eq=False)
class Window:
    """The days before a split, as the daily job reads them.

    dataset: the window's events, without a cap. recent: `columns.RECENT_ITEMS`. best_sellers:
    `columns.BEST_SELLERS`. products: `columns.PRODUCTS`, the newest catalogue on `last`, that of
    `catalogue_day` (None where none was delivered). absent_items: what an item is that it does not name.
    first, last: the window's days, both included; None where the data have no times.
    past: `fitting.Past`, the days before, for what learns from them; None where there are none.
    memo: what contenders have trained on this window, so that two of them do not train the same.
    """

    dataset: Dataset
    recent: pa.Table = field(default_factory=RECENT_ITEMS.empty_table)
    best_sellers: pa.Table = field(default_factory=BEST_SELLERS.empty_table)
    products: pa.Table = field(default_factory=PRODUCTS.empty_table)
    absent_items: Literal["available", "unavailable"] = "available"
    first: date | None = None
    last: date | None = None
    catalogue_day: date | None = None
    past: Any = field(default=None, repr=False)
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def known(self) -> Known:
        """The users and items that there may be lists of: those of the dataset, and others by `list_known`.

        The dataset's items have the same codes here.
        """
        return list_known(self.dataset, self.recent, self.products)

    @property
    def user_ids(self) -> pa.StringArray:
        return self.known.user_ids

    @property
    def item_ids(self) -> pa.StringArray:
        return self.known.item_ids

    @property
    def purchased(self) -> csr_matrix:
        """CSR, users × items that are known; a nonzero is how often the user bought the item."""
        return self.known.purchased

    @cached_property
    def user_codes(self) -> NDArray[np.int32]:
        """The code here of each user (dataset's users,) of the dataset."""
        return find_codes(self.dataset.user_ids, self.user_ids)

    @cached_property
    def buyers(self) -> NDArray[np.int64]:
        """How many users bought each item (items,)."""
        purchased = self.purchased
        return np.bincount(purchased.indices, minlength=purchased.shape[1]).astype(np.int64)
