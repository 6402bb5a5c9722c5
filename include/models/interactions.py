"""Who bought what in the window, as a sparse matrix and its two id maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.models.columns import (
    INTERACTIONS,
    ITEM_ID,
    OCCURRED_AT,
    PURCHASED_AT,
    PURCHASES,
    USER_ID,
    WEIGHT,
)
from include.models.tables import (
    conform_table,
    encode_ids,
    find_ids,
    mark_starts,
    number_rows,
    reject_nulls,
    take_ids,
)


@dataclass(frozen=True, eq=False)
class Interactions:
    """One window.

    user_items: CSR, users × items, float32, sorted indices; a nonzero means that the user bought the item,
        and its value is how many purchase lines of it still stand.
    user_ids: (users,) and item_ids: (items,), text, sorted by code point: row u is user_ids[u].
    occurred_at: (nonzeros,) int64 microseconds since 1970 in UTC, the latest purchase of each nonzero,
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
        lines = conform_table(net, PURCHASES, "net purchases")
        reject_nulls(lines, [USER_ID, ITEM_ID, PURCHASED_AT], "net purchases")
        users, user_ids = encode_ids(lines[USER_ID])
        items, item_ids = encode_ids(lines[ITEM_ID])
        moment = lines[PURCHASED_AT].cast(pa.int64()).to_numpy()
        order = np.lexsort((items, users))
        users, items, moment = users[order], items[order], moment[order]
        first = np.flatnonzero(mark_starts(users, items))
        weight = np.diff(first, append=len(users))
        latest = np.maximum.reduceat(moment, first) if len(first) else moment
        return cls._build(users[first], items[first], weight, latest, user_ids, item_ids)

    @classmethod
    def from_table(cls, table: pa.Table) -> Interactions:
        """Read what `to_table` wrote; its rows may come in any order.

        Raises ValueError for missing columns, nulls, a weight that is not positive, or a pair given twice.
        """
        rows = conform_table(table, INTERACTIONS, "interactions")
        reject_nulls(rows, INTERACTIONS.names, "interactions")
        users, user_ids = encode_ids(rows[USER_ID])
        items, item_ids = encode_ids(rows[ITEM_ID])
        weight = rows[WEIGHT].to_numpy()
        order = np.lexsort((items, users))
        if not mark_starts(users[order], items[order]).all():
            raise ValueError("The interactions hold a user and item twice; there is one row for each pair.")
        if not ((weight > 0) & np.isfinite(weight)).all():
            raise ValueError("The interactions hold a weight that is not a positive number.")
        moment = rows[OCCURRED_AT].cast(pa.int64()).to_numpy()
        return cls._build(users[order], items[order], weight[order], moment[order], user_ids, item_ids)

    @classmethod
    def _build(
        cls,
        users: NDArray[np.int64],
        items: NDArray[np.int64],
        weight: NDArray[np.generic],
        moment: NDArray[np.int64],
        user_ids: pa.StringArray,
        item_ids: pa.StringArray,
    ) -> Interactions:
        """From pairs that are sorted and distinct."""
        # implicit reads 32-bit indices only.
        indptr = np.searchsorted(users, np.arange(len(user_ids) + 1)).astype(np.int32)
        user_items = csr_matrix(
            (weight.astype(np.float32), items.astype(np.int32), indptr), shape=(len(user_ids), len(item_ids))
        )
        user_items.has_canonical_format = True
        return cls(user_items, user_ids, item_ids, moment)

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

    def cap_baskets(self, newest: int) -> Interactions:
        """The `newest` items that each user bought last, and of those bought at the same time the lowest ids.

        Items that no user has left are gone. Raises ValueError where `newest` is below 1.
        """
        if newest < 1:
            raise ValueError(f"A basket is capped to 1 item at least, not to {newest}.")
        users, items = self.user_codes(), self.user_items.indices
        order = np.lexsort((items, -self.occurred_at, users))
        kept = np.sort(order[number_rows(mark_starts(users[order])) < newest])
        left, codes = np.unique(items[kept], return_inverse=True)
        return self._build(
            users[kept],
            codes,
            self.user_items.data[kept],
            self.occurred_at[kept],
            self.user_ids,
            self.item_ids.take(pa.array(left)),
        )

    def select_items(self, item_ids: pa.StringArray) -> csr_matrix:
        """user_items in the columns of some items, in their order. Raises ValueError for an unknown id."""
        places = find_ids(pa.chunked_array([item_ids]), self.item_ids, "interactions")
        return self.user_items[:, places]

    def to_table(self) -> pa.Table:
        """`columns.INTERACTIONS`, sorted by user and item."""
        return pa.table(
            [
                take_ids(self.user_ids, self.user_codes()),
                take_ids(self.item_ids, self.user_items.indices),
                pa.array(self.user_items.data),
                pa.array(self.occurred_at).cast(INTERACTIONS.field(OCCURRED_AT).type),
            ],
            schema=INTERACTIONS,
        )
