"""What the catalogue says of a window's items."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import CATALOGUE, FIRST_SEEN, ITEM_ID, PRODUCTS
from include.dataset.events import Events
from include.dataset.schemas import conform_table


def align_products(item_ids: pa.StringArray, products: pa.Table) -> pa.Table:
    """`columns.PRODUCTS`, a row for each item (items,) in their order; of nulls where it is not named.

    `products` are `columns.PRODUCTS`, which may be empty. Raises ValueError where they hold an item twice.
    """
    known = conform_table(products, PRODUCTS, "products")
    if pc.count_distinct(known[ITEM_ID]).as_py() < known.num_rows:
        raise ValueError("The products hold an item twice; there is one row for each item.")
    return known.take(pc.index_in(item_ids, value_set=known[ITEM_ID].combine_chunks()))


def align_catalogue(item_ids: pa.StringArray, products: pa.Table, first_seen: NDArray[np.int64]) -> pa.Table:
    """`columns.CATALOGUE` of `align_products`, with the ids of all items.

    `first_seen` (items,) are microseconds since 1970 in UTC.
    """
    aligned = align_products(item_ids, products)
    seen = pa.array(first_seen).cast(CATALOGUE.field(FIRST_SEEN).type)
    columns = [item_ids if name == ITEM_ID else aligned[name] for name in PRODUCTS.names]
    return pa.table([*columns, seen], schema=CATALOGUE)


def find_first_seen(events: Iterable[Events], items: int) -> NDArray[np.int64]:
    """The timestamp (items,) of each item's first event; every item must have one."""
    first = np.full(items, np.iinfo(np.int64).max)
    for some in events:
        columns = some.read(("items", "timestamps"))
        np.minimum.at(first, columns["items"], columns["timestamps"])
    return first
