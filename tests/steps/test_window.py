"""The window step against the tables that netting, counting and ranking give one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.columns import ITEM_ID, ORDER_ID, PRODUCTS, USER_ID
from include.dataset.interactions import Interactions
from include.dataset.netting import net_purchases
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition
from include.models.best_sellers import rank_best_sellers
from include.models.recent_items import rank_recent_items
from include.steps.run_folder import RunFolder
from include.steps.window import build_window
from tests.ingest.conftest import DAY, Mall

DAYS = [DAY - timedelta(days=age) for age in (2, 1, 0)]


@pytest.fixture
def mall(tmp_path: Path) -> Mall:
    """Three days in the lake, with cancellations, ties and lines without a price."""
    mall = Mall(tmp_path, window_days=3, k={"recent_items": 3, "best_sellers": 5})
    rng = np.random.default_rng(0)
    for day in DAYS:
        size = 300
        lines = {
            "order_id": [f"o{n}" for n in rng.integers(0, 90, size)],
            "user_id": [f"u{n}" for n in rng.integers(0, 40, size)],
            "item_id": [f"i{n}" for n in rng.integers(0, 15, size)],
            "quantity": rng.choice([1.0, 2.0, 3.0, 0.5, -1.0, -2.5], size),
            "price": pa.array(rng.integers(1, 40, size) / 4, mask=rng.random(size) < 0.1),
            "purchased_at": [f"{day}T{hour:02}:00:00" for hour in rng.integers(0, 5, size)],
        }
        mall.deliver(pa.table(lines), day)
        ingest_day(mall.advertiser, "purchases", day)
    return mall


def keep(table: pa.Table) -> pa.Table:
    return table


def make_large(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([pa.field(f.name, widen(f.type), f.nullable) for f in table.schema]))


def widen(kind: pa.DataType) -> pa.DataType:
    return pa.large_string() if pa.types.is_string(kind) else kind


def encode(table: pa.Table) -> pa.Table:
    for name in (USER_ID, ITEM_ID, ORDER_ID):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    return table


@pytest.mark.parametrize("rewrite", [keep, make_large, encode])
def test_leaves_what_the_models_make_of_all_lines(
    mall: Mall, rewrite: Callable[[pa.Table], pa.Table]
) -> None:
    lines = pa.concat_tables([read_partition(mall.advertiser, "purchases", day) for day in DAYS])
    for day in DAYS:
        [path] = mall.partition(day).glob("accepted-*.parquet")
        pq.write_table(rewrite(pq.read_table(path)), path)

    summary = build_window(mall.advertiser, DAY)
    net = net_purchases(lines)
    expected = Interactions.from_purchases(net)
    assert summary["purchases"] == lines.num_rows > net.num_rows
    assert (summary["users"], summary["items"]) == expected.user_items.shape
    assert summary["pairs"] == expected.user_items.nnz

    folder = RunFolder(mall.advertiser, DAY)
    _, files = folder.read_summary("window")
    rows = folder.read_rows("interactions", files)
    assert Interactions.from_table(rows).to_table().equals(expected.to_table())
    assert folder.read_rows("recent_items", files).equals(rank_recent_items(net, 3).rows)
    best = rank_best_sellers(net, PRODUCTS.empty_table(), 5).rows
    assert folder.read_rows("best_sellers", files).equals(best)
    assert folder.read_rows("products", files).num_rows == 0


def test_the_same_window_has_the_same_fingerprints(mall: Mall) -> None:
    folder = RunFolder(mall.advertiser, DAY)
    build_window(mall.advertiser, DAY)
    _, before = folder.read_summary("window")
    build_window(mall.advertiser, DAY)
    assert folder.read_summary("window")[1] == before


def test_a_dictionary_of_more_than_a_megabyte_stays_one(mall: Mall) -> None:
    """Parquet's own limit, beyond which it would write each row's text."""
    ids = pa.array([f"user-{number:020}" for number in range(50_000)])
    codes = pa.array(np.arange(100_000) % 50_000, pa.int32())
    table = pa.table({"user_id": pa.DictionaryArray.from_arrays(codes, ids), "rank": codes})
    folder = RunFolder(mall.advertiser, DAY)
    files = {"rows": folder.write_rows("rows", table)}
    read = folder.read_rows("rows", files)
    assert read.cast(pa.schema([("user_id", pa.string()), ("rank", pa.int32())])).equals(
        table.cast(pa.schema([("user_id", pa.string()), ("rank", pa.int32())]))
    )
    assert all(chunk.dictionary.equals(ids) for chunk in read["user_id"].chunks)
    [path] = mall.folder.glob("lake/mall/runs/*/rows.parquet")
    assert path.stat().st_size < ids.nbytes / 2
