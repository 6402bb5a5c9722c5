"""Who did something with what in the window, as a sparse matrix and its two id maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.columns import (
    INTERACTIONS,
    ITEM_ID,
    OCCURRED_AT,
    PURCHASES,
    USER_ID,
    WEIGHT,
)
from include.dataset.events import Events, find_codes
from include.dataset.grouping import add_runs, group_rows, mark_starts, merge_runs, split_keys
from include.dataset.id_codes import drop_unused, encode_ids, take_ids
from include.dataset.lines import CodedLines, WindowPart, code_lines
from include.dataset.schemas import conform_table, reject_nulls
from include.kernels import choose_newest


@dataclass(frozen=True, eq=False)
class Interactions:
    """One window.

    user_items: CSR, users × items, float32, sorted indices; a nonzero means that the user had an event with
        the item, and its value is the sum of their weights: of purchases, how many lines still stand.
    user_ids: (users,) and item_ids: (items,), text, sorted by code point: row u is user_ids[u].
    occurred_at: (nonzeros,) int64 microseconds since 1970 in UTC, the latest event of each nonzero,
        in the order of user_items.data.

    Every user and every item has a nonzero. Nothing depends on the order of the rows it was made from.
    """

    user_items: csr_matrix
    user_ids: pa.StringArray
    item_ids: pa.StringArray
    occurred_at: NDArray[np.int64]

    @classmethod
    def from_purchases(cls, net: pa.Table) -> Interactions:
        """Count the lines of `netting.net_purchases` by user and item.

        Raises ValueError for missing columns and nulls.
        """
        table = conform_table(net, PURCHASES, "net purchases")
        lines = code_lines([WindowPart(len(table), lambda: table)], "net purchases")
        return cls.from_lines(replace(lines, quantity=np.ones(len(lines.keys))))

    @classmethod
    def from_lines(cls, lines: CodedLines) -> Interactions:
        """Count the lines with a positive quantity by user and item, after `netting.net_lines`."""
        indptr, items, weight, timestamps = merge_runs(
            lines.starts, lines.keys, lines.quantity > 0, lines.timestamps
        )
        found = np.diff(indptr) > 0
        user_ids = lines.user_ids.filter(pa.array(found))
        items, item_ids = drop_unused(items, lines.item_ids)
        return cls._build(indptr[np.append(True, found)], items, weight, timestamps, user_ids, item_ids)

    @classmethod
    def from_events(cls, events: Events, user_ids: pa.StringArray, item_ids: pa.StringArray) -> Interactions:
        """Count the events by user and item, 1 or its share for each; ids without an event stay."""
        columns = events.read(("users", "items", "timestamps"))
        starts, keys = group_rows(columns["users"], columns["items"], len(user_ids))
        every = np.ones(len(keys), np.bool_)
        indptr, items, weight, timestamps = merge_runs(starts, keys, every, columns["timestamps"])
        if events.shares is not None:
            weight = add_runs(starts, keys, events.shares)
        return cls._build(indptr, items, weight, timestamps, user_ids, item_ids)

    @classmethod
    def add_up(cls, parts: Sequence[tuple[float, Interactions]]) -> Interactions:
        """The sum of weight × interactions over the parts, with the latest time of each pair.

        Users and items are those of any part. There is one part at least; its weight is positive.
        Weights are added in the order of the parts.
        """
        if len(parts) == 1:
            [(weight, only)] = parts
            return only if weight == 1 else only._multiply(weight)
        user_ids = _unite_ids([part.user_ids for _, part in parts])
        item_ids = _unite_ids([part.item_ids for _, part in parts])
        users, items, weights, timestamps = (np.concatenate(column) for column in zip(*[
            (
                find_codes(part.user_ids, user_ids)[part.user_codes()],
                find_codes(part.item_ids, item_ids)[part.user_items.indices],
                np.float32(weight) * part.user_items.data,
                part.occurred_at,
            )
            for weight, part in parts
        ], strict=True))  # fmt: skip
        order = np.lexsort((items, users))
        users, items = users[order], items[order]
        first = np.flatnonzero(mark_starts(users, items))
        if len(first):
            weights = np.add.reduceat(weights[order], first)
            timestamps = np.maximum.reduceat(timestamps[order], first)
        indptr = np.append(0, np.cumsum(np.bincount(users[first], minlength=len(user_ids))))
        return cls._build(indptr, items[first], weights, timestamps, user_ids, item_ids)

    def _multiply(self, weight: float) -> Interactions:
        matrix = self.user_items.copy()
        matrix.data *= np.float32(weight)
        return replace(self, user_items=matrix)

    @classmethod
    def from_table(cls, table: pa.Table) -> Interactions:
        """What `to_table` gives, ids in dictionaries or not; the rows may come in any order.

        Raises ValueError for missing columns, nulls, a weight that is not positive, or a pair given twice.
        """
        rows = conform_table(table, INTERACTIONS, "interactions", encoded=(USER_ID, ITEM_ID))
        reject_nulls(rows, INTERACTIONS.names, "interactions")
        users, user_ids = encode_ids(rows[USER_ID])
        items, item_ids = encode_ids(rows[ITEM_ID])
        weight = rows[WEIGHT].to_numpy()
        if not ((weight > 0) & np.isfinite(weight)).all():
            raise ValueError("The interactions hold a weight that is not a positive number.")
        timestamps = rows[OCCURRED_AT].cast(pa.int64()).to_numpy()
        starts, keys = group_rows(users, items, len(user_ids))
        items, order = split_keys(keys)
        if not mark_starts(np.repeat(np.arange(len(user_ids)), np.diff(starts)), items).all():
            raise ValueError("The interactions hold a user and item twice; there is one row for each pair.")
        return cls._build(starts, items, weight[order], timestamps[order], user_ids, item_ids)

    @classmethod
    def _build(
        cls,
        indptr: NDArray[np.int64],
        items: NDArray[np.int32],
        weight: NDArray[np.float32],
        timestamps: NDArray[np.int64],
        user_ids: pa.StringArray,
        item_ids: pa.StringArray,
    ) -> Interactions:
        """From pairs that are sorted and distinct."""
        # implicit reads 32-bit indices only.
        user_items = csr_matrix(
            (weight, items, indptr.astype(np.int32)), shape=(len(user_ids), len(item_ids))
        )
        user_items.has_canonical_format = True
        return cls(user_items, user_ids, item_ids, timestamps)

    @property
    def users(self) -> int:
        return len(self.user_ids)

    @property
    def items(self) -> int:
        return len(self.item_ids)

    def binary(self) -> csr_matrix:
        """Users × items, int32: 1 where the user bought the item."""
        matrix = self.user_items
        ones = np.ones(matrix.nnz, np.int32)
        return csr_matrix((ones, matrix.indices, matrix.indptr), shape=matrix.shape)

    def user_codes(self) -> NDArray[np.int64]:
        """The row (nonzeros,) of each nonzero, in the order of user_items.data."""
        return np.repeat(np.arange(self.users), np.diff(self.user_items.indptr))

    def cap_history(self, newest: int) -> Interactions:
        """Each user's newest items, at most `newest`; where timestamps tie, the first by item id.

        Every user stays; an item that nobody has any more does not. Raises ValueError below 1.
        """
        if newest < 1:
            raise ValueError(f"A history holds at least one item; it cannot be capped at {newest}.")
        matrix = self.user_items
        starts, entries = choose_newest(matrix.indptr, self.occurred_at, newest)
        entries.sort()  # a user's entries lie before the next user's, in order of item
        items, item_ids = drop_unused(matrix.indices[entries], self.item_ids)
        return self._build(
            starts, items, matrix.data[entries], self.occurred_at[entries], self.user_ids, item_ids
        )

    def to_table(self) -> pa.Table:
        """`columns.INTERACTIONS`, sorted by user and item."""
        columns = [
            take_ids(self.user_ids, self.user_codes()),
            take_ids(self.item_ids, self.user_items.indices),
            pa.array(self.user_items.data),
            pa.array(self.occurred_at).cast(INTERACTIONS.field(OCCURRED_AT).type),
        ]
        return pa.table(columns, schema=INTERACTIONS)


def _unite_ids(several: Sequence[pa.StringArray]) -> pa.StringArray:
    """Each id once, sorted by code point."""
    first, *others = several
    if all(other.equals(first) for other in others):
        return first
    ids = pc.unique(pa.chunked_array(several))
    return ids.take(pc.sort_indices(ids))
