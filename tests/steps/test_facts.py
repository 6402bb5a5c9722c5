"""What a window knows of itself: its days beside the same weekdays before, its items beside the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.columns import PRODUCTS, PURCHASES
from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest, write_partition
from include.steps.facts import gather_facts
from include.warehouse.facts import DayLines, WindowFacts
from tests.ingest.conftest import DAY, Mall, make_purchases

BOUGHT = pa.array(["0012", "A7", "b8", "b9"])


@pytest.fixture
def make_lake(tmp_path: Path) -> Callable[..., Mall]:
    """make_lake({age: lines}, closed=ages, …): a mall with days of so many lines in its lake."""

    def fill_lake(ages: Mapping[int, int], closed: tuple[int, ...] = (), **settings: Any) -> Mall:
        mall = Mall(tmp_path, **{"window": {"days": 3}} | settings)
        for age, count in ages.items():
            day = DAY - timedelta(days=age)
            mall.deliver(make_purchases(count, purchased_at=[f"{day}T09:30:00"] * count), day)
            ingest_day(mall.advertiser, "purchases", day)
            if age in closed:
                mark_as_closed(mall, day)
        return mall

    return fill_lake


def mark_as_closed(mall: Mall, day: date) -> None:
    manifest = read_manifest(mall.advertiser, "purchases", day)
    assert manifest is not None
    empty = PURCHASES.empty_table()
    counts = {"lines": 0, "accepted_rows": 0, "is_closed": True}
    write_partition(mall.advertiser, type(manifest)(**{**vars(manifest), **counts}), empty, empty)


def gather(mall: Mall, products: pa.Table | None = None) -> WindowFacts:
    return gather_facts(
        mall.advertiser, DAY, BOUGHT, PRODUCTS.empty_table() if products is None else products
    )


def name_products(*ids: str) -> pa.Table:
    return pa.Table.from_pylist([{"item_id": item} for item in ids], PRODUCTS)


def test_a_day_is_seen_beside_the_same_weekdays_of_four_weeks(make_lake: Callable[..., Mall]) -> None:
    ages = {0: 10, 7: 4, 14: 8, 21: 2, 28: 6, 35: 99, 1: 5, 8: 7, 2: 6}
    facts = gather(make_lake(ages))
    assert facts.days == {
        str(DAY): DayLines(10, 5.0),
        str(DAY - timedelta(days=1)): DayLines(5, None),
        str(DAY - timedelta(days=2)): DayLines(6, None),
    }
    assert (facts.open_days, facts.days_with_lines, facts.is_young) == (3, 3, False)
    assert WindowFacts.from_json(facts.to_json()) == facts


def test_closed_days_are_neither_judged_nor_a_measure(make_lake: Callable[..., Mall]) -> None:
    closed_since = {"calendar": {"closed_dates": [str(DAY - timedelta(days=1))]}}
    mall = make_lake({0: 10, 1: 3, 2: 6, 7: 4, 14: 8, 21: 2, 28: 6}, closed=(2, 7, 14), **closed_since)
    facts = gather(mall)
    assert facts.days == {str(DAY): DayLines(10, 4.0)}
    assert (facts.open_days, facts.days_with_lines) == (1, 1)


def test_an_empty_day_that_no_calendar_names_is_open(make_lake: Callable[..., Mall]) -> None:
    mall = make_lake({0: 10, 2: 6})
    mall.landing(DAY - timedelta(days=1))
    ingest_day(mall.advertiser, "purchases", DAY - timedelta(days=1))
    facts = gather(mall)
    assert (facts.open_days, facts.days_with_lines) == (3, 2)
    assert [day for day, counts in facts.days.items() if counts.is_empty] == [str(DAY - timedelta(days=1))]


def test_empty_days_are_no_measure_but_days_whose_lines_were_all_refused_are(
    make_lake: Callable[..., Mall],
) -> None:
    mall = make_lake({0: 10, 14: 8})
    mall.landing(DAY - timedelta(days=7))
    mall.deliver(make_purchases(3, quantity=[0] * 3), DAY - timedelta(days=21))
    for age in (7, 21):
        ingest_day(mall.advertiser, "purchases", DAY - timedelta(days=age))
    assert gather(mall).days == {str(DAY): DayLines(10, 4.0)}


def test_a_mall_is_young_until_it_fills_a_window(make_lake: Callable[..., Mall]) -> None:
    for age, is_young in ((1, True), (2, False)):
        start = {"schedule": {"start_date": str(DAY - timedelta(days=age))}}
        assert gather(make_lake({0: 10}, **start)).is_young == is_young


def test_days_before_the_start_date_are_no_measure(make_lake: Callable[..., Mall]) -> None:
    start = {"schedule": {"start_date": str(DAY - timedelta(days=15))}}
    facts = gather(make_lake({0: 10, 7: 4, 14: 8, 21: 2}, **start))
    assert facts.days[str(DAY)].usual == 6.0


def test_the_catalogue_is_asked_for_each_item_and_for_its_likeness(make_lake: Callable[..., Mall]) -> None:
    mall = make_lake({0: 10})
    facts = gather(mall, name_products("12", "a7", "b8", "c1"))
    assert (facts.catalogue_items, facts.known_items, facts.loosely_known_items) == (4, 1, 2)
    assert facts.absent_items == "unavailable"
    none = gather(mall)
    assert (none.catalogue_items, none.known_items, none.loosely_known_items) == (0, 0, 0)
    assert none.absent_items == "available", "no catalogue has come that could be complete"


def test_absent_items_are_what_the_settings_say(make_lake: Callable[..., Mall]) -> None:
    mall = make_lake({0: 10}, catalogue={"absent_items": "available"})
    assert gather(mall, name_products("A7")).absent_items == "available"
