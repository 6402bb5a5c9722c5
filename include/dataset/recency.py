"""The newest days of a window, and events that count less the older they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.dataset.dataset import Dataset
from include.dataset.events import Columns, Events, number_orders
from include.errors import RefusedInputError

_UTC_DAY: Final = 86_400_000_000  # microseconds


def select_recent(dataset: Dataset, days: int | None = None, half_life: float | None = None) -> Dataset:
    """The events of the newest so many days, each times 0.5 ** (age / half_life); None leaves all as it is.

    An event's age is in whole days before the window's last day. Users and items without an event of a
    positive weight in those days do not stay; `purchased()` still has all that the others bought in the
    whole window. The times between events, and `sequences()` and `orders()`, know nothing of the half-life.
    Raises RefusedInputError where the data have no days.
    """
    if days is None and half_life is None:
        return dataset
    age = age_events(dataset)
    kept = {name: np.flatnonzero(some < (days or np.inf)) for name, some in age.items()}
    has_user, has_item = np.zeros(len(dataset.user_ids), np.bool_), np.zeros(len(dataset.item_ids), np.bool_)
    for name, rows in kept.items():
        if dataset.events[name].weight > 0:
            has_user[dataset.events[name].users[rows]] = True
            has_item[dataset.events[name].items[rows]] = True
    events = {}
    for name, rows in kept.items():
        some = dataset.events[name]
        rows = rows[has_user[some.users[rows]] & has_item[some.items[rows]]]
        shares = None if half_life is None else (0.5 ** (age[name][rows] / half_life)).astype(np.float32)
        events[name] = _select(some, rows, has_user, has_item, shares)
    users, items = np.flatnonzero(has_user), np.flatnonzero(has_item)
    chosen = Dataset.from_events(
        dataset.user_ids.take(pa.array(users)), dataset.item_ids.take(pa.array(items)), events
    )
    return replace(
        chosen,
        bought=dataset.purchased()[users][:, items],
        read_catalogue=lambda: dataset.catalogue.take(pa.array(items)),
        day_starts=dataset.day_starts,
        read_products=lambda: dataset.products,
    )


def age_events(dataset: Dataset) -> dict[str, NDArray[np.int64]]:
    """By event type, the age (n,) of each event, as `age_timestamps` has it."""
    return {name: age_timestamps(dataset, some.timestamps) for name, some in dataset.events.items()}


def age_timestamps(dataset: Dataset, timestamps: NDArray[np.int64]) -> NDArray[np.int64]:
    """The age (n,) of each: whole days before the last day of the window, which are 0.

    Raises RefusedInputError where the data have no days.
    """
    if dataset.day_starts is None:
        raise RefusedInputError(
            "The data have no days, so that nothing can be left to the newest of them; take days and"
            " half_life out of the settings."
        )
    return len(dataset.day_starts) - 1 - number_days(dataset, timestamps)


def number_days(dataset: Dataset, timestamps: NDArray[np.int64]) -> NDArray[np.int64]:
    """The day (n,) of each: of the window, or in UTC where the data have no days."""
    if dataset.day_starts is None:
        return timestamps // _UTC_DAY
    return np.searchsorted(dataset.day_starts, timestamps, side="right")


def _select(
    events: Events,
    rows: NDArray[np.int64],
    has_user: NDArray[np.bool_],
    has_item: NDArray[np.bool_],
    shares: NDArray[np.float32] | None,
) -> Events:
    """The events `rows` (m,), by the codes of the users and items that stay."""
    codes = {
        "users": np.cumsum(has_user, dtype=np.int32) - np.int32(1),
        "items": np.cumsum(has_item, dtype=np.int32) - np.int32(1),
    }

    def read(names: Sequence[str]) -> Columns:
        columns = {name: getattr(events, name)[rows] for name in names}
        for name in codes.keys() & columns.keys():
            columns[name] = codes[name][columns[name]]
        if "orders" in columns:
            columns["orders"] = number_orders(columns["orders"])
        return columns

    return Events(events.weight, read, shares)
