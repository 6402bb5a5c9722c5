"""Small windows and splits for tests, from purchases as tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from include.columns import PRODUCTS
from include.dataset.dataset import Dataset
from include.dataset.events import PURCHASE, Events
from include.dataset.interactions import Interactions
from include.evaluation.splits import Split
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.best_sellers import rank_sold_items
from include.models.recent_items import rank_recent_events

SPLIT_DATE = date(2026, 3, 10)
STARTS_AT = datetime(2026, 3, 10, tzinfo=UTC)
_MIDNIGHT = int(STARTS_AT.timestamp()) * 1_000_000
DAY = 86_400_000_000

Purchase = tuple[str, str, float]  # who, what, so many days after the split (before it: negative)


def make_products(categories: Mapping[str, str | None]) -> pa.Table:
    rows = [{"item_id": item, "category": category} for item, category in sorted(categories.items())]
    return pa.Table.from_pylist(rows, PRODUCTS) if rows else PRODUCTS.empty_table()


def make_window(
    purchases: Iterable[Purchase], categories: Mapping[str, str | None] | None = None, **more: Any
) -> Window:
    """The window of 30 days that ends before the split, of purchases and a catalogue of its last day."""
    rows = sorted(purchases, key=lambda row: (row[0], row[2], row[1]))
    user_ids = sorted({user for user, *_ in rows})
    item_ids = sorted({item for _, item, _ in rows})
    columns = {
        "users": np.array([user_ids.index(user) for user, *_ in rows], np.int32),
        "items": np.array([item_ids.index(item) for _, item, _ in rows], np.int32),
        "timestamps": np.array([_MIDNIGHT + round(day * DAY) for *_, day in rows], np.int64),
        "orders": np.full(len(rows), -1, np.int32),
        "quantity": np.ones(len(rows)),
        "price": np.full(len(rows), np.nan),
    }
    products = make_products(categories or {})
    ids = pa.array(user_ids, pa.string()), pa.array(item_ids, pa.string())
    events = {PURCHASE: Events.from_columns(1.0, columns)}
    day_starts = _MIDNIGHT + DAY * np.arange(-30, 1)
    dataset = Dataset.from_events(*ids, events, lambda: products, day_starts)
    counted = {PURCHASE: dataset.interactions}
    found = {
        "dataset": dataset,
        "recent": rank_recent_events(counted, 20).rows,
        "best_sellers": rank_sold_items(dataset.interactions, np.zeros(len(item_ids)), products, 100).rows,
        "products": products,
        "first": SPLIT_DATE - timedelta(days=30),
        "last": SPLIT_DATE - timedelta(days=1),
        "catalogue_day": SPLIT_DATE - timedelta(days=1) if categories else None,
    }
    return Window(**(found | more))


def make_split(window: Window, purchases: Iterable[Purchase], test_days: int = 7, **more: Any) -> Split:
    """What was bought from the split on."""
    bought = make_window(purchases).dataset.interactions
    split = Split.from_bought(window, SPLIT_DATE, test_days, bought, STARTS_AT)
    return Split(**(vars(split) | more)) if more else split


def list_ids(lists: RankedLists, window: Window) -> list[list[str]]:
    """The items of each list by their ids."""
    items = window.item_ids.take(pa.array(lists.items)).to_pylist()
    return [items[start:stop] for start, stop in zip(lists.indptr, lists.indptr[1:], strict=False)]


def make_purchases(seed: int, users: int = 12, items: int = 9, size: int = 90) -> list[Purchase]:
    """Random ones of the 30 days before the split; some at the same moment, some the same twice."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"u{user:02}", f"i{item}", -1.0 - float(day))
        for user, item, day in zip(
            rng.integers(0, users, size), rng.zipf(1.6, size) % items, rng.integers(0, 29, size), strict=True
        )
    ]
    return [*rows, rows[0]]


def count_pairs(purchases: Iterable[Purchase]) -> Interactions:
    return make_window(purchases).dataset.interactions
