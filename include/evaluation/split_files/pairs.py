"""Who had what: the pairs of user and item of a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.dataset.dataset import Dataset
from include.dataset.events import NO_ORDER, PURCHASE, Events
from include.dataset.grouping import mark_starts
from include.dataset.id_codes import drop_unused


@dataclass(frozen=True, eq=False)
class Pairs:
    """Different pairs, sorted by user and item.

    users, items: (n,) int32 codes, each the index of its id in user_ids or item_ids: text, sorted by code
    point, each with a pair. timestamps: (n,) int64 microseconds since 1970 in UTC, a pair's latest; where the
    file has none, `has_times` is False and they are the number of the pair in the file. lines: how many the
    file has that hold something, its header left out. duplicates: pairs that were there before. unrated:
    pairs left out for their rating. empty_users: lines of a user without items.
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    timestamps: NDArray[np.int64]
    user_ids: pa.StringArray
    item_ids: pa.StringArray
    has_times: bool = False
    lines: int = 0
    duplicates: int = 0
    unrated: int = 0
    empty_users: int = 0

    def __len__(self) -> int:
        return len(self.users)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many items each user has (users,)."""
        return np.bincount(self.users, minlength=len(self.user_ids))

    def compact(self) -> Pairs:
        """The same without ids that have no pair."""
        users, user_ids = drop_unused(self.users, self.user_ids)
        items, item_ids = drop_unused(self.items, self.item_ids)
        return replace(self, users=users, items=items, user_ids=user_ids, item_ids=item_ids)

    def select(self, kept: NDArray[np.bool_]) -> Pairs:
        """The pairs that `kept` (n,) marks, with the ids that they have; the file's counts are not theirs."""
        users, items, timestamps = self.users[kept], self.items[kept], self.timestamps[kept]
        return Pairs(users, items, timestamps, self.user_ids, self.item_ids, self.has_times).compact()

    def to_dataset(self) -> Dataset:
        """A window in which each pair is one purchase."""
        order = np.lexsort((self.items, self.timestamps, self.users))
        columns: dict[str, NDArray[Any]] = {
            "users": self.users[order],
            "items": self.items[order],
            "orders": np.full(len(order), NO_ORDER),
            "timestamps": self.timestamps[order],
            "quantity": np.ones(len(order)),
            "price": np.full(len(order), np.nan),
        }
        events = {PURCHASE: Events.from_columns(1.0, columns)}
        return Dataset.from_events(self.user_ids, self.item_ids, events)


def merge_pairs(
    users: NDArray[np.int32], items: NDArray[np.int32], timestamps: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Users, items and timestamps (m,) of the different pairs among rows (n,), each with its latest time."""
    keys = users.astype(np.uint64) << np.uint64(32)
    keys |= items.astype(np.uint64)
    order = np.argsort(keys)  # of equal pairs in any order, for only the largest of their times is used
    keys, timestamps = keys[order], timestamps[order]
    first = np.flatnonzero(mark_starts(keys))
    latest = np.maximum.reduceat(timestamps, first) if len(first) else timestamps
    keys = keys[first]
    return (keys >> np.uint64(32)).astype(np.int32), keys.astype(np.uint32).astype(np.int32), latest
