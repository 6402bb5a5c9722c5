"""The window step against the tables that netting, counting and ranking give one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.columns import ITEM_ID, ORDER_ID, PRODUCTS, TIMESTAMP, USER_ID
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.dataset.netting import net_purchases
from include.errors import MissingDataError, PermanentError
from include.ingest.days import ingest_day
from include.ingest.expiry import expire_lake
from include.ingest.lake import read_partition
from include.models.best_sellers import rank_best_sellers
from include.models.recent_items import rank_recent_items
from include.settings.sections import Keep, Run, Window
from include.steps.dataset import read_dataset
from include.steps.run_folder import RunFolder
from include.steps.window import build_window, find_missing_days
from tests.ingest.conftest import DAY, Mall
from tests.ingest.kill_expiry import fill_day

DAYS = [DAY - timedelta(days=age) for age in (2, 1, 0)]


@pytest.fixture
def mall(tmp_path: Path) -> Mall:
    """Three days in the lake, with cancellations, ties and lines without a price."""
    mall = Mall(tmp_path, window={"days": 3}, k={"recent_items": 3, "best_sellers": 5})
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
    window, files = folder.read_summary("window")
    dataset = read_dataset(folder, window, files)
    assert dataset.interactions.to_table().equals(expected.to_table())
    assert list_events(dataset, "purchase") == list_slowly(net)
    assert len(dataset.orders()[0]) - 1 == len({(find_day(row), row["order_id"]) for row in net.to_pylist()})
    assert folder.read_rows("recent_items", files).equals(rank_recent_items(net, 3).rows)
    best = rank_best_sellers(net, PRODUCTS.empty_table(), 5).rows
    assert folder.read_rows("best_sellers", files).equals(best)
    assert folder.read_rows("products", files).num_rows == 0


def find_day(row: dict[str, Any]) -> date:
    return row["purchased_at"].astimezone(ZoneInfo("Asia/Seoul")).date()


def list_slowly(events: pa.Table, time: str = "purchased_at") -> list[tuple[Any, ...]]:
    rows = events.sort_by([(name, "ascending") for name in ("user_id", time, "item_id")]).to_pylist()
    return sorted(
        (row["user_id"], row[time], row["item_id"], row["quantity"], row["price"] or 0) for row in rows
    )


def list_events(dataset: Dataset, name: str) -> list[tuple[Any, ...]]:
    events = dataset.events[name]
    users, items = (
        dataset.user_ids.take(pa.array(events.users)),
        dataset.item_ids.take(pa.array(events.items)),
    )
    times = pa.array(events.timestamps).cast(TIMESTAMP)
    columns = [users.to_pylist(), times.to_pylist(), items.to_pylist()]
    rows = [*zip(*columns, events.quantity.tolist(), np.nan_to_num(events.price).tolist(), strict=True)]
    assert [row[:3] for row in rows] == sorted(row[:3] for row in rows)
    return sorted(rows)


@pytest.fixture
def funnel(tmp_path: Path) -> Callable[..., Mall]:
    """A mall with purchases on three days, views on two of them and carts on one."""

    def make(**settings: Any) -> Mall:
        feeds = {"purchases": {}, "views": {"required": False}, "carts": {"required": False}}
        mall = Mall(
            tmp_path, **({"window": {"days": 3}, "feeds": feeds, "k": {"recent_items": 3}} | settings)
        )
        rng = np.random.default_rng(1)
        for place, when in enumerate(DAYS):
            for feed, time, users in (("purchases", "purchased_at", 12), ("views", "occurred_at", 20),
                                      ("carts", "occurred_at", 9))[: 3 - place]:  # fmt: skip
                size = 80
                lines = {
                    "order_id": [f"o{n}" for n in rng.integers(0, 30, size)],
                    "session_id": [f"s{n}" for n in rng.integers(0, 30, size)],
                    "user_id": [f"u{n}" for n in rng.integers(0, users, size)],
                    "item_id": [f"i{n}" for n in rng.integers(0, users, size)],
                    "quantity": rng.choice([1.0, 2.0, 3.0], size),
                    "price": rng.integers(1, 40, size) / 4,
                    time: [f"{when}T{hour:02}:00:00" for hour in rng.integers(0, 24, size)],
                }
                absent = {"purchases": {"session_id"}, "views": {"order_id", "quantity", "price"}}
                kept = {name: column for name, column in lines.items() if name not in absent.get(feed, set())}
                mall.deliver(pa.table(kept), when, feed)
                ingest_day(mall.advertiser, feed, when)
        return mall

    return make


def read_feed(mall: Mall, feed: str, days: Sequence[date]) -> list[dict[str, Any]]:
    return [row for when in days for row in read_partition(mall.advertiser, feed, when).to_pylist()]


@pytest.mark.parametrize("weights", [{}, {"view": 0.25}, {"purchase": 2, "view": 0.5, "cart": 1}])
def test_the_events_of_every_feed_are_there_and_count_what_they_weigh(
    funnel: Callable[..., Mall], weights: dict[str, float]
) -> None:
    mall = funnel(weights=weights)
    summary = build_window(mall.advertiser, DAY)
    rows = {
        "purchase": read_feed(mall, "purchases", DAYS),
        "view": read_feed(mall, "views", DAYS[:2]),
        "cart": read_feed(mall, "carts", DAYS[:1]),
    }
    assert summary["events"] == {name: len(events) for name, events in rows.items()}
    weigh = {"purchase": 1.0, "view": 0.0, "cart": 0.0} | weights
    total: dict[tuple[str, str], float] = {}
    for name, events in rows.items():
        for row in events:
            pair = row["user_id"], row["item_id"]
            total[pair] = total.get(pair, 0.0) + weigh[name]
    expected = {pair: weight for pair, weight in total.items() if weight}
    folder = RunFolder(mall.advertiser, DAY)
    dataset = read_dataset(folder, *folder.read_summary("window"))
    table = dataset.interactions.to_table()
    pairs = zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True)
    assert dict(zip(pairs, table["weight"].to_pylist(), strict=True)) == expected
    bought = {(row["user_id"], row["item_id"]) for row in rows["purchase"]}
    assert dataset.purchased().nnz == len(bought)
    users, items = ({pair[place] for pair in expected} for place in (0, 1))
    for name, events in rows.items():
        known = [row for row in events if row["user_id"] in users and row["item_id"] in items]
        for row in known:
            row["quantity"] = row["quantity"] or 1.0  # a view of no quantity is one
            row["at"] = row.get("purchased_at") or row["occurred_at"]
        assert list_events(dataset, name) == sorted(
            (row["user_id"], row["at"], row["item_id"], row["quantity"], row["price"] or 0) for row in known
        )


def test_recent_items_are_of_every_event_type_also_of_who_bought_nothing(funnel: Callable[..., Mall]) -> None:
    mall = funnel()
    summary = build_window(mall.advertiser, DAY)
    folder = RunFolder(mall.advertiser, DAY)
    rows = folder.read_rows("recent_items", folder.read_summary("window")[1]).to_pylist()
    found = {}
    for name, time, feed, days in (
        *[("purchase", "purchased_at", "purchases", DAYS), ("view", "occurred_at", "views", DAYS[:2])],
        *[("cart", "occurred_at", "carts", DAYS[:1])],
    ):
        for row in read_feed(mall, feed, days):
            latest = found.setdefault((row["user_id"], name), {})
            latest[row["item_id"]] = max(latest.get(row["item_id"], row[time]), row[time])
    expected = [
        {"user_id": user, "event_type": name, "rank": rank, "item_id": item, "occurred_at": at}
        for (user, name), latest in sorted(found.items())
        for rank, (item, at) in enumerate(
            sorted(latest.items(), key=lambda pair: (-pair[1].timestamp(), pair[0]))[:3], 1
        )
    ]
    assert rows == expected
    assert summary["preflight"]["workload"]["recent_rows"] == len(rows)
    assert len({row["user_id"] for row in rows}) > summary["users"], "views of who bought nothing"


def test_views_of_weight_0_change_nothing_but_the_recent_items(funnel: Callable[..., Mall]) -> None:
    mall = funnel()
    folder = RunFolder(mall.advertiser, DAY)
    build_window(mall.advertiser, DAY)
    _, with_views = folder.read_summary("window")
    feeds = {name: feed for name, feed in mall.advertiser.feeds.items() if name == "purchases"}
    build_window(mall.advertiser.model_copy(update={"feeds": feeds}), DAY)
    _, without = folder.read_summary("window")
    assert {name for name in without if without[name] != with_views[name]} == {"recent_items"}
    assert set(with_views) - set(without) == {"events.view", "events.cart"}


def test_only_days_of_required_feeds_are_waited_for(funnel: Callable[..., Mall]) -> None:
    mall = funnel()
    assert find_missing_days(mall.advertiser, DAY) == {}
    feeds = {"purchases": {}, "views": {"required": True}, "carts": {"required": False}}
    mall = funnel(feeds=feeds)
    assert find_missing_days(mall.advertiser, DAY) == {"views": DAYS[2:]}
    with pytest.raises(MissingDataError, match=rf"lacks 1 of 3 days of views: {DAY}; run or backfill"):
        build_window(mall.advertiser, DAY)
    with pytest.raises(MissingDataError, match=r"3 of 3 days of purchases: .* and 3 of 3 days of views: "):
        build_window(mall.advertiser, DAY + timedelta(days=9))


def test_the_same_window_has_the_same_fingerprints(mall: Mall) -> None:
    folder = RunFolder(mall.advertiser, DAY)
    build_window(mall.advertiser, DAY)
    _, before = folder.read_summary("window")
    build_window(mall.advertiser, DAY)
    assert folder.read_summary("window")[1] == before


def test_the_threads_that_a_task_may_take_change_no_file(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    build_window(mall.advertiser, DAY)
    _, every_core = RunFolder(mall.advertiser, DAY).read_summary("window")
    asked: list[int] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, threads: int) -> None:
            asked.append(threads)
            super().__init__(threads)

    for module in ("include.dataset.lines", "include.dataset.events", "include.steps.window"):
        monkeypatch.setattr(f"{module}.ThreadPoolExecutor", Pool)
    alone = mall.advertiser.model_copy(update={"run": Run(threads=1)})
    build_window(alone, DAY)
    assert set(asked) == {1}
    assert RunFolder(alone, DAY).read_summary("window")[1] == every_core


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


def test_a_window_that_needs_days_which_have_expired(mall: Mall) -> None:
    keep = {"window": Window(days=3), "keep": Keep(partitions=31)}
    advertiser = mall.advertiser.model_copy(update=keep)
    newest = DAY + timedelta(days=33)
    fill_day(mall, newest)
    assert find_missing_days(advertiser, DAYS[2]) == {}, "what is old and still there is read"
    expire_lake(advertiser)
    with pytest.raises(PermanentError) as caught:
        find_missing_days(advertiser, DAY + timedelta(days=2))
    assert type(caught.value) is PermanentError, "it would not help to wait"
    assert str(caught.value) == (
        f"mall: the window {DAY} to {DAY + timedelta(days=2)} lacks days from {DAY} on, and the lake keeps"
        f" days from {DAY + timedelta(days=2)} on (keep.partitions: 31 days before the newest of"
        f" the lake, {newest}); raise keep.partitions in mall.yaml, ingest the days again, then run this"
        " again."
    )
    with pytest.raises(MissingDataError, match="run or backfill the DAG mall_ingest"):
        build_window(advertiser, DAY + timedelta(days=4))
