"""What models are given: the events of a window, coded, and the catalogue of their items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.columns import CATALOGUE, PRODUCTS
from include.dataset.catalogue import align_catalogue, find_first_seen
from include.dataset.events import PURCHASE, Columns, Events, find_codes
from include.dataset.interactions import Interactions
from include.errors import RefusedInputError


@dataclass(frozen=True, eq=False)
class Dataset:
    """One window.

    interactions: the pairs of user and item with the sum of their events' weights, as the advertiser sets
        them, and the latest time of each. Every user and every item has an event of a positive weight, and
        its code is its index in user_ids (users,) or item_ids (items,): text, sorted by code point.
    bought: where it is not the nonzeros of `interactions`, all that the users bought, in their columns.
    events: by event type, in the order of the types' names; those of weight 0 too, as far as their user and
        item are known.
    read_catalogue: returns `columns.CATALOGUE`; asked once, when the catalogue is first asked for.
    read_products: returns `columns.PRODUCTS`, the newest catalogue with what nobody bought; asked once too.
    day_starts: (days + 1,) int64 microseconds since 1970 in UTC, when each day of the window begins, and the
        last one ends; None where the data have no days.
    """

    interactions: Interactions
    bought: csr_matrix | None = None
    events: Mapping[str, Events] = field(default_factory=dict)
    read_catalogue: Callable[[], pa.Table] | None = field(default=None, repr=False)
    day_starts: NDArray[np.int64] | None = field(default=None, repr=False)
    read_products: Callable[[], pa.Table] = field(default=PRODUCTS.empty_table, repr=False)
    _matrices: dict[tuple[tuple[str, float], ...], csr_matrix] = field(
        default_factory=dict, init=False, repr=False
    )

    @classmethod
    def from_events(
        cls,
        user_ids: pa.StringArray,
        item_ids: pa.StringArray,
        events: Mapping[str, Events],
        read_products: Callable[[], pa.Table] = PRODUCTS.empty_table,
        day_starts: NDArray[np.int64] | None = None,
    ) -> Dataset:
        """A window from its events, whose codes are those of the ids."""
        counts = {
            name: Interactions.from_events(some, user_ids, item_ids)
            for name, some in sorted(events.items())
            if some.weight > 0 or name == PURCHASE
        }
        weighty = [(events[name].weight, some) for name, some in counts.items() if events[name].weight > 0]
        bought = counts[PURCHASE].user_items if PURCHASE in counts else None
        are_all = bought is None or [some for _, some in weighty] == [counts[PURCHASE]]

        def read_catalogue() -> pa.Table:
            first_seen = find_first_seen(events.values(), len(item_ids))
            return align_catalogue(item_ids, read_products(), first_seen)

        pairs = Interactions.add_up(weighty)
        return cls(pairs, None if are_all else bought, events, read_catalogue, day_starts, read_products)

    @property
    def user_ids(self) -> pa.StringArray:
        return self.interactions.user_ids

    @property
    def item_ids(self) -> pa.StringArray:
        return self.interactions.item_ids

    def matrix(self, weights: Mapping[str, float] | None = None) -> csr_matrix:
        """CSR, users × items, float32, sorted indices.

        A nonzero means that the user had an event of a positive weight with the item; its value is the sum
        over the event types of weight × events. `weights` by event type; those of the advertiser without
        them, which are 1 for purchases alone by default: then it is how many purchase lines still stand.
        Raises RefusedInputError for a weight that is negative or not a number, and for a type without events.
        """
        if weights is None:
            return self.interactions.user_items
        key = tuple(sorted((name, float(weight)) for name, weight in weights.items() if weight != 0))
        if key not in self._matrices:
            self._matrices[key] = self._count(dict(key))
        return self._matrices[key]

    def _count(self, weights: Mapping[str, float]) -> csr_matrix:
        if unknown := sorted(set(weights) - set(self.events)):
            known = ", ".join(sorted(self.events)) or "none"
            raise RefusedInputError(f"The window has no events of type {', '.join(unknown)}; it has {known}.")
        for name, weight in weights.items():
            if not 0 < np.float32(weight) < np.inf:
                raise RefusedInputError(
                    f"The weight of {name} is {weight}; it must be 0 or a positive number."
                )
        if not weights:
            return csr_matrix(self.matrix().shape, dtype=np.float32)
        counts = [
            (weight, Interactions.from_events(self.events[name], self.user_ids, self.item_ids))
            for name, weight in weights.items()
        ]
        return Interactions.add_up(counts).user_items

    def binary(self) -> csr_matrix:
        """`matrix()` with 1 (int32) for each nonzero."""
        return self.interactions.binary()

    def purchased(self) -> csr_matrix:
        """CSR of the shape of `matrix()`: its nonzeros are all that the users bought, beyond a cap too."""
        return self.matrix() if self.bought is None else self.bought

    def sequences(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """What each user did: indptr (users + 1,), and the items (events,) in order of time, then of code.

        Of the events of a positive weight; an item is there as often as its user had one with it.
        """
        some = [events for events in self.events.values() if events.weight > 0]
        columns = [events.read(("users", "items", "timestamps")) for events in some]
        users, items = _join(columns, "users"), _join(columns, "items")
        if len(columns) > 1:
            order = np.lexsort((items, _join(columns, "timestamps"), users))
            users, items = users[order], items[order]
        indptr = np.append(0, np.cumsum(np.bincount(users, minlength=len(self.user_ids))))
        return indptr, items

    def orders(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """What was bought at once: indptr (orders + 1,), and each order's different items in order of code.

        The orders are in order of day, then of order id; each has an item. A purchase without an order id
        is in none.
        """
        columns = [self.events[PURCHASE].read(("orders", "items"))] if PURCHASE in self.events else []
        orders, items = _join(columns, "orders"), _join(columns, "items")
        items, orders = items[orders >= 0], orders[orders >= 0]
        size = int(orders.max(initial=-1)) + 1
        ones = np.ones(len(items), np.int32)
        matrix = csr_matrix((ones, (orders, items)), shape=(size, len(self.item_ids)))
        matrix.sum_duplicates()
        return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)

    @cached_property
    def catalogue(self) -> pa.Table:
        """`columns.CATALOGUE`, a row for each item (items,) by its code; null where the catalogue lacks it.

        first_seen is the item's first event in the window. Raises ValueError where the catalogue holds an
        item twice.
        """
        if self.read_catalogue:
            return self.read_catalogue()
        nulls = [pa.nulls(len(self.item_ids), column.type) for column in CATALOGUE]
        return pa.table([self.item_ids, *nulls[1:]], schema=CATALOGUE)

    @cached_property
    def products(self) -> pa.Table:
        """`columns.PRODUCTS`: the whole newest catalogue, items included that nobody bought in the window."""
        return self.read_products()

    def cap(self, max_history: int) -> Dataset:
        """Each user's newest items, at most so many; where times tie, the first by item id.

        Every user stays; an item that nobody has any more does not. An event of a positive weight stays with
        its pair of user and item, one of weight 0 with its item. `purchased()` still has all that was bought
        of the items that stay. Raises ValueError below 1.
        """
        capped = self.interactions.cap_history(max_history)
        codes, former = find_codes(self.item_ids, capped.item_ids), find_codes(capped.item_ids, self.item_ids)
        events = {
            name: some.select(partial(_find_kept, some, capped.user_items, codes), codes)
            for name, some in self.events.items()
        }
        bought = self.purchased()[:, former]
        return Dataset(
            capped,
            bought,
            events,
            lambda: self.catalogue.take(pa.array(former)),
            self.day_starts,
            lambda: self.products,
        )


def _find_kept(events: Events, kept: csr_matrix, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """The rows (m,) of the events whose pair is a nonzero of `kept`, or whose item has a code there."""
    items = codes[events.items]
    rows = np.flatnonzero(items >= 0)
    if events.weight == 0:
        return rows
    users, size = np.repeat(np.arange(kept.shape[0]), np.diff(kept.indptr)), kept.shape[1]
    pairs = events.users[rows].astype(np.int64) * size + items[rows]
    return rows[np.isin(pairs, users * size + kept.indices)]


def _join(columns: Sequence[Columns], name: str) -> NDArray[np.int32]:
    return np.concatenate([np.empty(0, np.int32), *(column[name] for column in columns)])
