"""What the purchases of a window say of each user, each item, and each pair of them, for a learned blend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.candidates.inputs import Inputs
from include.dataset.catalogue import align_products
from include.dataset.events import PURCHASE

DAY = 86_400_000_000  # microseconds
RECENT_DAYS = 7
HALF_LIFE_DAYS = 14.0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Of each pair of user and item (or category) that was bought, sorted by user and then item.

    keys: (pairs,) int64, user × width + item. Ages are in whole days before the window's end, 0 on its last
    day. count: purchase lines; days: different days; last, first: the age of the newest and of the oldest;
    decayed: Σ over the lines of 0.5 ** (age / HALF_LIFE_DAYS). All float32 but the keys.
    """

    width: int
    keys: NDArray[np.int64]
    count: NDArray[np.float32]
    days: NDArray[np.float32]
    last: NDArray[np.float32]
    first: NDArray[np.float32]
    decayed: NDArray[np.float32]

    @classmethod
    def from_lines(
        cls, users: NDArray[np.integer], items: NDArray[np.integer], ages: NDArray[np.integer], width: int
    ) -> Pairs:
        """From each purchase line (n,)."""
        span = int(ages.max(initial=0)) + 1
        lines = np.sort((users.astype(np.int64) * width + items) * span + ages)
        pairs, ages = lines // span, lines % span
        starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
        is_day = np.append(True, lines[1:] != lines[:-1])[: len(lines)]
        weights = 0.5 ** (ages / HALF_LIFE_DAYS)
        ends = np.append(starts[1:], len(lines))[: len(starts)] - 1
        numbers = (
            ends + 1 - starts,
            np.add.reduceat(is_day.astype(np.int64), starts) if len(starts) else starts,
            ages[starts],
            ages[ends],
            np.add.reduceat(weights, starts) if len(starts) else starts,
        )
        return cls(width, pairs[starts], *(number.astype(np.float32) for number in numbers))

    @property
    def users(self) -> NDArray[np.int64]:
        return self.keys // self.width

    @property
    def items(self) -> NDArray[np.int64]:
        return self.keys % self.width

    def find(self, users: NDArray[np.int64], items: NDArray[np.integer]) -> NDArray[np.int64]:
        """The index (n,) of each pair, -1 of one that was not bought. The users are in ascending order."""
        if not len(self.keys) or not len(users):
            return np.full(len(users), -1)
        first = np.searchsorted(self.keys, users[0] * self.width)
        keys = self.keys[first : np.searchsorted(self.keys, (users[-1] + 1) * self.width)]
        wanted = users * self.width + items
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        return np.where(keys[at] == wanted, first + at, -1) if len(keys) else np.full(len(users), -1)


@dataclass(frozen=True, eq=False)
class WindowFacts:
    """Nothing here was known only after the window. NaN where nothing is known.

    history (users,): different items bought. last_bought (users,): the age of the newest purchase in days.
    active_days (users,): different days. user_interval (users,): days between two purchases of one item, and
    item_interval (items,) the same over its buyers. user_repeats (users,), item_repeats (items,): the share
    of pairs bought on several days, drawn to the mean where there are few. user_price (users,): the mean of
    the logarithm of the prices of what was bought; price (items,) the logarithm of 1 + the mean price.
    buyers, recent_buyers (items,): of the window, of its last RECENT_DAYS. first_sold (items,): the age of
    the first purchase. category (items,): its code or -1. of_category: pairs of users and categories.
    """

    pairs: Pairs
    of_category: Pairs
    history: NDArray[np.float32]
    last_bought: NDArray[np.float32]
    active_days: NDArray[np.float32]
    user_interval: NDArray[np.float32]
    user_repeats: NDArray[np.float32]
    user_price: NDArray[np.float32]
    lines: NDArray[np.float32]
    buyers: NDArray[np.float32]
    recent_buyers: NDArray[np.float32]
    item_interval: NDArray[np.float32]
    item_repeats: NDArray[np.float32]
    first_sold: NDArray[np.float32]
    price: NDArray[np.float32]
    category: NDArray[np.int64]

    @classmethod
    def from_inputs(cls, inputs: Inputs) -> WindowFacts:
        """From the purchases of the window without a cap, and the newest catalogue."""
        user_count, item_count = len(inputs.user_ids), len(inputs.item_ids)
        users, items, ages, prices = _list_lines(inputs)
        pairs = Pairs.from_lines(users, items, ages, item_count)
        owners, bought = pairs.users, pairs.items
        is_repeated = pairs.days > 1
        span, gaps = pairs.first - pairs.last, pairs.days - 1
        catalogue = align_products(inputs.item_ids, inputs.products)
        category = _code_categories(catalogue)
        price = _find_prices(items, prices, catalogue)
        has = category[items] >= 0
        active = np.unique(users * (int(ages.max(initial=0)) + 1) + ages) // (int(ages.max(initial=0)) + 1)
        last, first = np.full(user_count, np.nan), np.full(item_count, np.nan)
        np.fmin.at(last, owners, pairs.last)
        np.fmax.at(first, bought, pairs.first)
        of_category = Pairs.from_lines(
            users[has], category[items][has], ages[has], int(category.max(initial=0)) + 1
        )
        found = {
            "history": np.bincount(owners, minlength=user_count),
            "last_bought": last,
            "active_days": np.bincount(active, minlength=user_count),
            "user_interval": _divide(
                np.bincount(owners, span, user_count), np.bincount(owners, gaps, user_count)
            ),
            "user_repeats": _share(owners, is_repeated, user_count),
            "user_price": _average(owners, price[bought], user_count),
            "lines": np.bincount(users, minlength=user_count),
            "buyers": np.bincount(bought, minlength=item_count),
            "recent_buyers": np.bincount(bought[pairs.last < RECENT_DAYS], minlength=item_count),
            "item_interval": _divide(
                np.bincount(bought, span, item_count), np.bincount(bought, gaps, item_count)
            ),
            "item_repeats": _share(bought, is_repeated, item_count),
            "first_sold": first,
            "price": price,
        }
        numbers = {name: number.astype(np.float32) for name, number in found.items()}
        return cls(pairs=pairs, of_category=of_category, category=category, **numbers)


def _list_lines(
    inputs: Inputs,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The user, the item, the age in days and the price (n,) of each purchase line."""
    dataset = inputs.dataset
    if PURCHASE in dataset.events:
        events = dataset.events[PURCHASE]
        users, items, times, prices = events.users, events.items, events.timestamps, events.price
    else:  # data without events, such as those of a split file
        pairs = dataset.interactions
        users = pairs.user_codes().astype(np.int32)
        items, times = pairs.user_items.indices, pairs.occurred_at
        prices = np.full(len(users), np.nan)
    end = times.max(initial=0) + 1 if dataset.day_starts is None else dataset.day_starts[-1]
    ages = np.maximum((end - 1 - times) // DAY, 0)
    return inputs.dataset_users[users].astype(np.int64), items.astype(np.int64), ages, prices


def _code_categories(catalogue: pa.Table) -> NDArray[np.int64]:
    column = catalogue["category"].combine_chunks()
    named = pc.if_else(pc.equal(column, ""), None, column).dictionary_encode()
    return pc.fill_null(named.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _find_prices(
    items: NDArray[np.int64], prices: NDArray[np.float64], catalogue: pa.Table
) -> NDArray[np.float64]:
    """log(1 + price) (items,): the mean of what was paid, else the catalogue's."""
    size = catalogue.num_rows
    known = ~np.isnan(prices)
    paid = _divide(np.bincount(items[known], prices[known], size), np.bincount(items[known], minlength=size))
    listed = pc.fill_null(catalogue["price"], np.nan).to_numpy()
    return np.log1p(np.maximum(np.where(np.isnan(paid), listed, paid), 0))


def _divide(sums: NDArray[np.number], counts: NDArray[np.number]) -> NDArray[np.float64]:
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _average(owners: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    return _divide(
        np.bincount(owners[known], values[known], size), np.bincount(owners[known], minlength=size)
    )


def _share(owners: NDArray[np.int64], marked: NDArray[np.bool_], size: int) -> NDArray[np.float64]:
    """The share of marked pairs of each owner, with one pair of the mean added."""
    mean = marked.mean() if len(marked) else 0.0
    return (np.bincount(owners, marked, size) + mean) / (np.bincount(owners, minlength=size) + 1)
