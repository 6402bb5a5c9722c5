"""What must not be known before a split: each is told apart, and said loudly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.compute as pc

from include.columns import BEST_SELLERS, CATALOGUE, FIRST_SEEN, ITEM_ID, OCCURRED_AT, PRODUCTS, RECENT_ITEMS
from include.dataset.events import PURCHASE, find_codes
from include.errors import LeakError
from include.evaluation.splits import Split
from include.evaluation.window import Window


def check_split(split: Split) -> None:
    """Raises LeakError where the window, or the test purchases, hold what they must not.

    Days are compared where the split has a date, times where it has a first moment. What a catalogue says
    has no time of its own: it is known by its day, and by its columns.
    """
    check_days(split)
    check_catalogue(split.window)
    if split.starts_at is not None:
        check_times(split.window, split.starts_at)
        check_bought(split, split.starts_at)
    check_counts(split.window)


def check_days(split: Split) -> None:
    window = split.window
    if split.split_date is None or window.first is None or window.last is None:
        return
    if window.last >= split.split_date or window.first >= split.split_date:
        raise LeakError(
            f"leak: the window {window.first} to {window.last} overlaps the test days, which begin on"
            f" {split.split_date}; it must end on the day before."
        )


def check_catalogue(window: Window) -> None:
    if window.catalogue_day and window.last and window.catalogue_day > window.last:
        raise LeakError(
            f"leak: the catalogue is of {window.catalogue_day}, after the window's last day {window.last};"
            " read the newest one of that day or before."
        )
    for what, table, schema in (
        ("catalogue", window.products, PRODUCTS),
        ("catalogue of the window's items", window.dataset.catalogue, CATALOGUE),
        ("list of recent items", window.recent, RECENT_ITEMS),
        ("list of best sellers", window.best_sellers, BEST_SELLERS),
    ):
        if strange := [name for name in table.column_names if name not in schema.names]:
            raise LeakError(
                f"leak: the {what} has a column {', '.join(strange)}, of which nobody can tell when it was"
                " known; declare it in include/sql, or leave it out."
            )


def check_times(window: Window, starts_at: datetime) -> None:
    """Every event, of any type, and all that was made of them, is before the test days."""
    moment = _count_microseconds(starts_at)
    dataset = window.dataset
    times = {f"{name}s": events.timestamps for name, events in dataset.events.items()}
    times["pairs of user and item"] = dataset.interactions.occurred_at
    for what, table, column in (
        ("recent items", window.recent, OCCURRED_AT),
        ("catalogue's first events of items", dataset.catalogue, FIRST_SEEN),
    ):
        times[what] = pc.drop_null(table[column]).cast("int64").to_numpy()
    for what, known in times.items():
        if late := int(np.count_nonzero(known >= moment)):
            raise LeakError(
                f"leak: {late:,} of the {what} of the window {window.first} to {window.last} are of the test"
                f" days, which begin at {starts_at:%Y-%m-%d %H:%M}; the latest is of"
                f" {_tell_time(known.max(), starts_at)}."
            )


def check_bought(split: Split, starts_at: datetime) -> None:
    """What the lists are judged by is of the test days."""
    if split.bought_between is None:
        return
    first, last = split.bought_between
    if first < _count_microseconds(starts_at):
        raise LeakError(
            f"leak: a test purchase is of {_tell_time(first, starts_at)}, before the test days begin"
            f" ({starts_at:%Y-%m-%d %H:%M}); judge by purchases from then on alone."
        )
    # By the clock of the zone: a day may have 23 hours.
    if split.test_days and last >= _count_microseconds(starts_at + timedelta(days=split.test_days)):
        raise LeakError(
            f"leak: a test purchase is of {_tell_time(last, starts_at)}, after the {split.test_days} test"
            " days; judge by purchases of these days alone."
        )


def check_counts(window: Window) -> None:
    """Nothing counts purchases that the window's events do not hold."""
    dataset = window.dataset
    purchased = dataset.purchased()
    if PURCHASE in dataset.events:
        events = dataset.events[PURCHASE]
        owners = np.repeat(np.arange(purchased.shape[0], dtype=np.int64), np.diff(purchased.indptr))
        width = purchased.shape[1]
        held = np.unique(events.users.astype(np.int64) * width + events.items)
        strange = ~np.isin(owners * width + purchased.indices, held)
        if strange.any():
            raise LeakError(
                f"leak: {int(strange.sum()):,} pairs of user and item are called bought in the window"
                f" {window.first} to {window.last}, and none of its purchases is of them."
            )
    sold = window.best_sellers.filter(pc.equal(window.best_sellers["category"], ""))
    codes = find_codes(sold[ITEM_ID].combine_chunks(), dataset.item_ids)
    buyers = np.append(window.buyers, np.iinfo(np.int64).max)
    if (sold["buyers"].to_numpy() > buyers[codes]).any():
        raise LeakError(
            f"leak: the best sellers count more buyers than the window {window.first} to {window.last} has;"
            " make them from its own purchases."
        )


def _count_microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _tell_time(microseconds: int, like: datetime) -> str:
    moment = datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC).astimezone(like.tzinfo)
    return f"{moment:%Y-%m-%d %H:%M}"
