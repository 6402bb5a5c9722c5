"""The truth of the synthetic mall's views and carts, recovered from the files that it delivers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from include.samples.event_feeds import EVENT_DEFECTS
from include.samples.funnel import CART_DELAY_MS, SESSION_GAP_MS, VIEW_DELAY_MS, Funnel
from include.samples.landing import MANIFEST, SampleError
from include.samples.ssg import Settings, write_ssg
from include.settings import load_advertiser
from tests.samples.test_ssg import drop_dirty, hash_folder

PLAIN = Settings(
    users=3000, items=2000, purchases=30_000, days=10, seed=3, dirty_share=0.01, cancel_share=0.05
)
MALL = replace(PLAIN, feeds=("views", "carts"))
# Of what was written before there were views and carts: the rows, as the bytes depend on pyarrow.
FORMER_ROWS = "a612f9106c9c3ce5b3b3fc913dfac9df1957a59f9d8243d2d5ac508205f60bc8"
CART_MS, VIEW_MS = (delays[1] for delays in (CART_DELAY_MS, VIEW_DELAY_MS))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ssg(tmp_path_factory.mktemp("ssg"), MALL).root


def read_feed(root: Path, feed: str) -> pd.DataFrame:
    paths = sorted((root / feed).glob("*/*.parquet"))
    days = (pd.read_parquet(path).assign(day=path.parent.name[3:]) for path in paths)
    return pd.concat(days, ignore_index=True)


def find_sound(rows: pd.DataFrame) -> pd.DataFrame:
    """The events that nothing is wrong with, found by looking at them as an ingest does; guests are sound."""
    on_its_day = rows.evt_dts.dt.strftime("%Y-%m-%d") == rows.day
    keep = rows.item_id.notna() & (rows.mbr_id.notna() | (rows.login_yn == "N")) & on_its_day
    if "cart_qty" in rows:
        quantity = pd.to_numeric(rows.cart_qty, errors="coerce")
        keep &= quantity.notna() & (quantity > 0) & (rows.sell_price >= 0)
    return rows[keep].drop_duplicates()


@pytest.fixture(scope="module")
def bought(root: Path) -> pd.DataFrame:
    rows = drop_dirty(read_feed(root, "purchases"))
    rows = rows[rows.ord_stat_nm == "주문"]
    return rows.assign(time=rows.ord_dts)[["mbr_id", "item_id", "time"]]


@pytest.fixture(scope="module")
def views(root: Path) -> pd.DataFrame:
    return find_sound(read_feed(root, "views")).rename(columns={"evt_dts": "time"})


@pytest.fixture(scope="module")
def carts(root: Path) -> pd.DataFrame:
    return find_sound(read_feed(root, "carts")).rename(columns={"evt_dts": "time"})


def find_preceded(later: pd.DataFrame, earlier: pd.DataFrame, within_ms: int) -> np.ndarray:
    """Whether an event of `earlier`, of the same user and item, lies before each row, so close to it."""
    times = {pair: np.sort(part.to_numpy()) for pair, part in earlier.groupby(["mbr_id", "item_id"])["time"]}
    found = []
    for user, item, time in later[["mbr_id", "item_id", "time"]].itertuples(index=False):
        before = [time - pd.Timestamp(then) for then in times.get((user, item), ())]
        found.append(any(pd.Timedelta(0) < gap <= pd.Timedelta(within_ms, "ms") for gap in before))
    return np.array(found)


def is_near(found: np.ndarray, share: float) -> bool:
    """Whether a share is within four standard errors of the truth, plus what chance brings together."""
    margin = 4 * np.sqrt(share * (1 - share) / len(found))
    return bool(share - margin <= found.mean() <= share + margin + 0.002)


def is_after_the_start(rows: pd.DataFrame) -> pd.Series:
    return rows.time >= pd.Timestamp(PLAIN.day(0)) + pd.Timedelta(CART_MS + VIEW_MS, "ms")


def test_purchases_lead_back_to_carts_and_views_as_often_as_is_true(
    bought: pd.DataFrame, views: pd.DataFrame, carts: pd.DataFrame
) -> None:
    bought = bought[is_after_the_start(bought)]
    in_cart = find_preceded(bought, carts, CART_MS)
    viewed = find_preceded(bought, views, CART_MS + VIEW_MS)
    truth = MALL.funnel
    assert is_near(in_cart, truth.cart_share), in_cart.mean()
    assert is_near(viewed, truth.view_share), viewed.mean()
    assert is_near(viewed[in_cart], truth.view_share), "one does not depend on the other"
    assert is_near(viewed[~in_cart], truth.view_share)


def test_views_lead_to_carts_as_often_as_is_true(views: pd.DataFrame, carts: pd.DataFrame) -> None:
    carts = carts[is_after_the_start(carts)]
    assert is_near(find_preceded(carts, views, VIEW_MS), MALL.funnel.view_share)


def test_a_funnel_without_chance_has_every_step(tmp_path: Path) -> None:
    certain = Funnel(cart_share=1, view_share=1, idle_carts=0, idle_views=0)
    small = replace(MALL, purchases=3000, dirty_share=0.0, cancel_share=0.0, funnel=certain)
    root = write_ssg(tmp_path, small).root
    views, carts = (
        find_sound(read_feed(root, feed)).rename(columns={"evt_dts": "time"}) for feed in ("views", "carts")
    )
    bought = read_feed(root, "purchases").rename(columns={"ord_dts": "time"})
    later = bought[is_after_the_start(bought)]
    assert find_preceded(later, carts, CART_MS).all()
    assert find_preceded(carts[is_after_the_start(carts)], views, VIEW_MS).all()
    assert 2990 < len(carts) <= 3000 >= len(views) > 2990, "but for what lies before the first day"


def test_counts_reconcile_with_the_manifest(root: Path, views: pd.DataFrame, carts: pd.DataFrame) -> None:
    facts = json.loads((root / MANIFEST).read_text())["facts"]
    assert len(views) == facts["views"]["in all"]
    assert len(carts) == facts["carts"]["in all"]
    assert (views.login_yn == "N").sum() == views.mbr_id.isna().sum() == facts["views"]["of guests"]
    assert (carts.login_yn == "Y").all()
    led = facts["views"]["before purchases"] + facts["views"]["before idle carts"]
    assert len(views) == led + 3 * 30_000
    assert len(carts) == facts["carts"]["before purchases"] + 30_000 // 2
    for feed, sound in (("views", views), ("carts", carts)):
        dirty = facts[f"dirty_{feed}"]
        members = int(sound.mbr_id.notna().sum())
        assert sum(dirty.values()) == round(0.01 * members) == len(read_feed(root, feed)) - len(sound)
        assert max(dirty.values()) - min(dirty.values()) <= 1


def test_every_defect_is_there_as_often_as_stated(root: Path) -> None:
    for feed, kinds in EVENT_DEFECTS.items():
        rows = read_feed(root, feed)
        quantity = pd.to_numeric(rows.get("cart_qty", pd.Series(dtype=str)), errors="coerce")
        found = {
            "missing_user": ((rows.login_yn == "Y") & rows.mbr_id.isna()).sum(),
            "missing_item": rows.item_id.isna().sum(),
            "wrong_day": (rows.evt_dts.dt.strftime("%Y-%m-%d") != rows.day).sum(),
            "exact_duplicate": rows.duplicated().sum(),
            "zero_quantity": (quantity == 0).sum(),
            "unparseable_quantity": quantity.isna().sum(),
            "negative_price": (rows.get("sell_price", pd.Series(dtype=int)) < 0).sum(),
        }
        stated = json.loads((root / MANIFEST).read_text())["facts"][f"dirty_{feed}"]
        assert {kind: found[kind] for kind in kinds} == stated


def test_days_are_whole_and_in_order_of_time(root: Path) -> None:
    for feed in ("views", "carts"):
        paths = sorted((root / feed).glob("*/*.parquet"))
        assert [path.parent.name[3:] for path in paths] == [str(PLAIN.day(day)) for day in range(10)]
        for path in paths:
            rows = pd.read_parquet(path).assign(day=path.parent.name[3:])
            assert find_sound(rows).evt_dts.is_monotonic_increasing


def test_a_session_is_of_one_user_without_a_pause(views: pd.DataFrame, carts: pd.DataFrame) -> None:
    steps = pd.concat([views, carts]).sort_values(["session_id", "time"])
    sessions = steps.groupby("session_id")
    assert (sessions.mbr_id.nunique(dropna=False) == 1).all()
    pause = sessions.time.diff().dropna()
    assert (pause < pd.Timedelta(SESSION_GAP_MS, "ms")).all()
    of_members = steps[steps.mbr_id.notna()].sort_values(["mbr_id", "time"])
    new = (of_members.time.diff() >= pd.Timedelta(SESSION_GAP_MS, "ms")) | (
        of_members.mbr_id != of_members.mbr_id.shift()
    )
    assert new.sum() == of_members.session_id.nunique(), "and no session ends before a pause"


def test_people_look_at_what_is_like_what_they_buy(
    root: Path, bought: pd.DataFrame, views: pd.DataFrame
) -> None:
    """Idle views share a category with a purchase of their user more often than a stranger's would."""
    category = pd.read_parquet(root / "products/dt=2026-01-01").set_index("item_id").category_nm
    seen = views[views.mbr_id.notna()]
    pairs = set(zip(bought.mbr_id, bought.item_id, strict=True))
    idle = seen[[pair not in pairs for pair in zip(seen.mbr_id, seen.item_id, strict=True)]]
    kinds = set(zip(bought.mbr_id, bought.item_id.map(category), strict=True))

    def share(users: pd.Series) -> float:
        known = zip(users, idle.item_id.map(category), strict=True)
        return float(np.mean([pair in kinds for pair in known]))

    shuffled = pd.Series(np.random.default_rng(0).permutation(idle.mbr_id))
    assert share(idle.mbr_id) > 2 * share(shuffled)


def test_purchases_and_products_are_as_they_were_before(root: Path, tmp_path: Path) -> None:
    here, plain = hash_folder(root), hash_folder(write_ssg(tmp_path, PLAIN).root)
    for name, digest in plain.items():
        if name != MANIFEST:
            assert here[name] == digest
    rows = hashlib.sha256()
    for name in sorted(plain):
        if name.endswith(".parquet"):
            rows.update(repr(pq.read_table(tmp_path / name).to_pylist()).encode())
    assert rows.hexdigest() == FORMER_ROWS


def test_the_advertiser_maps_columns_that_are_there(root: Path) -> None:
    for feed in ("views", "carts"):
        names = pq.read_schema(root / f"{feed}/dt=2026-01-01/part-0.parquet").names
        mapped = [
            name for source in load_advertiser("ssg").feeds[feed].columns.values() for name in source.columns
        ]
        assert set(mapped) <= set(names)
        assert {"mbr_id", "item_id", "evt_dts", "session_id"} <= set(mapped)


def test_same_settings_write_the_same_bytes_and_one_feed_alone_too(root: Path, tmp_path: Path) -> None:
    here = hash_folder(root)
    assert hash_folder(write_ssg(tmp_path / "again", replace(MALL, feeds=("carts", "views"))).root) == here
    alone = hash_folder(write_ssg(tmp_path / "alone", replace(MALL, feeds=("carts",))).root)
    assert not [name for name in alone if name.startswith("views/")]
    assert {name: digest for name, digest in alone.items() if name.startswith("carts/")} == {
        name: digest for name, digest in here.items() if name.startswith("carts/")
    }


def test_another_seed_has_other_events(root: Path, tmp_path: Path) -> None:
    other = hash_folder(write_ssg(tmp_path, replace(MALL, seed=4)).root)
    assert not set(other.values()) & set(hash_folder(root).values())


@pytest.mark.parametrize(
    "size",
    [
        {"users": 1, "items": 1, "purchases": 1, "days": 1},
        {"users": 1, "items": 1, "purchases": 500, "days": 1},
        {"users": 1000, "items": 3, "purchases": 10, "days": 5},
    ],
)
def test_any_size_works_and_events_stay_distinct(tmp_path: Path, size: dict[str, int]) -> None:
    write_ssg(tmp_path, Settings(**size, dirty_share=0.0, feeds=("views", "carts")))
    for feed in ("views", "carts"):
        rows = read_feed(tmp_path, feed)
        assert len(list((tmp_path / feed).iterdir())) == size["days"], "a day without events is delivered"
        assert len(find_sound(rows)) == len(rows)


def test_a_funnel_of_nothing_is_delivered_empty(tmp_path: Path) -> None:
    nothing = Funnel(cart_share=0, view_share=0, idle_carts=0, idle_views=0)
    write_ssg(tmp_path, replace(MALL, purchases=100, funnel=nothing))
    assert len(read_feed(tmp_path, "views")) == len(read_feed(tmp_path, "carts")) == 0


def test_what_makes_no_funnel_is_refused() -> None:
    for make, sentence in (
        (lambda: Funnel(cart_share=1.5), "cart_share must be from 0 to 1, not 1.5."),
        (lambda: Funnel(idle_views=float("nan")), "idle_views must be from 0 to 100, not nan."),
        (lambda: replace(PLAIN, feeds=("clicks",)), "feeds may name views, carts, not clicks."),
    ):
        with pytest.raises(SampleError) as caught:
            make()
        assert str(caught.value) == sentence


def test_a_plain_folder_says_nothing_of_feeds(root: Path, tmp_path: Path) -> None:
    """So that folders of before stay current; and one with feeds is no plain one."""
    plain = write_ssg(tmp_path, replace(PLAIN, purchases=100)).manifest["settings"]
    assert plain.keys().isdisjoint({"feeds", "funnel"})
    with pytest.raises(SampleError) as caught:
        write_ssg(root, PLAIN)
    assert "feeds ['carts', 'views'] there, None asked" in str(caught.value)
