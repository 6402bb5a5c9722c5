"""The whole judge against plain Python: from the lines of the lake's days to what the rows say."""

from __future__ import annotations

import gc
import json
import math
import shutil
import weakref
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.dataset.netting import net_purchases
from include.errors import LeakError, MissingDataError, RefusedInputError
from include.evaluation.configuration import Configuration, make_lists
from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest, read_partition, read_quarantine, write_partition
from include.models.base import Context
from include.settings import Advertiser, Place, days_between
from include.steps import evaluate as step
from include.steps import evaluation_splits, window_events
from include.steps.candidates import make_candidates
from include.steps.evaluate import Asked, evaluate, list_contenders
from include.steps.evaluation_splits import read_window, take_fingerprint
from include.steps.train import train_model
from include.steps.window import build_window
from tests.evaluation.windows import list_ids
from tests.ingest.conftest import DAY, Mall

FIRST, LAST = DAY - timedelta(days=13), DAY
CATEGORIES = ["fruit", "milk", "tea", "", None]


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Mall:
    """Two weeks in the lake with cancellations, users who come late, and two catalogues."""
    mall = Mall(
        tmp_path_factory.mktemp("mall"),
        window={"days": 6},
        schedule={"start_date": str(FIRST)},
        models={"cosine": {"k": 10}, "als": {"factors": 4, "iterations": 3, "user_k": 8}},
        ads={"k": 5, "min_co_buyers": 2},
        evaluation={"splits": 2, "every": 3, "test_days": [2, 1], "k": 4},
    )
    rng = np.random.default_rng(3)
    for number, day in enumerate(days_between(FIRST, LAST)):
        size = 60
        lines = {
            "order_id": [f"o{n}" for n in rng.integers(0, 30, size)],
            "user_id": [f"u{n:02}" for n in rng.integers(0, 12 + number, size)],
            "item_id": [f"i{n:02}" for n in np.minimum(rng.zipf(1.3, size), 14 + number)],
            "quantity": rng.choice([1.0, 2.0, 3.0, -1.0], size, p=[0.6, 0.2, 0.1, 0.1]),
            "price": rng.integers(1, 40, size) / 4,
            "purchased_at": [f"{day}T{hour:02}:00:00" for hour in rng.integers(0, 24, size)],
        }
        mall.deliver(pa.table(lines), day)
        ingest_day(mall.advertiser, "purchases", day)
        if day in (FIRST, LAST - timedelta(days=3)):
            items = [f"i{n:02}" for n in range(1, 26)]
            available = [n % 7 != 3 or day == FIRST for n in range(1, 26)]
            categories = [CATEGORIES[n % 5] for n in range(1, 26)]
            columns = {"item_id": items, "is_available": available, "category": pa.array(categories)}
            mall.deliver(pa.table(columns), day, "products")
            ingest_day(mall.advertiser, "products", day)
    return mall


def read_net(advertiser: Advertiser, first: date, last: date) -> list[dict[str, Any]]:
    """The purchases that stand, of the lake's days."""
    days = [read_partition(advertiser, "purchases", day) for day in days_between(first, last)]
    rows: list[dict[str, Any]] = net_purchases(pa.concat_tables(days)).to_pylist()
    return rows


def list_bought(rows: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    bought: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        bought[row["user_id"]].add(row["item_id"])
    return bought


@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("max_items", [None, 3])
@pytest.mark.parametrize("rerank", [[], ["in_stock"]])
def test_lists_are_those_of_the_daily_job(
    mall: Mall, exclude: bool, max_items: int | None, rerank: list[str]
) -> None:
    settings = mall.advertiser.model_dump(mode="json")
    settings["ads"] = {"k": 5, "min_co_buyers": 2, "exclude_purchased": exclude, "rerank": rerank}
    settings["window"] = {"days": 6, "max_items": max_items}
    advertiser = Advertiser.model_validate(
        {**settings, "models": {"cosine": {"k": 10}, "als": {"factors": 4}}}
    )
    build_window(advertiser, DAY)
    for model in advertiser.chosen_models:
        train_model(advertiser, DAY, model)
    make_candidates(advertiser, DAY)
    [path] = mall.folder.glob(f"lake/mall/runs/as_of={DAY}/ad_candidates.parquet")
    published: dict[str, list[str]] = defaultdict(list)
    for row in pq.read_table(path).to_pylist():
        published[row["user_id"]].append(row["item_id"])

    window = read_window(advertiser, DAY)
    context = Context(threads=1, exclude_purchased=exclude)
    lists = make_lists(window, Configuration.from_advertiser(advertiser), 5, context)
    users = [*window.user_ids.to_pylist(), ""]
    found = dict(zip(users, list_ids(lists, window), strict=True))
    assert found == {user: published[user] for user in users}
    assert any(found.values())


def measure_slowly(ranked: list[str], relevant: set[str], k: int) -> dict[str, float]:
    hits = [item in relevant for item in ranked[:k]]
    gained = sum(hit / math.log2(rank + 1) for rank, hit in enumerate(hits, 1))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return {"recall": sum(hits) / len(relevant), "ndcg": gained / ideal}


def judge_slowly(
    advertiser: Advertiser, dates: list[date], test_days: int, k: int
) -> dict[tuple[str, ...], list[float]]:
    """By contender, split, purchases, segment, category and metric the values of users.

    Lists are those of the contenders, by id; best sellers are made here, so that one contender is not given.
    """
    values: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for split_date in dates:
        last = split_date - timedelta(days=1)
        first = max(last - timedelta(days=5), FIRST)
        known = list_bought(read_net(advertiser, first, last))
        bought = list_bought(read_net(advertiser, split_date, split_date + timedelta(days=test_days - 1)))
        catalogue_day = max(day for day in (FIRST, LAST - timedelta(days=3)) if day <= last)
        category_of = {
            row["item_id"]: row["category"]
            for row in read_partition(advertiser, "products", catalogue_day).to_pylist()
        }
        middle = median(len(known[user]) for user in bought if user in known)
        buyers = Counter(item for items in known.values() for item in items)
        best = sorted(buyers, key=lambda item: (-buyers[item], item))
        window = read_window(advertiser, last)
        for contender in list_contenders(advertiser):
            for purchases in ("all", "new", "repeat"):
                context = Context(threads=1, exclude_purchased=purchases == "new")
                found = list_ids(contender.rank(window, k, context), window)
                users = window.user_ids.to_pylist()
                unknown = found[len(users)] if len(found) > len(users) else []
                lists = dict(zip(users, found, strict=False))
                for user, items in bought.items():
                    had = known.get(user, set())
                    relevant = {"all": items, "new": items - had, "repeat": items & had}[purchases]
                    ranked = lists.get(user, unknown)
                    if contender.name == "popular":
                        hidden = had if purchases == "new" else set()
                        ranked = [item for item in best if item not in hidden][:k]
                    segments = ["new"]
                    if user in known:
                        segments = ["known", "light" if len(had) < middle else "heavy"]
                    parts = {category_of.get(item) for item in relevant} - {"", None}
                    for category in ["", *sorted(parts)]:
                        wanted = {i for i in relevant if not category or category_of.get(i) == category}
                        for segment in segments if wanted and (not category or user in known) else []:
                            for metric, value in measure_slowly(ranked, wanted, k).items():
                                for split in ("all", str(split_date)):
                                    key = (contender.name, split, purchases, segment, category, metric)
                                    values[key].append(value)
    return values


def test_rows_say_what_plain_python_says(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[dict[str, Any]] = []
    monkeypatch.setattr(step, "_record", lambda advertiser, as_of, rows: recorded.extend(rows))
    summary = evaluate(mall.advertiser, DAY)
    dates = [date.fromisoformat(text) for text in summary["splits"]]
    assert dates == [DAY - timedelta(days=age) for age in (4, 1)]
    contenders = [contender.name for contender in list_contenders(mall.advertiser)]
    assert summary["contenders"] == contenders
    for test_days in (2, 1):
        expected = judge_slowly(mall.advertiser, dates, test_days, 4)
        rows = {
            tuple(
                row[name] for name in ("contender", "split", "purchases", "segment", "category", "metric")
            ): row
            for row in recorded
            if row["test_days"] == test_days and row["metric"] in ("recall", "ndcg")
        }
        shown = {
            key
            for key in expected
            if (not key[4] or key[3] == "known") and (key[1] == "all" or (key[3] == "known" and not key[4]))
        }
        assert set(rows) >= shown
        assert all(rows[key]["users"] == 0 for key in set(rows) - shown)
        for key in shown:
            row, values = rows[key], expected[key]
            assert row["value"] == pytest.approx(fmean(values), rel=1e-6), key
            assert row["users"] == len(values)
            own = expected["ad_candidates", *key[1:]]
            if key[0] == "ad_candidates":
                assert row["difference"] is None
            else:
                assert row["difference"] == pytest.approx(fmean(values) - fmean(own), abs=1e-6)
            is_sure = key[1] == "all" and row["users"] > 20
            assert not is_sure or (row["low"] <= row["value"] + 1e-9 and row["value"] <= row["high"] + 1e-9)
            assert key[1] == "all" or row["low"] is row["difference_low"] is None
    assert {row["as_of_date"] for row in recorded} == {DAY}
    assert {row["k"] for row in recorded} == {4}
    assert {row["incumbent"] for row in recorded} == {"ad_candidates"}
    assert {row["data_fingerprint"] for row in recorded} == {summary["data_fingerprint"]}
    json.dumps([{**row, "as_of_date": str(row["as_of_date"])} for row in recorded], allow_nan=False)


@pytest.fixture
def copied(mall: Mall, tmp_path: Path) -> Advertiser:
    """The mall with a lake of its own, in which something can be planted."""
    shutil.copytree(mall.folder / "lake" / "mall", tmp_path / "mall")
    return mall.advertiser.model_copy(update={"lake": Place(uri=str(tmp_path))})


def judge(advertiser: Advertiser, **asked: Any) -> dict[str, Any]:
    chosen = {"splits": 1, "test_days": (2,), "contenders": ("popular",)} | asked
    return evaluate(advertiser, DAY, Asked(**chosen), record=False)


def replace_rows(advertiser: Advertiser, feed: str, day: date, rows: pa.Table) -> None:
    manifest = read_manifest(advertiser, feed, day)
    assert manifest is not None
    lines = rows.num_rows + manifest.quarantined_rows
    changed = replace(manifest, lines=lines, accepted_rows=rows.num_rows, duplicate_rows=0)
    write_partition(advertiser, changed, rows, read_quarantine(advertiser, feed, day))


def test_a_purchase_of_the_test_days_among_those_of_a_day_before(copied: Advertiser) -> None:
    judge(copied)
    day, later = DAY - timedelta(days=3), read_partition(copied, "purchases", DAY).slice(0, 1)
    rows = read_partition(copied, "purchases", day)
    replace_rows(copied, "purchases", day, pa.concat_tables([rows, later]))
    with pytest.raises(LeakError, match=r"leak: 1 of the purchases of the window .* of the test days"):
        judge(copied)


def test_a_catalogue_column_that_is_known_later(copied: Advertiser, tmp_path: Path) -> None:
    [path] = (tmp_path / "mall" / "products" / f"dt={LAST - timedelta(days=3)}").glob("accepted-*.parquet")
    rows = pq.read_table(path)
    pq.write_table(rows.append_column("sold_next_week", pa.nulls(rows.num_rows, pa.int32())), path)
    with pytest.raises(LeakError, match="leak: the catalogue has a column sold_next_week"):
        judge(copied)


def test_a_window_that_reaches_over_its_split(copied: Advertiser, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Advertiser.find_window
    monkeypatch.setattr(Advertiser, "find_window", lambda self, as_of: right(self, as_of + timedelta(days=1)))
    with pytest.raises(LeakError, match=r"leak: the window .* overlaps the test days"):
        judge(copied)


def test_a_catalogue_of_a_later_day(copied: Advertiser, monkeypatch: pytest.MonkeyPatch) -> None:
    right = window_events.read_catalogue
    monkeypatch.setattr(
        window_events, "read_catalogue", lambda mall, as_of: right(mall, as_of + timedelta(days=9))
    )
    with pytest.raises(LeakError, match="leak: the catalogue is of"):
        judge(copied, splits=4)


def test_fewer_splits_where_the_lake_is_young(mall: Mall) -> None:
    summary = judge(mall.advertiser, splits=9, every=2)
    assert summary["splits"] == [str(DAY - timedelta(days=age)) for age in (11, 9, 7, 5, 3, 1)]
    [note] = summary["notes"]
    assert note.startswith("6 of 9 splits are judged, for the lake has no days for the others; the newest of")


def test_a_mall_without_a_day_to_judge_by(mall: Mall, copied: Advertiser, tmp_path: Path) -> None:
    with pytest.raises(
        MissingDataError, match=r"There is nothing to judge by. mall: the lake lacks test days"
    ):
        evaluate(mall.advertiser, DAY + timedelta(days=1), Asked(splits=1), record=False)
    with pytest.raises(MissingDataError, match=r"There is nothing to judge by\. .*before the start date"):
        evaluate(mall.advertiser, FIRST + timedelta(days=1), Asked(splits=1, test_days=(7,)), record=False)
    shutil.rmtree(tmp_path / "mall" / "purchases")
    with pytest.raises(MissingDataError, match="the lake has no day of purchases"):
        evaluate(copied, record=False)


def test_the_newest_day_of_the_lake_is_the_default(mall: Mall) -> None:
    assert evaluate(mall.advertiser, None, Asked(splits=1, contenders=()), record=False)["as_of"] == str(DAY)


def test_contenders_are_chosen_by_name(mall: Mall) -> None:
    summary = judge(mall.advertiser, contenders=("most_bought", "als"))
    assert summary["contenders"] == ["ad_candidates", "als", "most_bought"]
    with pytest.raises(
        RefusedInputError, match="There is no contender alls; there are ad_candidates, als, ease"
    ):
        judge(mall.advertiser, contenders=("alls",))


def test_the_fingerprint_is_that_of_what_was_read(copied: Advertiser) -> None:
    dates = [DAY - timedelta(days=1)]
    before = take_fingerprint(copied, dates, 2)
    assert before == take_fingerprint(copied, dates, 2) != take_fingerprint(copied, dates, 1)
    day = DAY - timedelta(days=4)
    rows = read_partition(copied, "purchases", day)
    replace_rows(copied, "purchases", day, rows)
    assert take_fingerprint(copied, dates, 2) == before
    replace_rows(copied, "purchases", day, rows.slice(1))
    assert take_fingerprint(copied, dates, 2) != before


def test_a_challenger_is_judged_beside_the_ads_also_by_other_weights(mall: Mall) -> None:
    settings = mall.advertiser.model_dump(mode="json")
    settings["models"] = {"cosine": {"k": 10}}
    challenger = {"ads": {"sources": ["best_sellers"]}, "weights": {"purchase": 3}}
    settings["evaluation"] = {"challenger": challenger, "k": 4}
    summary = judge(Advertiser.model_validate(settings), contenders=("challenger", "best_sellers"))
    assert summary["contenders"] == ["ad_candidates", "challenger", "best_sellers"]
    found = {
        name: [row["value"] for row in summary["figures"] if row["contender"] == name]
        for name in summary["contenders"]
    }
    assert found["challenger"] == found["best_sellers"] != found["ad_candidates"]


def test_windows_are_read_one_after_the_other(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a window and its models hold is let go of before the next one is read."""
    alive: list[weakref.ref[Any]] = []
    most: list[int] = []

    def count(*given: Any, **more: Any) -> Any:
        gc.collect()
        most.append(sum(ref() is not None for ref in alive))
        window = read_window(*given, **more)
        alive.append(weakref.ref(window))
        return window

    monkeypatch.setattr(evaluation_splits, "read_window", count)
    judge(mall.advertiser, splits=3, every=2)
    assert most == [0, 0, 0]
