"""What most people bought, in the whole mall and by category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import BEST_SELLERS, PRICE, PURCHASES, QUANTITY
from include.dataset.catalogue import align_products
from include.dataset.grouping import mark_starts, number_rows, split_keys
from include.dataset.id_codes import encode_ids, take_ids
from include.dataset.interactions import Interactions
from include.dataset.lines import CodedLines, WindowPart, code_lines
from include.dataset.schemas import conform_table
from include.kernels import sum_by_item
from include.models.base import RankedTable


def rank_best_sellers(net_purchases: pa.Table, products: pa.Table, k: int) -> RankedTable:
    """The k best sellers of the whole mall (category '') and of each category of the catalogue.

    buyers: distinct users; purchases: lines that stand; revenue: the sum of quantity × price in the
    advertiser's currency, to which a line without a price adds nothing. Order: buyers, then purchases, both
    from the most, then item id. An item that the catalogue lacks, or that has no category there, counts for
    the whole mall alone; a category in which nothing was bought has no rows.

    Takes `columns.PURCHASES` after netting and `columns.PRODUCTS`, which may be empty. Raises ValueError when
    the catalogue holds an item twice.
    """
    table = conform_table(net_purchases, PURCHASES, "net purchases")
    lines = code_lines([WindowPart(len(table), lambda: table)], "net purchases")
    paid = pc.fill_null(pc.multiply(table[QUANTITY], table[PRICE]), 0.0).to_numpy()
    lines = replace(lines, quantity=np.ones(len(paid)))
    return rank_sold_items(Interactions.from_lines(lines), sum_paid(lines, paid), products, k)


def sum_paid(lines: CodedLines, paid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of `paid` (lines,) over the lines that stand, for each item that has such a line, by code."""
    items, rows = split_keys(lines.keys)
    stands = lines.quantity[rows] > 0
    return sum_by_item(items[stands], paid[rows[stands]])


def rank_sold_items(
    interactions: Interactions, revenue: NDArray[np.float64], products: pa.Table, k: int
) -> RankedTable:
    """`rank_best_sellers` of what is in interactions already; `revenue` (items,) from `sum_paid`."""
    item_ids = interactions.item_ids
    indices = interactions.user_items.indices
    buyers = np.bincount(indices, minlength=len(item_ids))
    purchases = np.bincount(indices, interactions.user_items.data, len(item_ids)).astype(np.int64)

    category_of, categories = _find_categories(item_ids, products)
    # The whole mall is one more category, '', which sorts before every other.
    everything = np.arange(len(item_ids))
    placed = np.flatnonzero(category_of >= 0)
    item = np.concatenate([everything, placed])
    category = np.concatenate([np.zeros(len(everything), np.int64), category_of[placed] + 1])

    order = np.lexsort((item, -purchases[item], -buyers[item], category))
    rank = number_rows(mark_starts(category[order])) + 1
    kept, rank = order[rank <= k], rank[rank <= k]
    names = pa.concat_arrays([pa.array([""]), categories])
    columns = [
        take_ids(names, category[kept]),
        pa.array(rank, pa.int32()),
        take_ids(item_ids, item[kept]),
        pa.array(buyers[item[kept]], pa.int32()),
        pa.array(purchases[item[kept]], pa.int32()),
        pa.array(revenue[item[kept]]),
    ]
    return RankedTable("best_sellers", "", pa.table(columns, schema=BEST_SELLERS))


def _find_categories(
    item_ids: pa.StringArray, products: pa.Table
) -> tuple[NDArray[np.int64], pa.StringArray]:
    """The category code (items,) of each item, -1 where it has none, and the categories by code."""
    category = align_products(item_ids, products)["category"]
    named = pc.fill_null(pc.not_equal(category, ""), False)
    codes = np.full(len(item_ids), -1)
    codes[named.to_numpy()], categories = encode_ids(category.filter(named))
    return codes, categories
