"""Events of one type as arrays, in one order whatever the order of the rows that they were read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.grouping import mark_starts, split_keys
from include.dataset.lines import CodedLines
from include.feeds.purchases import PURCHASE
from include.kernels import choose_newest, count_cores

__all__ = ["PURCHASE", "Events", "code_orders", "find_codes", "list_events", "number_orders"]

COLUMNS: Final = ("users", "items", "orders", "timestamps", "quantity", "price")
NO_ORDER: Final = np.int32(-1)

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one type, sorted by user, timestamp and item, then by order, quantity and price.

    weight: what one event adds to a pair of user and item.
    read: returns some of COLUMNS, each (n,); a column is read when it is first asked for.
    shares: (n,) float32, above 0 and at most 1: by what the weight of each is multiplied; None is 1 for all.

    users, items: int32 codes of the dataset. orders: int32 codes, 0 to orders - 1 by day and then by order
    id, or -1 where an event has none; an order is what has one order id on one day. timestamps: int64
    microseconds since 1970 in UTC. quantity: float64 units, what is left of them where purchases were
    cancelled. price: float64, of one unit, NaN where it is not known.
    """

    weight: float
    read: Callable[[Sequence[str]], Columns] = field(repr=False)
    shares: NDArray[np.float32] | None = field(default=None, repr=False)

    @classmethod
    def from_columns(cls, weight: float, columns: Columns) -> Events:
        return cls(weight, lambda names: {name: columns[name] for name in names})

    @cached_property
    def users(self) -> NDArray[np.int32]:
        return self.read(["users"])["users"]

    @cached_property
    def items(self) -> NDArray[np.int32]:
        return self.read(["items"])["items"]

    @cached_property
    def orders(self) -> NDArray[np.int32]:
        return self.read(["orders"])["orders"]

    @cached_property
    def timestamps(self) -> NDArray[np.int64]:
        return self.read(["timestamps"])["timestamps"]

    @cached_property
    def quantity(self) -> NDArray[np.float64]:
        return self.read(["quantity"])["quantity"]

    @cached_property
    def price(self) -> NDArray[np.float64]:
        return self.read(["price"])["price"]

    def __len__(self) -> int:
        return len(self.users)

    def select(self, choose: Callable[[], NDArray[np.int64]], codes: NDArray[np.int32]) -> Events:
        """The events whose rows (m,), ascending, `choose` returns when a column is first asked for.

        `codes` (items,) are the new codes of the items.
        """
        chosen: list[NDArray[np.int64]] = []

        def read(names: Sequence[str]) -> Columns:
            if not chosen:
                chosen.append(choose())
            columns = {name: getattr(self, name)[chosen[0]] for name in names}
            if "items" in columns:
                columns["items"] = codes[columns["items"]]
            if "orders" in columns:
                columns["orders"] = number_orders(columns["orders"])
            return columns

        shares = None if self.shares is None else self.shares[choose()]
        return Events(self.weight, read, shares)


def list_events(
    lines: CodedLines,
    orders: NDArray[np.int32],
    price: NDArray[np.float64],
    user_ids: pa.StringArray,
    item_ids: pa.StringArray,
) -> dict[str, NDArray[Any]]:
    """COLUMNS (n,) of the lines that stand, of the users and items that have a code: the index of their id.

    `orders` (lines,) are codes from `code_orders`, `price` (lines,) is NaN where it is not known. The ids
    are sorted by code point.
    """
    items, rows = split_keys(lines.keys)
    users = find_codes(lines.user_ids, user_ids).repeat(np.diff(lines.starts))
    items = find_codes(lines.item_ids, item_ids)[items]
    kept = np.flatnonzero((lines.quantity > 0)[rows] & (users >= 0) & (items >= 0))
    users, items, rows = users[kept], items[kept], rows[kept]
    starts = np.append(0, np.cumsum(np.bincount(users, minlength=len(user_ids))))
    timestamps = lines.timestamps[rows]
    # The newest of a time that runs backwards is the oldest; users and then items are in order already.
    order = choose_newest(starts, -timestamps, max(1, len(rows)))[1]
    items, rows, timestamps = items[order], rows[order], timestamps[order]
    tied = ~mark_starts(users, timestamps, items)
    rows = rows[_sort_ties(tied, orders[rows], lines.quantity[rows], price[rows])]
    return {
        "users": users,
        "items": items,
        "orders": number_orders(orders[rows]),
        "timestamps": timestamps,
        "quantity": lines.quantity[rows],
        "price": price[rows],
    }


def find_codes(ids: pa.StringArray, known: pa.StringArray) -> NDArray[np.int32]:
    """The index (n,) of each id in `known`, -1 where it is not there."""
    if ids.equals(known):
        return np.arange(len(ids), dtype=np.int32)
    found = pc.fill_null(pc.index_in(ids, value_set=known), -1)
    return found.to_numpy(zero_copy_only=False).astype(np.int32)


def _sort_ties(tied: NDArray[np.bool_], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """The order (n,) in which rows that tie with the row before them are sorted by the keys."""
    order = np.arange(len(tied))
    rows = np.flatnonzero(tied | np.append(tied[1:], False))
    run = np.cumsum(~tied)[rows]
    order[rows] = rows[np.lexsort((*(key[rows] for key in reversed(keys)), run))]
    return order


def number_orders(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """The codes (n,) counted anew from 0 without gaps; their order and -1 stay."""
    used = np.zeros(int(codes.max(initial=-1)) + 2, np.bool_)
    used[codes] = True
    used[NO_ORDER] = False  # the last one, where -1 has marked
    numbers = np.cumsum(used, dtype=np.int32) - np.int32(1)
    numbers[NO_ORDER] = NO_ORDER
    return numbers[codes]


def code_orders(parts: Sequence[pa.ChunkedArray], threads: int | None = None) -> NDArray[np.int32]:
    """The code (lines,) of each line's order, counted part by part and in a part by the order's id.

    A part is the order ids of a day's lines, as text; -1 where a line has none. The same id in two parts is
    two orders. On so many threads, or one for each core.
    """
    with ThreadPoolExecutor(threads or count_cores()) as pool:
        coded = list(pool.map(_code_ids, parts))
    starts = np.cumsum([0, *(count for _, count in coded)])
    shifted = [
        np.where(codes < 0, NO_ORDER, codes + np.int32(start))
        for (codes, _), start in zip(coded, starts, strict=False)
    ]
    return np.concatenate([np.empty(0, np.int32), *shifted])


def _code_ids(ids: pa.ChunkedArray) -> tuple[NDArray[np.int32], int]:
    """The index (n,) of each id among the sorted different ones, -1 for a null, and how many these are."""
    coded = pc.dictionary_encode(ids.combine_chunks())
    order = pc.sort_indices(coded.dictionary).to_numpy()
    places = np.empty(len(order) + 1, np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    places[-1] = NO_ORDER
    return places[pc.fill_null(coded.indices, -1).to_numpy()], len(order)
