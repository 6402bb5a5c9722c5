"""The users and items that lists are made of: the window's, and those that only its neighbours know."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

from include.columns import ITEM_ID, USER_ID
from include.dataset.dataset import Dataset
from include.dataset.events import find_codes


class Known(NamedTuple):
    """user_ids (users,): those of the dataset, and who did anything else in the window, sorted by code point.

    item_ids (items,): those of the dataset by their codes there; after them, sorted, what the catalogue calls
    available or says nothing of, and what users looked at, though nobody bought it in the window. purchased:
    CSR of that shape; a nonzero means that the user bought the item in the window.
    """

    user_ids: pa.StringArray
    item_ids: pa.StringArray
    purchased: csr_matrix


def list_known(dataset: Dataset, recent_items: pa.Table, products: pa.Table) -> Known:
    """From the window without a cap, `columns.RECENT_ITEMS`, and the newest catalogue."""
    user_ids, item_ids = list_ids(dataset.user_ids, dataset.item_ids, recent_items, products)
    bought = dataset.purchased()
    sizes = np.zeros(len(user_ids), bought.indptr.dtype)
    sizes[find_codes(dataset.user_ids, user_ids)] = np.diff(bought.indptr)
    indptr = np.append(0, np.cumsum(sizes)).astype(bought.indptr.dtype)
    purchased = csr_matrix((bought.data, bought.indices, indptr), shape=(len(user_ids), len(item_ids)))
    purchased.has_canonical_format = True
    return Known(user_ids, item_ids, purchased)


def list_ids(
    user_ids: pa.StringArray, item_ids: pa.StringArray, recent_items: pa.Table, products: pa.Table
) -> tuple[pa.StringArray, pa.StringArray]:
    """`Known.user_ids` and `Known.item_ids`, from the ids of the dataset's users and items."""
    users = _add_ids(user_ids, recent_items[USER_ID])
    on_sale = products[ITEM_ID].filter(pc.fill_null(products["is_available"], True))
    seen = pa.chunked_array([_take_text(on_sale), _take_text(recent_items[ITEM_ID])])
    return users.take(pc.sort_indices(users)), _add_ids(item_ids, seen)


def _add_ids(ids: pa.StringArray, others: pa.ChunkedArray) -> pa.StringArray:
    """The ids, and after them, sorted, each of the others that is not there."""
    found = pc.unique(_take_text(others))
    added = found.filter(pa.array(find_codes(found, ids) < 0))
    return pa.concat_arrays([ids, added.take(pc.sort_indices(added))]) if len(added) else ids


def _take_text(column: pa.ChunkedArray) -> pa.StringArray:
    return column.cast(pa.string()).combine_chunks()
