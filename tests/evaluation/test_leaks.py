"""Every way in which a window may know what came later is planted, and is told loudly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.columns import CATALOGUE, TIMESTAMP
from include.dataset.dataset import Dataset
from include.dataset.events import PURCHASE, Events
from include.errors import LeakError, PermanentError
from include.evaluation.leaks import check_split
from include.evaluation.splits import Split
from include.evaluation.window import Window
from tests.evaluation.windows import (
    DAY,
    SPLIT_DATE,
    STARTS_AT,
    make_products,
    make_purchases,
    make_split,
    make_window,
)

BEFORE = make_purchases(0)
AFTER = [("u01", "i1", 0.0), ("u02", "i7", 6.5)]
CATEGORIES = {"i1": "tea"}
MOMENT = int(STARTS_AT.timestamp()) * 1_000_000


@pytest.fixture
def window() -> Window:
    return make_window(BEFORE, CATEGORIES)


def expect_leak(split: Split, sentence: str) -> None:
    with pytest.raises(LeakError, match=sentence) as caught:
        check_split(split)
    assert isinstance(caught.value, PermanentError)
    assert str(caught.value).startswith("leak: ")
    assert str(caught.value).count("\n") == 0


def test_a_window_that_ends_before_its_split_is_no_leak(window: Window) -> None:
    check_split(make_split(window, AFTER))
    check_split(make_split(make_window(BEFORE), AFTER))
    check_split(make_split(make_window([]), []))


@pytest.mark.parametrize("day", [0.0, 1e-9, 0.5, 6.9, 40.0])
def test_a_purchase_of_the_test_days_in_the_window(day: float) -> None:
    planted = make_window([*BEFORE, ("u01", "i1", day)], CATEGORIES)
    expect_leak(make_split(planted, AFTER), "1 of the purchases of the window .* are of the test days")


def test_the_last_moment_before_the_split_is_none(window: Window) -> None:
    check_split(make_split(make_window([*BEFORE, ("u01", "i1", -1 / DAY)]), AFTER))


def test_an_event_of_any_type_even_of_weight_0(window: Window) -> None:
    view = {
        "users": np.array([0], np.int32),
        "items": np.array([0], np.int32),
        "timestamps": np.array([MOMENT]),
        "orders": np.array([-1], np.int32),
    }
    events = {**window.dataset.events, "view": Events.from_columns(0.0, view)}
    ids = window.dataset.user_ids, window.dataset.item_ids
    planted = replace(window, dataset=Dataset.from_events(*ids, events))
    expect_leak(make_split(planted, AFTER), "1 of the views of the window")


@pytest.mark.parametrize(
    "days", [{"last": SPLIT_DATE}, {"last": SPLIT_DATE + timedelta(days=3)}, {"first": SPLIT_DATE}]
)
def test_a_window_that_overlaps_the_split(window: Window, days: dict[str, Any]) -> None:
    expect_leak(make_split(replace(window, **days), AFTER), "the window .* overlaps the test days")


def test_days_are_compared_without_times_too(window: Window) -> None:
    split = replace(make_split(replace(window, last=SPLIT_DATE), AFTER), starts_at=None, bought_between=None)
    expect_leak(split, "overlaps the test days, which begin on 2026-03-10")


def test_a_catalogue_of_a_later_day(window: Window) -> None:
    planted = replace(window, catalogue_day=SPLIT_DATE)
    expect_leak(make_split(planted, AFTER), "the catalogue is of 2026-03-10, after the window's last day")


def test_a_column_that_nobody_has_declared(window: Window) -> None:
    products = window.products.append_column("sold_next_week", pa.array([3]))
    planted = replace(window, products=products)
    expect_leak(make_split(planted, AFTER), "the catalogue has a column sold_next_week")


@pytest.mark.parametrize(("name", "what"), [("recent", "recent items"), ("best_sellers", "best sellers")])
def test_such_a_column_beside_the_catalogue(window: Window, name: str, what: str) -> None:
    table = getattr(window, name)
    planted = replace(window, **{name: table.append_column("later", pa.nulls(len(table)))})
    expect_leak(make_split(planted, AFTER), f"the list of {what} has a column later")


def make_catalogue(window: Window, first_seen: datetime, **more: pa.Array) -> pa.Table:
    items = len(window.dataset.item_ids)
    columns = [pa.nulls(items, column.type) for column in CATALOGUE]
    columns[0], columns[-1] = window.dataset.item_ids, pa.array([first_seen] * items, TIMESTAMP)
    table = pa.table(columns, schema=CATALOGUE)
    for name, column in more.items():
        table = table.append_column(name, column)
    return table


def read_from(window: Window, catalogue: pa.Table) -> Window:
    dataset = window.dataset
    return replace(
        window, dataset=Dataset(dataset.interactions, dataset.bought, dataset.events, lambda: catalogue)
    )


def test_a_catalogue_column_that_models_see_and_nobody_has_declared(window: Window) -> None:
    later = {"next_price": pa.nulls(len(window.dataset.item_ids))}
    planted = read_from(window, make_catalogue(window, STARTS_AT - timedelta(days=9), **later))
    expect_leak(make_split(planted, AFTER), "the catalogue of the window's items has a column next_price")


def test_a_first_sight_that_is_after_the_split(window: Window) -> None:
    check_split(
        make_split(read_from(window, make_catalogue(window, STARTS_AT - timedelta(seconds=1))), AFTER)
    )
    planted = read_from(window, make_catalogue(window, STARTS_AT))
    expect_leak(make_split(planted, AFTER), "of the catalogue's first events of items of the window")


def test_a_pair_that_is_called_bought_without_a_purchase(window: Window) -> None:
    bought = window.dataset.purchased().tolil()
    user, item = np.argwhere(bought.toarray() == 0)[0]
    bought[user, item] = 1
    dataset = replace(window.dataset, bought=bought.tocsr())
    expect_leak(make_split(replace(window, dataset=dataset), AFTER), "1 pairs of user and item are called")


def test_a_latest_time_of_a_pair_that_is_after_the_split(window: Window) -> None:
    times = window.dataset.interactions.occurred_at.copy()
    times[0] = MOMENT + 5
    dataset = replace(window.dataset, interactions=replace(window.dataset.interactions, occurred_at=times))
    expect_leak(make_split(replace(window, dataset=dataset), AFTER), "1 of the pairs of user and item")


def test_recent_items_and_best_sellers_of_more_days(window: Window) -> None:
    longer = make_window([*BEFORE, ("u01", "i1", 0.5), ("u99", "i1", 0.5)], CATEGORIES)
    expect_leak(make_split(replace(window, recent=longer.recent), AFTER), "of the recent items of the window")
    planted = replace(window, best_sellers=longer.best_sellers)
    expect_leak(make_split(planted, AFTER), "the best sellers count more buyers than the window")


def test_test_purchases_before_the_split(window: Window) -> None:
    split = make_split(window, [*AFTER, ("u03", "i1", -0.25)])
    expect_leak(split, "a test purchase is of 2026-03-09 18:00, before the test days begin")


def test_test_purchases_after_the_test_days(window: Window) -> None:
    split = make_split(window, [*AFTER, ("u03", "i1", 7.0)])
    expect_leak(split, "a test purchase is of 2026-03-17 00:00, after the 7 test days")


def test_a_catalogue_is_asked_for_what_it_says_of_its_own_day(window: Window) -> None:
    planted = replace(window, products=make_products({"i1": "tea", "i2": None}))
    check_split(make_split(planted, AFTER))
    assert window.catalogue_day == SPLIT_DATE - timedelta(days=1)
    assert datetime(2026, 3, 10, tzinfo=UTC) == STARTS_AT
    assert PURCHASE in window.dataset.events
