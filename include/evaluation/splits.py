"""Split times: what was known before each, what was bought from it on, and lists beside that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import ITEM_ID
from include.dataset.events import find_codes
from include.dataset.interactions import Interactions
from include.evaluation.judged import Judged
from include.evaluation.window import Window
from include.kernels import RankedLists

Purchases = Literal["all", "new", "repeat"]
Segment = Literal["known", "light", "heavy", "new"]

PURCHASES: tuple[Purchases, ...] = ("all", "new", "repeat")
SEGMENTS: tuple[Segment, ...] = ("known", "light", "heavy", "new")


def list_split_dates(as_of: date, splits: int, every: int, test_days: int) -> list[date]:
    """So many dates, ascending, `every` so many days; the test days of the last end on the as-of date."""
    last = as_of - timedelta(days=test_days - 1)
    return [last - timedelta(days=every * age) for age in reversed(range(splits))]


@dataclass(frozen=True, eq=False)
class Split:
    """A window, and what its users and others bought in the test days, from `split_date` on.

    user_ids: (users,) who bought, and item_ids: (items,) what was bought: text, each once. purchased: by
    user, the different items by their code in item_ids, in order of it; at least one each. Dates are None
    where the data have no times. starts_at: the first moment of the test days. bought_between: the first and
    the last time of a purchase in the test days, in microseconds since 1970 in UTC.
    """

    window: Window
    split_date: date | None
    test_days: int | None
    user_ids: pa.StringArray
    item_ids: pa.StringArray
    purchased: RankedLists
    starts_at: datetime | None = None
    bought_between: tuple[int, int] | None = None

    @classmethod
    def from_bought(
        cls,
        window: Window,
        split_date: date | None,
        test_days: int | None,
        bought: Interactions,
        starts_at: datetime | None = None,
    ) -> Split:
        """From what was bought in the test days, less what was cancelled in them."""
        pairs, times = bought.user_items, bought.occurred_at
        purchased = RankedLists(pairs.indptr.astype(np.int64), pairs.indices, pairs.data)
        between = (int(times.min()), int(times.max())) if starts_at and len(times) else None
        ids = bought.user_ids, bought.item_ids
        return cls(window, split_date, test_days, *ids, purchased, starts_at, between)

    @cached_property
    def users(self) -> NDArray[np.int32]:
        """The code (users,) of each test user in the window, -1 for those whom it does not know."""
        return find_codes(self.user_ids, self.window.user_ids)

    @cached_property
    def items(self) -> NDArray[np.int32]:
        """The code (items,) of each item in the window; one that it does not have has a code beyond."""
        known = self.window.item_ids
        codes = find_codes(self.item_ids, known)
        return np.where(codes < 0, len(known) + np.arange(len(codes), dtype=np.int32), codes)

    @cached_property
    def segments(self) -> dict[Segment, NDArray[np.bool_]]:
        """Which test users (users,) are of each segment; known users are light or heavy."""
        known = self.users >= 0
        sizes = np.append(np.diff(self.window.purchased.indptr), 0)[self.users]
        is_light = sizes < np.median(sizes[known]) if known.any() else known
        return {"known": known, "light": known & is_light, "heavy": known & ~is_light, "new": ~known}

    @cached_property
    def categories(self) -> tuple[NDArray[np.int32], NDArray[np.int32], list[str]]:
        """The category (window's items,) and (items,) of each item, -1 for those without, and their names."""
        products = self.window.products
        named = products.filter(pc.fill_null(pc.not_equal(products["category"], ""), False))
        coded = named["category"].combine_chunks().dictionary_encode()
        known = named[ITEM_ID].combine_chunks()
        of = np.append(coded.indices.to_numpy(), np.int32(-1))
        own, theirs = find_codes(self.window.item_ids, known), find_codes(self.item_ids, known)
        return of[own].astype(np.int32), of[theirs].astype(np.int32), coded.dictionary.to_pylist()

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
        """Of each purchase (n,): the test user, the item's place, its code in the window, whether repeated.

        In order of user and then code.
        """
        rows = np.repeat(np.arange(len(self.user_ids)), self.purchased.sizes)
        places = self.purchased.items
        codes = self.items[places]
        order = np.lexsort((codes, rows))
        rows, places, codes = rows[order], places[order], codes[order]
        window = self.window.purchased
        width = window.shape[1]
        repeated = np.zeros(len(rows), np.bool_)
        could = np.flatnonzero((self.users[rows] >= 0) & (codes < width))
        if len(could):
            found = window[self.users[rows[could]], codes[could]]
            repeated[could] = np.asarray(found).ravel() > 0
        return rows, places, codes, repeated

    def choose_relevant(self, purchases: Purchases) -> tuple[NDArray[np.int64], RankedLists]:
        """The test users (n,) with an item that counts, and these items of each, by code in the window."""
        rows, _, codes, _ = self._pairs
        kept = self._keep(purchases)
        return group_relevant(rows[kept], codes[kept])

    def choose_by_category(
        self, purchases: Purchases, names: Sequence[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], RankedLists]:
        """The same, an own list for each user and category of the names.

        Returns the test users (n,), the place (n,) in `names` of each one's category, and the items.
        """
        rows, places, codes, _ = self._pairs
        known = self.categories[2]
        of = np.full(len(known) + 1, -1)
        of[[known.index(name) for name in names if name in known]] = [
            place for place, name in enumerate(names) if name in known
        ]
        category = of[self.categories[1][places]]
        kept = np.flatnonzero(self._keep(purchases) & (category >= 0))
        keys = rows[kept] * max(1, len(names)) + category[kept]
        order = np.argsort(keys, kind="stable")
        keys, relevant = group_relevant(keys[order], codes[kept][order])
        return keys // max(1, len(names)), keys % max(1, len(names)), relevant

    def _keep(self, purchases: Purchases) -> NDArray[np.bool_]:
        repeated = self._pairs[3]
        if purchases == "all":
            return np.ones(len(repeated), np.bool_)
        return repeated if purchases == "repeat" else ~repeated

    def count_by_category(self) -> NDArray[np.int64]:
        """How many purchases each category has."""
        codes = self.categories[1][self.purchased.items]
        return np.bincount(codes[codes >= 0], minlength=len(self.categories[2]))

    def judge(self, lists: RankedLists, k: int, rows: NDArray[np.int64], relevant: RankedLists) -> Judged:
        """The lists of the test users `rows` (n,), cut to k, beside what is relevant to them.

        `lists` by the window's users; one more than these is the list of whoever the window does not know.
        """
        items = cut_lists(lists, self.users[rows], len(self.window.user_ids), k)
        return Judged(
            items,
            mark_hits(items, relevant, len(self.window.buyers)),
            relevant,
            self.window.buyers,
            len(self.window.user_ids),
            self.categories[0] if len(self.categories[2]) else None,
        )


def group_relevant(
    rows: NDArray[np.int64], codes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], RankedLists]:
    """Sorted pairs (m,) as the different rows (n,), and a list of codes for each."""
    starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1])[: len(rows)])
    indptr = np.append(starts, len(rows))
    return rows[starts], RankedLists(indptr, codes, np.ones(len(codes), np.float32))


def cut_lists(lists: RankedLists, users: NDArray[np.int32], known: int, k: int) -> NDArray[np.int32]:
    """The first k items (n, k) of each user's list, -1 beyond its end.

    users (n,): codes below `known`, or -1, whose list is the one after those of the known, where there is it.
    """
    sizes = np.append(lists.sizes, 0) if len(lists.indptr) == known + 1 else lists.sizes
    if len(sizes) != known + 1:
        raise ValueError(f"there are {len(lists.indptr) - 1} lists for {known} users; there may be one more")
    owners = np.where(users < 0, known, users)
    starts = np.append(lists.indptr, lists.indptr[-1])[owners]
    places = np.arange(k)
    found = np.append(lists.items, np.int32(-1)).astype(np.int32)
    at = np.where(places < sizes[owners][:, None], starts[:, None] + places, len(lists.items))
    return found[at]


def mark_hits(items: NDArray[np.int32], relevant: RankedLists, window_items: int) -> NDArray[np.bool_]:
    """Whether each item (n, k) is relevant to its user; False beside -1.

    relevant: n lists of codes, each in order of code.
    """
    width = int(max(window_items, relevant.items.max(initial=0) + 1))
    owners = np.repeat(np.arange(len(items)), relevant.sizes)
    known = owners * width + relevant.items
    keys = np.arange(len(items))[:, None] * width + items
    at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    found = known[at] == keys if len(known) else np.zeros(items.shape, np.bool_)
    return found & (items >= 0)


def choose_categories(split: Split, most: int) -> Sequence[str]:
    """The names of the categories with the most purchases in the test days, then by name."""
    names, counts = split.categories[2], split.count_by_category()
    order = sorted(range(len(names)), key=lambda code: (-counts[code], names[code]))
    return [names[code] for code in order[:most] if counts[code]]
