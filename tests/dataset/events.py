"""Datasets for tests: random events of several types, and the same from a table of purchases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import ORDER_ID, PRICE, PRODUCTS
from include.dataset.dataset import Dataset
from include.dataset.events import Events, code_orders, list_events
from include.dataset.interactions import Interactions
from include.dataset.lines import WindowPart, code_lines


def make_dataset(
    tables: Mapping[str, pa.Table], weights: Mapping[str, float], products: pa.Table | None = None
) -> Dataset:
    """Of tables of `columns.PURCHASES` by event type, each of one day, that are netted where they need be."""
    lines = {
        name: code_lines([WindowPart(len(table), partial(keep, table))], name)
        for name, table in tables.items()
    }
    counts = [
        (weights[name], Interactions.from_lines(lines[name])) for name in sorted(tables) if weights[name] > 0
    ]
    pairs = Interactions.add_up(counts)
    events = {}
    for name, table in tables.items():
        price = pc.fill_null(table[PRICE], np.nan).to_numpy()
        columns = list_events(
            lines[name], code_orders([table[ORDER_ID]]), price, pairs.user_ids, pairs.item_ids
        )
        events[name] = Events.from_columns(weights[name], columns)
    catalogue = PRODUCTS.empty_table() if products is None else products
    return Dataset.from_events(pairs.user_ids, pairs.item_ids, events, lambda: catalogue)


def keep(table: pa.Table) -> pa.Table:
    return table


def make_simple_dataset(purchases: pa.Table, products: pa.Table | None = None) -> Dataset:
    """Of purchases alone, with the weight 1."""
    return make_dataset({"purchase": purchases}, {"purchase": 1.0}, products)
