"""Views and carts of a small mall, from its files to what people read, against loops over the files."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from sqlalchemy import Engine, create_engine, text

from include import settings as settings_module
from include.errors import MissingDataError
from include.run import main
from include.samples.landing import MANIFEST
from include.samples.ssg import Settings, write_ssg
from include.settings import Advertiser, Place, load_advertiser
from include.steps.run_folder import RunFolder
from include.steps.window import build_window
from tests.conftest import lend_database

pytestmark = pytest.mark.integration

SIZE = Settings(
    users=200, items=120, purchases=2_500, days=5, seed=5, dirty_share=0.02, feeds=("views", "carts")
)
AS_OF = SIZE.last_day
LAST = 6  # how many recent items a user has of an event type
EVENT_TYPES = {"views": "view", "carts": "cart"}
# One mall, three advertisers: without its views and carts, with them, and with weights for them.
PLAIN, TRACKED, WEIGHTED = "plain_mall", "tracked_mall", "weighted_mall"
TABLES = ("item_similarities", "user_recommendations", "best_sellers", "ad_candidates", "products")


def write_advertiser(folder: Path, name: str, **changes: Any) -> None:
    settings = yaml.safe_load((settings_module.ROOT / "include/advertisers/ssg.yaml").read_text())
    settings |= {
        "name": name,
        "lake": {"uri": f"lake/{name}"},
        "k": {"recent_items": LAST},
        "models": {"cosine": {}, "als": {"factors": 4, "iterations": 3}},
        "quarantine": {"max_share": 0.2},
        **changes,
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def without_events(folder: Path) -> dict[str, Any]:
    feeds = yaml.safe_load((folder / "include/advertisers/ssg.yaml").read_text())["feeds"]
    return {name: feed for name, feed in feeds.items() if name not in EVENT_TYPES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("event_feeds")
    write_ssg(folder / "landing" / "ssg", SIZE)
    advertisers = folder / "advertisers"
    advertisers.mkdir()
    write_advertiser(advertisers, PLAIN, feeds=without_events(settings_module.ROOT))
    write_advertiser(advertisers, TRACKED)
    write_advertiser(advertisers, WEIGHTED, weights={"view": 0.25, "cart": 0.5})
    return folder


@pytest.fixture(scope="module")
def released(postgres: Any, folder: Path) -> Iterator[Engine]:
    """The releases of the three, in a database of their own, made by the steps' command line."""
    with lend_database(postgres) as database:
        with pytest.MonkeyPatch.context() as patch:
            open_folder(patch, folder)
            patch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", postgres.connection_json(database))
            for name in (PLAIN, TRACKED, WEIGHTED):
                days = ["--from", str(SIZE.day(0)), "--to", str(AS_OF)]
                assert main(["ingest", "--advertiser", name, *days]) == 0
                assert main(["all", "--advertiser", name, "--as-of", str(AS_OF)]) == 0
        engine = create_engine(postgres.url(database, "analyst"))
        yield engine
        engine.dispose()


def open_folder(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setenv("DANGOL_DATA", str(folder))
    patch.setenv("DANGOL_ADVERTISERS", str(folder / "advertisers"))
    patch.setattr(settings_module, "ADVERTISERS", folder / "advertisers")


def read(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def find_faults(line: dict[str, Any], day: str) -> list[str]:
    """What is wrong with a delivered line, in the words of the quarantine."""
    faults = []
    if line["item_id"] is None:
        faults.append("item_id is missing")
    if str(line["evt_dts"].date()) != day:
        faults.append("occurred_at is outside the day")
    quantity, price = line.get("cart_qty", "1"), line.get("sell_price", 1)
    if not quantity.isdigit():
        faults.append("quantity is not a number")
    elif int(quantity) == 0:
        faults.append("quantity is zero")
    if price < 0:
        faults.append("price is negative")
    return faults


def loop_over(
    folder: Path, feed: str
) -> tuple[dict[str, Counter[str]], dict[str, list[tuple[str, datetime]]]]:
    """Of each day the counts of lines by what becomes of them, and of each user the events that stand."""
    counts: dict[str, Counter[str]] = {}
    events = defaultdict(list)
    for path in sorted((folder / "landing" / "ssg" / feed).glob("*/*.parquet")):
        day = path.parent.name.removeprefix("dt=")
        seen, counted = set(), Counter[str]()
        for line in pq.read_table(path).to_pylist():
            if (whole := tuple(line.values())) in seen:
                counted["duplicate"] += 1
                continue
            seen.add(whole)
            if faults := find_faults(line, day):
                counted["quarantined"] += 1
                counted.update(faults)
            elif line["mbr_id"] is None:
                counted["guest"] += 1
            else:
                counted["accepted"] += 1
                events[line["mbr_id"]].append((line["item_id"], line["evt_dts"]))
        counts[day] = counted
    return counts, events


@pytest.mark.parametrize("feed", EVENT_TYPES)
def test_what_becomes_of_each_line_is_recorded(released: Engine, folder: Path, feed: str) -> None:
    counts, _ = loop_over(folder, feed)
    partitions = (
        "SELECT day::text, accepted_rows, quarantined_rows, guest_rows, duplicate_rows, source_files"
        f" FROM {TRACKED}.partitions WHERE feed = :feed ORDER BY day"
    )
    kinds = ("accepted", "quarantined", "guest", "duplicate")
    assert read(released, partitions, feed=feed) == [
        (day, *(counted[kind] for kind in kinds), 1) for day, counted in counts.items()
    ]
    reasons = (
        f"SELECT reason, sum(unexpected_rows) FROM {TRACKED}.data_quality WHERE feed = :feed"
        " AND severity = 'row' AND unexpected_rows > 0 AND reason <> 'user_id is missing' GROUP BY reason"
    )
    looped = sum(counts.values(), Counter[str]())
    faults = {reason: count for reason, count in looped.items() if " " in reason}
    assert dict(read(released, reasons, feed=feed)) == faults
    assert len(faults) >= 2


def test_the_counts_are_those_that_the_mall_states(folder: Path) -> None:
    """The loop above finds what the writer of the mall says that it wrote."""
    facts = json.loads((folder / "landing" / "ssg" / MANIFEST).read_text())["facts"]
    for feed in EVENT_TYPES:
        counted = sum(loop_over(folder, feed)[0].values(), Counter[str]())
        dirty = facts[f"dirty_{feed}"]
        guests = facts[feed].get("of guests", 0)
        assert counted["duplicate"] == dirty["exact_duplicate"]
        assert counted["guest"] == guests + dirty["missing_user"]
        assert counted["accepted"] == facts[feed]["in all"] - guests


@pytest.mark.parametrize(("feed", "event_type"), EVENT_TYPES.items())
def test_recent_items_are_each_users_last(released: Engine, folder: Path, feed: str, event_type: str) -> None:
    expected = []
    for user, events in sorted(loop_over(folder, feed)[1].items()):
        last: dict[str, datetime] = {}
        for item, time in events:
            last[item] = max(time, last.get(item, time))
        newest = sorted(last.items(), key=lambda pair: (-pair[1].timestamp(), pair[0]))[:LAST]
        expected += [(user, rank, item, time) for rank, (item, time) in enumerate(newest, 1)]
    query = (
        "SELECT user_id, rank, item_id, occurred_at AT TIME ZONE 'Asia/Seoul'"
        f" FROM {TRACKED}.recent_items_current WHERE event_type = :type ORDER BY user_id, rank"
    )
    assert read(released, query, type=event_type) == expected
    assert max(rank for _, rank, _, _ in expected) == LAST


def read_table(engine: Engine, name: str, table: str) -> list[tuple[Any, ...]]:
    return sorted(read(engine, f"SELECT to_jsonb(rows)::text FROM {name}.{table}_current AS rows"))


@pytest.mark.parametrize("table", TABLES)
def test_without_weights_views_and_carts_change_no_table(released: Engine, table: str) -> None:
    rows = read_table(released, PLAIN, table)
    assert rows
    assert read_table(released, TRACKED, table) == rows


def test_without_weights_recent_purchases_are_the_same(released: Engine) -> None:
    rows = read_table(released, PLAIN, "recent_items")
    query = "SELECT to_jsonb(rows)::text FROM {}.recent_items_current AS rows WHERE event_type = 'purchase'"
    assert sorted(read(released, query.format(TRACKED))) == rows
    types = f"SELECT DISTINCT event_type FROM {TRACKED}.recent_items_current ORDER BY event_type"
    assert read(released, types) == [("cart",), ("purchase",), ("view",)]


def test_weights_bring_views_and_carts_into_the_neighbours(released: Engine, folder: Path) -> None:
    """A neighbour's co_buyers are then the users who had an event with both items, whichever it was."""
    query = (
        "SELECT item_id, similar_item_id, co_buyers FROM {}.item_similarities_current WHERE model = 'cosine'"
    )
    bought, acted = (
        {(item, other): count for item, other, count in read(released, query.format(name))}
        for name in (PLAIN, WEIGHTED)
    )
    users: dict[str, set[str]] = defaultdict(set)
    for feed in EVENT_TYPES:
        for user, events in loop_over(folder, feed)[1].items():
            for item, _ in events:
                users[item].add(user)
    more = 0
    for pair, count in acted.items():
        item, other = pair
        assert count >= max(len(users[item] & users[other]), bought.get(pair, 0))
        more += count > bought.get(pair, 0)
    assert more > len(acted) // 2


def test_weights_leave_what_is_of_purchases_alone(released: Engine) -> None:
    assert read_table(released, WEIGHTED, "best_sellers") == read_table(released, PLAIN, "best_sellers")
    assert read_table(released, WEIGHTED, "recent_items") == read_table(released, TRACKED, "recent_items")


def test_what_was_only_viewed_may_be_advertised_and_what_was_bought_not(
    released: Engine, folder: Path
) -> None:
    viewed = {(user, item) for user, events in loop_over(folder, "views")[1].items() for item, _ in events}
    shown = set(read(released, f"SELECT user_id, item_id FROM {WEIGHTED}.ad_candidates_current"))
    recent = f"SELECT user_id, item_id FROM {WEIGHTED}.recent_items_current WHERE event_type = 'purchase'"
    bought = set(read(released, recent))
    assert shown & (viewed - bought)
    assert not shown & bought


def test_a_window_waits_for_required_feeds_alone(
    released: Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder(monkeypatch, folder)
    lost = SIZE.day(2)
    shutil.copytree(folder / "lake" / TRACKED, tmp_path / "lake")
    (views,) = (path for path in (tmp_path / "lake").rglob(f"*{lost}*") if "views" in path.parts)
    shutil.rmtree(views)
    tracked = load_advertiser(TRACKED).model_copy(update={"lake": Place(uri=f"{tmp_path}/lake")})
    build_window(tracked, AS_OF)
    recent = read_rows(tracked, "recent_items")
    seen = {str(time.date()) for kind, time in recent if kind == "view"}
    assert {str(day) for day in (SIZE.day(0), SIZE.day(4))} <= seen
    assert str(lost) not in seen
    feeds = tracked.feeds | {"views": tracked.feeds["views"].model_copy(update={"required": True})}
    with pytest.raises(MissingDataError, match=f"views.*{lost}"):
        build_window(tracked.model_copy(update={"feeds": feeds}), AS_OF)


def read_rows(advertiser: Advertiser, table: str) -> list[tuple[str, datetime]]:
    """Event type and local time of each row that the window left."""
    run = RunFolder(advertiser, AS_OF)
    rows = run.read_rows(table, run.read_summary("window")[1])
    times = [time.astimezone(advertiser.zone) for time in rows["occurred_at"].to_pylist()]
    return list(zip(rows["event_type"].to_pylist(), times, strict=True))
