"""What a model recommends to each user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.candidates import base
from include.candidates.base import Proposals

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.candidates.inputs import Inputs
    from include.kernels import RankedLists


class Params(base.Params):
    """None."""


@dataclass(frozen=True, eq=False)
class Recommendations:
    """The recommendations of each user in their order.

    because: (n,) the item that is the reason for each, -1 where there is none, or None where no row has one.
    """

    lists: RankedLists
    because: NDArray[np.int32] | None = None

    @property
    def costs(self) -> NDArray[np.int64]:
        return self.lists.sizes

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        from include.kernels import take_block

        lists = take_block(self.lists, start, stop)
        if self.because is None:
            return Proposals(lists)
        return Proposals(lists, self.because[self.lists.indptr[start] : self.lists.indptr[stop]])


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Recommendations:
    """From `columns.USER_RECOMMENDATIONS`, without what may not be shown."""
    from include.candidates.lists import group_rows, read_scores
    from include.columns import BECAUSE_ITEM_ID, ITEM_ID, RANK, SCORE, USER_ID, USER_RECOMMENDATIONS
    from include.dataset.id_codes import find_ids
    from include.dataset.schemas import conform_table

    rows = conform_table(
        rows, USER_RECOMMENDATIONS, "recommendations", encoded=(USER_ID, ITEM_ID, BECAUSE_ITEM_ID)
    )
    items = find_ids(rows[ITEM_ID], inputs.item_ids, "recommendations")
    wanted = inputs.shown[items]

    # Column after column, each let go when it is read: of a large mall these rows are what is largest.
    def take(name: str, values: NDArray[Any]) -> NDArray[Any]:
        nonlocal rows
        rows = rows.drop_columns(name)
        return values if wanted.all() else values[wanted]

    items = take(ITEM_ID, items)
    owners = take(USER_ID, find_ids(rows[USER_ID], inputs.user_ids, "recommendations"))
    scores = take(SCORE, read_scores(rows, "recommendations"))
    because = _read_reasons(rows[BECAUSE_ITEM_ID], inputs)
    because = None if because is None else take(BECAUSE_ITEM_ID, because)
    ranks = take(RANK, rows[RANK].to_numpy())
    users = len(inputs.user_ids)
    lists = group_rows(owners, users, items, scores, ranks)
    if because is not None:
        because = group_rows(owners, users, because, scores, ranks).items
    return Recommendations(lists, because)


def _read_reasons(column: pa.ChunkedArray, inputs: Inputs) -> NDArray[np.int32] | None:
    """The item (n,) that each row names, -1 where it names none; None where no row does."""
    import numpy as np

    from include.dataset.id_codes import find_ids

    if column.null_count == len(column):
        return None
    because = np.full(len(column), -1, np.int32)
    because[column.is_valid().to_numpy()] = find_ids(column.drop_null(), inputs.item_ids, "recommendations")
    return because


def expects_rows(inputs: Inputs) -> bool:
    """Where a user has not bought all that the models know, something can be recommended."""
    import numpy as np

    bought, known = np.diff(inputs.purchased.indptr), inputs.history_sizes
    # Where a cap has cut items, at least as many are left as the longest history has.
    items = inputs.known_items if (known == bought).all() else int(known.max())
    return not inputs.exclude_purchased or bool((bought[bought > 0] < items).any())
