"""Pairs as the window and the test of a split, so that what judges days judges files too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.columns import PRODUCTS
from include.dataset.events import PURCHASE, find_codes
from include.evaluation.split_files.pairs import Pairs
from include.evaluation.splits import Split
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.best_sellers import rank_sold_items
from include.models.recent_items import rank_recent_events

# As an advertiser has it that says nothing: the last items of a user, whose neighbours are candidates.
_RECENT: Final = 20
# Best sellers fill lists of so many items at most, from which a user's own are left out.
_LONGEST_LIST: Final = 1000


def make_window(train: Pairs) -> Window:
    """The window that holds the pairs of train, one purchase each.

    Where the file has no times, the order of its lines is the order of what a user did, and the window has no
    days. There is no catalogue.
    """
    dataset = train.to_dataset()
    pairs = dataset.interactions
    longest = _LONGEST_LIST + int(train.sizes.max())
    unpaid = np.zeros(len(train.item_ids))
    days = _list_days(train.timestamps) if train.has_times else (None, None)
    return Window(
        dataset,
        rank_recent_events({PURCHASE: pairs}, _RECENT).rows,
        rank_sold_items(pairs, unpaid, PRODUCTS.empty_table(), longest).rows,
        first=days[0],
        last=days[1],
    )


def make_split(window: Window, test: Pairs) -> Split:
    """The window beside the pairs of a test, which has no days of its own."""
    indptr = np.append(0, np.cumsum(test.sizes))
    bought = RankedLists(indptr, test.items, np.ones(len(test), np.float32))
    return Split(window, None, None, test.user_ids, test.item_ids, bought)


def _list_days(timestamps: NDArray[np.int64]) -> tuple[date, date]:
    first, last = (
        datetime.fromtimestamp(moment / 1e6, UTC).date() for moment in (timestamps.min(), timestamps.max())
    )
    return first, last


@dataclass(frozen=True)
class Strangers:
    """What of a test cannot be hit, or is not asked for.

    users: test users whom train does not know, and user_pairs, their pairs. items: test items that train does
    not know, and item_pairs, the pairs of them, which are relevant and in no list. known_pairs: pairs that
    train holds already; lists leave them out, so they are not relevant.
    """

    users: int
    user_pairs: int
    items: int
    item_pairs: int
    known_pairs: int


def count_strangers(train: Pairs, test: Pairs) -> Strangers:
    users = find_codes(test.user_ids, train.user_ids)
    items = find_codes(test.item_ids, train.item_ids)
    user, item = users[test.users].astype(np.int64), items[test.items].astype(np.int64)
    known = (user >= 0) & (item >= 0)
    size = len(train.item_ids)
    keys, had = user * size + item, train.users.astype(np.int64) * size + train.items
    return Strangers(
        int((users < 0).sum()),
        int((user < 0).sum()),
        int((items < 0).sum()),
        int((item < 0).sum()),
        int((known & np.isin(keys, had)).sum()),
    )
