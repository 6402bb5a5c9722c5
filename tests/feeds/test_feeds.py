"""What every feed of the registry keeps to."""

from __future__ import annotations

import ast
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest

from include.columns import PRODUCTS, PURCHASES
from include.feeds.base import IS_CANCELLATION, Event
from include.feeds.registry import (
    FEEDS,
    find_columns,
    list_indispensable,
    list_reasons,
    load_feed,
    load_feeds,
)
from include.settings import ROOT, Advertiser
from tests.ingest.conftest import DAY

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_called_as_the_registry_calls_it(name: str) -> None:
    assert load_feed(name).name == name


def test_a_window_reads_the_columns_of_purchases_and_products() -> None:
    assert load_feed("purchases").get_schema() == PURCHASES
    assert load_feed("products").get_schema() == PRODUCTS


def test_a_column_name_has_one_kind_in_all_feeds() -> None:
    for feed in load_feeds():
        for column in feed.columns:
            assert {(same.kind, same.personal) for same in find_columns(column.name)} == {
                (column.kind, column.personal)
            }


@pytest.mark.parametrize("name", FEEDS)
def test_an_event_feed_has_what_a_window_reads(name: str) -> None:
    feed = load_feed(name)
    if isinstance(feed.role, Event):
        kinds = {column.name: (column.kind, column.required) for column in feed.columns}
        assert kinds["user_id"] == kinds["item_id"] == ("id", True)
        assert kinds[feed.role.timestamp] == ("timestamp", True)
        if feed.nets:
            assert {"order_id", "quantity", "price"} <= kinds.keys()
            advertiser = Advertiser.model_validate(
                {
                    "name": "mall", "time_zone": "UTC", "landing": {"uri": "landing"},
                    "feeds": {name: {} for name in list_indispensable()},
                    "schedule": {"start_date": "2026-01-01"},
                }
            )  # fmt: skip
            assert IS_CANCELLATION in feed.derive(feed.get_schema().empty_table(), advertiser).column_names


@pytest.mark.parametrize("room", ["include/ingest", "include/settings", "plugins", "dags"])
def test_nobody_knows_a_feed_by_its_name(room: str) -> None:
    said = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in FEEDS
    }
    assert said == set()


def test_no_two_event_feeds_have_one_type() -> None:
    types = [feed.role.type for feed in load_feeds() if isinstance(feed.role, Event)]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize("name", FEEDS)
def test_the_rules_are_great_expectations_about_columns_of_the_feed(name: str) -> None:
    feed = load_feed(name)
    built = [rule.build() for rule in feed.list_rules(DAY, SEOUL)]
    assert {rule.meta["column"] for rule in built} <= {"", *feed.names}
    # By these an outcome is found again.
    assert len({(rule.expectation_type, rule.meta["column"]) for rule in built}) == len(built)


def test_a_reason_is_about_one_column() -> None:
    pairs = {pair for feed in load_feeds() for pair in feed.reasons.items()}
    assert dict(pairs) == list_reasons()
    assert len(pairs) == len(list_reasons())


def test_settings_read_the_feeds_without_heavy_imports() -> None:
    code = (
        "import sys; from include.feeds.registry import list_reasons; list_reasons();"
        "print({'pyarrow', 'pandas', 'numpy', 'great_expectations'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
