from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.samples import shoppers
from include.samples.catalogue import make_catalogue
from include.samples.dirt import DEFECTS
from include.samples.landing import MANIFEST, SampleError
from include.samples.ssg import Settings, write_ssg
from include.settings import load_advertiser

MALL = Settings(
    users=3000, items=2000, purchases=30_000, days=10, seed=3, dirty_share=0.01, cancel_share=0.05
)
LINE = ["ord_no", "mbr_id", "item_id"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ssg(tmp_path_factory.mktemp("ssg"), MALL).root


@pytest.fixture(scope="module")
def delivered(root: Path) -> pd.DataFrame:
    paths = sorted((root / "purchases").glob("*/*.parquet"))
    return pd.concat(
        (pd.read_parquet(path).assign(day=path.parent.name[3:]) for path in paths), ignore_index=True
    )


@pytest.fixture(scope="module")
def sound(delivered: pd.DataFrame) -> pd.DataFrame:
    """The rows that nothing is wrong with, found by looking at them as an ingest does."""
    return drop_dirty(delivered).assign(ord_qty=lambda rows: rows.ord_qty.astype(int))


def drop_dirty(rows: pd.DataFrame) -> pd.DataFrame:
    quantity = pd.to_numeric(rows.ord_qty, errors="coerce")
    on_its_day = rows.ord_dts.dt.strftime("%Y-%m-%d") == rows.day
    keep = rows.mbr_id.notna() & rows.item_id.notna() & quantity.notna() & (quantity != 0)
    return rows[keep & (rows.sell_price >= 0) & on_its_day].drop_duplicates()


def hash_folder(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write_in_process(root: Path, **environment: str) -> dict[str, str]:
    options = ["--users", "3000", "--items", "2000", "--purchases", "30000", "--days", "10", "--seed", "3"]
    shares = ["--dirty-share", "0.01", "--cancel-share", "0.05"]
    command = [sys.executable, "-m", "include.samples", "ssg", "--to", str(root), *options, *shares]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
    return hash_folder(root)


def test_same_settings_write_the_same_bytes_whatever_the_threads(root: Path, tmp_path: Path) -> None:
    here = hash_folder(root)
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    four = dict.fromkeys(one, "4")
    assert len(here) == 10 + 2 + 1
    assert write_in_process(tmp_path / "one", **one, PYTHONHASHSEED="1") == here
    assert write_in_process(tmp_path / "four", **four, PYTHONHASHSEED="2") == here


def test_another_seed_is_another_mall(root: Path, tmp_path: Path) -> None:
    other = hash_folder(write_ssg(tmp_path, replace(MALL, seed=4)).root)
    here = hash_folder(root)
    assert other.keys() == here.keys()
    assert not set(other.values()) & set(here.values())


def test_a_killed_writer_is_carried_on_to_the_same_bytes(root: Path, tmp_path: Path) -> None:
    def stop_after_three(names: list[str]):
        yield from names[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_ssg(tmp_path, MALL, progress=stop_after_three)
    again = write_ssg(tmp_path, MALL)
    assert again.cut_off
    assert len(again.reused) == 3
    assert hash_folder(tmp_path) == hash_folder(root)


def test_counts_are_as_asked_and_reconcile_with_the_manifest(
    root: Path, delivered: pd.DataFrame, sound: pd.DataFrame
) -> None:
    facts = json.loads((root / MANIFEST).read_text())["facts"]
    bought = sound[sound.ord_qty > 0]
    assert len(bought) == facts["purchases"] == 30_000
    assert (sound.ord_qty < 0).sum() == facts["cancellations"] == 1_500
    assert sum(facts["dirty"].values()) == 300 == len(delivered) - len(sound)
    assert bought.mbr_id.nunique() == facts["buyers"] == 3000
    pairs = bought.drop_duplicates(["mbr_id", "item_id"])
    assert len(pairs) == facts["distinct_pairs"]
    assert (pairs.groupby("mbr_id").size() ** 2).sum() == facts["sum_of_squared_histories"]
    assert bought.item_id.nunique() == facts["items_sold"]


def test_every_defect_is_there_as_often_as_stated(root: Path, delivered: pd.DataFrame) -> None:
    quantity = pd.to_numeric(delivered.ord_qty, errors="coerce")
    found = {
        "missing_user": delivered.mbr_id.isna().sum(),
        "missing_item": delivered.item_id.isna().sum(),
        "zero_quantity": (quantity == 0).sum(),
        "negative_price": (delivered.sell_price < 0).sum(),
        "unparseable_quantity": quantity.isna().sum(),
        "wrong_day": (delivered.ord_dts.dt.strftime("%Y-%m-%d") != delivered.day).sum(),
        "exact_duplicate": delivered.duplicated().sum(),
    }
    assert list(found) == list(DEFECTS)
    assert found == json.loads((root / MANIFEST).read_text())["facts"]["dirty"]


def test_a_clean_mall_has_no_dirty_row(tmp_path: Path) -> None:
    write_ssg(tmp_path, replace(MALL, dirty_share=0.0, cancel_share=0.0))
    paths = sorted((tmp_path / "purchases").glob("*/*.parquet"))
    rows = pd.concat(pd.read_parquet(path).assign(day=path.parent.name[3:]) for path in paths)
    assert len(rows) == len(drop_dirty(rows)) == 30_000


def test_a_cancellation_follows_the_purchase_that_it_cancels(sound: pd.DataFrame) -> None:
    bought, cancelled = sound[sound.ord_qty > 0], sound[sound.ord_qty < 0]
    both = cancelled.merge(bought, on=LINE, suffixes=("", "_bought"))
    assert len(both) == len(cancelled)
    assert (both.ord_dts > both.ord_dts_bought).all()
    assert (-both.ord_qty <= both.ord_qty_bought).all()
    assert (both.sell_price == both.sell_price_bought).all()
    assert (both.day > both.day_bought).mean() > 0.3, "many come on a later day"
    assert (-both.ord_qty < both.ord_qty_bought).any(), "some are of a part"
    assert set(cancelled.ord_stat_nm) == {"취소"}


def test_an_order_is_of_one_user_at_one_time(sound: pd.DataFrame) -> None:
    orders = sound[sound.ord_qty > 0].groupby("ord_no")
    assert orders.mbr_id.nunique().max() == 1
    assert orders.ord_dts.nunique().max() == 1
    assert 1.5 < orders.size().mean() < 2.1
    assert sound.ord_no.str.fullmatch(r"20260[0-9]{3}[0-9]{8}").all()


def test_types_are_as_a_mall_delivers_them(root: Path) -> None:
    rows = pq.read_table(root / "purchases/dt=2026-01-01/part-0.parquet")
    assert rows.schema.field("ord_dts").type == pa.timestamp("us"), "naive: local time of the mall"
    assert rows.schema.field("ord_qty").type == pa.string()
    ids = rows["mbr_id"].drop_null().to_pylist()
    assert all(len(name) == 10 and name.startswith("000000") for name in ids), "leading zeros"


def test_days_are_those_that_end_with_the_last(tmp_path: Path) -> None:
    write_ssg(tmp_path, replace(MALL, purchases=100, days=3, end=date(2024, 3, 1)))
    assert sorted(path.name[3:] for path in (tmp_path / "purchases").iterdir()) == [
        "2024-02-28",
        "2024-02-29",
        "2024-03-01",
    ]


def test_users_and_items_are_long_tailed(sound: pd.DataFrame) -> None:
    bought = sound[sound.ord_qty > 0]
    for column, top_tenth in (("mbr_id", 0.3), ("item_id", 0.4)):
        counts = bought[column].value_counts().to_numpy()
        assert counts[: len(counts) // 10].sum() / counts.sum() > top_tenth, column
        assert np.median(counts) < counts.mean(), column


def test_what_is_bought_together_is_no_chance(root: Path, sound: pd.DataFrame) -> None:
    """Pairs of items in one user's history share a category, and repeat, more often than among strangers."""
    catalogue = pd.read_parquet(root / "products/dt=2026-01-01").set_index("item_id")
    bought = sound[sound.ord_qty > 0].drop_duplicates(["mbr_id", "item_id"])
    shuffled = bought.assign(item_id=np.random.default_rng(0).permutation(bought.item_id))

    def share_of_alike_pairs(rows: pd.DataFrame) -> float:
        neighbours = rows.assign(kind=rows.item_id.map(catalogue.category_nm)).sort_values("mbr_id")
        same_user = neighbours.mbr_id.to_numpy()[1:] == neighbours.mbr_id.to_numpy()[:-1]
        same_kind = neighbours.kind.to_numpy()[1:] == neighbours.kind.to_numpy()[:-1]
        return float(same_kind[same_user].mean())

    assert share_of_alike_pairs(bought) > 2 * share_of_alike_pairs(shuffled)


def test_users_buy_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what chance brings together: the same draws, with and without repeats."""
    catalogue = make_catalogue(20_000, np.random.default_rng(0))

    def count_distinct() -> int:
        lines = shoppers.draw_lines(catalogue, 3000, 30_000, 30, 0, np.random.default_rng(1))
        return shoppers.count_pairs(lines)[0]

    with_repeats = count_distinct()
    monkeypatch.setattr(shoppers, "REPEAT_SHARE", 0.0)
    assert count_distinct() - with_repeats > 0.02 * 30_000


def test_the_catalogue_names_and_prices_what_is_sold(root: Path, sound: pd.DataFrame) -> None:
    first, later = (pd.read_parquet(root / f"products/dt={day}") for day in ("2026-01-01", "2026-01-06"))
    assert len(first) == 2000
    assert first.item_id.is_unique
    assert first.item_id.equals(later.item_id)
    assert set(sound.item_id) <= set(first.item_id)
    assert first.item_nm.str.contains("[가-힣]").all()
    assert all(title.startswith(brand) for title, brand in zip(first.item_nm, first.brand_nm, strict=True))
    assert first.dept_nm.nunique() == 10
    assert first.category_nm.nunique() > 25
    assert (first.sell_price % 100 == 0).all()
    assert set(first.sale_yn) == {"Y", "N"}
    assert 0 < (first.sell_price != later.sell_price).mean() < 0.05
    assert 0 < (first.sale_yn != later.sale_yn).mean() < 0.02
    assert first.item_nm.equals(later.item_nm)


def test_people_pay_the_price_of_the_day_or_less(root: Path, sound: pd.DataFrame) -> None:
    bought = sound[sound.ord_qty > 0]
    for days, snapshot in (
        (bought.day < "2026-01-06", "2026-01-01"),
        (bought.day >= "2026-01-06", "2026-01-06"),
    ):
        price = pd.read_parquet(root / f"products/dt={snapshot}").set_index("item_id").sell_price
        paid = bought[days].sell_price / bought[days].item_id.map(price)
        assert paid.max() == 1.0
        assert 0.85 < (paid == 1.0).mean() < 0.95
        assert paid.min() > 0.65


def test_the_advertiser_maps_columns_that_are_there(root: Path) -> None:
    advertiser = load_advertiser("ssg")
    assert advertiser.time_zone == "Asia/Seoul"
    assert advertiser.schedule.start_date == MALL.day(0)
    for feed in ("purchases", "products"):
        names = pq.read_schema(root / f"{feed}/dt=2026-01-01/part-0.parquet").names
        assert {name for source in advertiser.feeds[feed].columns.values() for name in source.columns} <= set(
            names
        )


@pytest.mark.parametrize(
    "size",
    [
        {"users": 1, "items": 1, "purchases": 1, "days": 1},
        {"users": 1, "items": 1, "purchases": 500, "days": 1},
        {"users": 1, "items": 50, "purchases": 900, "days": 2},
        {"users": 1000, "items": 3, "purchases": 10, "days": 5},
    ],
)
def test_any_size_works_and_lines_stay_distinct(tmp_path: Path, size: dict[str, int]) -> None:
    write_ssg(tmp_path, Settings(**size, dirty_share=0.0, cancel_share=0.5))
    paths = sorted((tmp_path / "purchases").glob("*/*.parquet"))
    assert len(paths) == size["days"], "a day without purchases is delivered, too"
    rows = pd.concat(pd.read_parquet(path).assign(day=path.parent.name[3:]) for path in paths)
    assert len(drop_dirty(rows)) == len(rows) == size["purchases"] + round(size["purchases"] / 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"users": 0}, "users must be from 1 to 50,000,000, not 0."),
        ({"items": -5}, "items must be from 1"),
        ({"purchases": 0}, "purchases must be from 1"),
        ({"days": 367}, "days must be from 1 to 366, not 367."),
        ({"users": 1, "purchases": 10_001}, "purchases must be at most 10,000 for so few users and days."),
        ({"seed": -1}, "seed must be 0 or more, not -1."),
        ({"end": date(1, 1, 1)}, "end must be a day of the years 1970 to 2100"),
        ({"dirty_share": 0.6}, "dirty_share must be from 0 to 0.5, not 0.6."),
        ({"cancel_share": float("nan")}, "cancel_share must be from 0 to 0.5, not nan."),
    ],
)
def test_settings_that_make_no_mall_are_refused(change: dict, sentence: str) -> None:
    with pytest.raises(SampleError) as caught:
        replace(MALL, **change)
    assert sentence in str(caught.value)


def test_defects_are_spread_evenly(root: Path) -> None:
    counts = Counter(json.loads((root / MANIFEST).read_text())["facts"]["dirty"])
    assert max(counts.values()) - min(counts.values()) <= 1
