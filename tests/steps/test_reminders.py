"""Views and carts as a mall delivers them, through the steps to the ad list: first what is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from include import settings as settings_module
from include.ingest.days import ingest_day
from include.run import main
from include.samples.ssg import Settings, write_ssg
from include.settings import load_advertiser

SIZE = Settings(
    users=60, items=40, purchases=260, days=4, seed=3, dirty_share=0.0, cancel_share=0.0,
    feeds=("views", "carts"),
)  # fmt: skip
ARGUMENTS = ("--advertiser", "ssg", "--as-of", SIZE.last_day.isoformat())
EVENTS = {"carts": "cart", "views": "view", "purchases": "purchase"}  # in the order of the reminder

Done = dict[str, dict[str, dict[str, datetime]]]  # by user and event type, when each item was last


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A mall whose delivered days are ingested, with its window and a model made."""
    folder = tmp_path_factory.mktemp("reminders")
    write_ssg(folder / "landing" / "ssg", SIZE)
    (folder / "advertisers").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANGOL_DATA", str(folder))
        patch.setenv("DANGOL_ADVERTISERS", str(folder / "advertisers"))
        patch.setattr(settings_module, "ADVERTISERS", folder / "advertisers")
        set_ads(folder, {})
        for feed in (*EVENTS, "products"):
            for day in SIZE.catalogue_days if feed == "products" else range(SIZE.days):
                ingest_day(load_advertiser("ssg"), feed, SIZE.day(day))
        assert main(["window", *ARGUMENTS]) == main(["train", *ARGUMENTS]) == 0
        yield folder


def set_ads(folder: Path, ads: Mapping[str, Any]) -> None:
    settings = yaml.safe_load((settings_module.ROOT / "include/advertisers/ssg.yaml").read_text())
    settings |= {
        "window": {"days": SIZE.days},
        "k": {"recent_items": SIZE.items, "best_sellers": SIZE.items},
        "models": {"cosine": {}},
        "ads": {"k": SIZE.items, "sources": ["recent", "best_sellers"], "min_co_buyers": 1, **ads},
    }
    (folder / "advertisers" / "ssg.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def make_list(folder: Path, **ads: Any) -> dict[str, list[str]]:
    """The items of each user's list that are the reminder's, by the step."""
    set_ads(folder, ads)
    assert main(["candidates", *ARGUMENTS]) == 0
    run = folder / "lake" / "ssg" / "runs" / f"as_of={SIZE.last_day}"
    lists: dict[str, list[str]] = defaultdict(list)
    rows = pq.read_table(run / "ad_candidates.parquet").to_pylist()
    for row in sorted(rows, key=lambda row: (row["user_id"], row["rank"])):
        if row["source"] == "recent":
            lists[row["user_id"]].append(row["item_id"])
    return dict(lists)


def read_done(folder: Path) -> Done:
    """What each member did, from the delivered files."""
    done: Done = defaultdict(lambda: defaultdict(dict))
    for feed, kind in EVENTS.items():
        for path in sorted((folder / "landing" / "ssg" / feed).glob("*/*.parquet")):
            for line in pq.read_table(path).to_pylist():
                time = line["ord_dts" if feed == "purchases" else "evt_dts"]
                if line["mbr_id"] is not None:
                    last = done[line["mbr_id"]][kind]
                    last[line["item_id"]] = max(time, last.get(line["item_id"], time))
    return done


def find_on_sale(folder: Path) -> set[str]:
    """What the newest catalogue offers."""
    newest = max((folder / "landing" / "ssg" / "products").glob("*/*.parquet"))
    return {line["item_id"] for line in pq.read_table(newest).to_pylist() if line["sale_yn"] == "Y"}


def remind_slowly(folder: Path, order: tuple[str, ...], *, exclude: bool) -> dict[str, list[str]]:
    on_sale, lists = find_on_sale(folder), {}
    for user, kinds in read_done(folder).items():
        bought, reminded = kinds["purchase"], []
        for kind in order:
            for item, time in sorted(kinds[kind].items(), key=lambda pair: (-pair[1].timestamp(), pair[0])):
                closed = item in bought and (exclude or (kind != "purchase" and bought[item] >= time))
                if item in on_sale and not closed and item not in reminded:
                    reminded.append(item)
        if reminded:
            lists[user] = reminded
    return lists


def test_what_was_carted_and_left_comes_first_then_what_was_looked_at(folder: Path) -> None:
    done = read_done(folder)
    lists = make_list(folder)
    assert lists == remind_slowly(folder, ("cart", "view", "purchase"), exclude=True)
    both = 0
    for user, items in lists.items():
        carted = [item in done[user]["cart"] for item in items]
        assert carted == sorted(carted, reverse=True), user
        both += len(set(carted)) == 2
        assert not set(items) & set(done[user]["purchase"])
    assert both > 5, "users who left a cart and looked at other things"


def test_what_was_bought_comes_last_where_it_may_be_shown(folder: Path) -> None:
    lists = make_list(folder, exclude_purchased=False)
    assert lists == remind_slowly(folder, ("cart", "view", "purchase"), exclude=False)
    done = read_done(folder)
    again = [user for user, items in lists.items() if items[-1] in done[user]["purchase"]]
    assert len(again) > 20


def test_the_order_of_the_settings_decides(folder: Path) -> None:
    params = {"recent": {"events": ["view", "cart"]}}
    lists = make_list(folder, source_params=params)
    assert lists == remind_slowly(folder, ("view", "cart"), exclude=True)
    assert lists != remind_slowly(folder, ("cart", "view"), exclude=True)
