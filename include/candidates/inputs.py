"""What every candidate source is given of a window beside its own table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.candidates.known import Known
from include.candidates.lists import group_rows
from include.columns import ITEM_ID, PRODUCTS, RANK, RECENT_ITEMS, USER_ID
from include.dataset.events import PURCHASE, find_codes
from include.dataset.id_codes import find_ids
from include.dataset.schemas import conform_table
from include.kernels import RankedLists

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset

Absent = Literal["available", "unavailable"]

# Whoever the window does not know.
NOBODY: Final = ""


@dataclass(frozen=True, eq=False)
class Inputs:
    """user_ids: (users,) and item_ids: (items,), by code. purchased: CSR, users × items; a nonzero means that
    the user bought the item in the window. recent: what each user bought last, newest first.

    In production the first user is '', whoever the window does not know, and has no history; the other users
    and the items are those of `known.Known`, whose first items are the dataset's by their codes there.

    shown: (items,) whether an item may be shown to those who have not bought it. min_co_buyers: neighbours
    that fewer users bought with an item are no evidence. max_history: models learnt from the newest so many
    items of a user, or from all. Where `exclude_purchased`, nobody is shown what they bought.
    products: `columns.PRODUCTS`, the newest catalogue. recent_items: `columns.RECENT_ITEMS`.
    read_dataset: returns the window without a cap; asked when a source first wants it.
    """

    user_ids: pa.StringArray
    item_ids: pa.StringArray
    purchased: csr_matrix
    recent: RankedLists
    shown: NDArray[np.bool_]
    min_co_buyers: int = 1
    max_history: int | None = None
    exclude_purchased: bool = True
    products: pa.Table = field(default_factory=PRODUCTS.empty_table, repr=False)
    recent_items: pa.Table = field(default_factory=RECENT_ITEMS.empty_table, repr=False)
    window_items: int | None = None
    read_dataset: Callable[[], Dataset] | None = field(default=None, repr=False)

    @classmethod
    def from_window(
        cls,
        known: Known,
        recent_items: pa.Table,
        products: pa.Table,
        absent_items: Absent,
        read_dataset: Callable[[], Dataset],
        *,
        window_items: int,
        min_co_buyers: int,
        max_history: int | None,
        exclude_purchased: bool,
    ) -> Inputs:
        """From the users and items that are known, `columns.RECENT_ITEMS`, and the newest catalogue.

        window_items: how many of the items are the dataset's.
        """
        known = _add_nobody(known)
        return cls(
            known.user_ids,
            known.item_ids,
            known.purchased,  # also where views or carts weigh something, which no list leaves out
            group_recent(recent_items, known.user_ids, known.item_ids),
            find_available(known.item_ids, products, absent_items),
            min_co_buyers,
            max_history,
            exclude_purchased,
            products,
            recent_items,
            window_items,
            read_dataset,
        )

    @cached_property
    def dataset(self) -> Dataset:
        """The window without a cap, whose item codes are those of `item_ids`."""
        if self.read_dataset is None:
            raise ValueError("These inputs were made without a dataset.")
        return self.read_dataset()

    @cached_property
    def dataset_users(self) -> NDArray[np.int32]:
        """The code in `user_ids` of each user (dataset's users,) of the dataset."""
        return find_codes(self.dataset.user_ids, self.user_ids)

    @property
    def known_items(self) -> int:
        """How many items models may know: those of the window."""
        return len(self.item_ids) if self.window_items is None else self.window_items

    @property
    def history_sizes(self) -> NDArray[np.int64]:
        """How many items (users,) the models know of each user."""
        sizes = np.diff(self.purchased.indptr)
        return sizes if self.max_history is None else np.minimum(sizes, self.max_history)

    def count_buyers(self) -> int:
        """How many users bought something in the window."""
        return int(np.count_nonzero(np.diff(self.purchased.indptr)))

    def list_hidden(self) -> RankedLists:
        """What may not be shown to each user."""
        pairs = self.purchased
        indptr = pairs.indptr if self.exclude_purchased else np.zeros_like(pairs.indptr)
        return RankedLists(indptr, pairs.indices, pairs.data)


def _add_nobody(known: Known) -> Known:
    """With the user '' before all others, who bought nothing."""
    bought = known.purchased
    indptr = np.append(bought.indptr[:1], bought.indptr)
    purchased = csr_matrix((bought.data, bought.indices, indptr), shape=(len(indptr) - 1, bought.shape[1]))
    purchased.has_canonical_format = True
    return Known(pa.concat_arrays([pa.array([NOBODY]), known.user_ids]), known.item_ids, purchased)


def group_recent(recent_items: pa.Table, user_ids: pa.StringArray, item_ids: pa.StringArray) -> RankedLists:
    """What each user bought, newest first, from `columns.RECENT_ITEMS`; the scores are all 1."""
    rows = conform_table(recent_items, RECENT_ITEMS, "recent items", encoded=(USER_ID, ITEM_ID))
    rows = rows.filter(pc.equal(rows["event_type"], PURCHASE))
    owners = find_ids(rows[USER_ID], user_ids, "recent items")
    items = find_ids(rows[ITEM_ID], item_ids, "recent items")
    scores = np.ones(len(items), np.float32)
    return group_rows(owners, len(user_ids), items, scores, rows[RANK].to_numpy())


def find_available(item_ids: pa.StringArray, products: pa.Table, absent_items: Absent) -> NDArray[np.bool_]:
    """Which items (items,) can be bought again; the views `…_available` state the same.

    Those that the catalogue calls available or says nothing of; of those that it does not name,
    `absent_items` says what they are.
    """
    known = products[ITEM_ID].cast(pa.string())
    shown = pc.is_in(item_ids, value_set=known.filter(pc.fill_null(products["is_available"], True)))
    if absent_items == "available":
        shown = pc.or_(shown, pc.invert(pc.is_in(item_ids, value_set=known)))
    return shown.to_numpy(zero_copy_only=False)
