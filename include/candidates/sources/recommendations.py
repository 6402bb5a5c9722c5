"""What a model recommends to each user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """The recommendations of each user in their order."""

    lists: RankedLists

    @property
    def costs(self) -> NDArray[np.int64]:
        return self.lists.sizes

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        from include.kernels import take_block

        return Proposals(take_block(self.lists, start, stop))


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Recommendations:
    """From `columns.USER_RECOMMENDATIONS`, without what may not be shown."""
    from include.candidates.lists import group_rows, read_scores
    from include.columns import BECAUSE_ITEM_ID, ITEM_ID, RANK, USER_ID, USER_RECOMMENDATIONS
    from include.dataset.id_codes import find_ids
    from include.dataset.schemas import conform_table

    rows = conform_table(
        rows, USER_RECOMMENDATIONS, "recommendations", encoded=(USER_ID, ITEM_ID, BECAUSE_ITEM_ID)
    )
    owners = find_ids(rows[USER_ID], inputs.user_ids, "recommendations")
    items = find_ids(rows[ITEM_ID], inputs.item_ids, "recommendations")
    scores = read_scores(rows, "recommendations")
    users, shown = len(inputs.user_ids), inputs.shown[items]
    lists = group_rows(owners, users, items, scores, rows[RANK].to_numpy(), shown)
    return Recommendations(lists)


def expects_rows(inputs: Inputs) -> bool:
    """Where a user has not bought all that the models know, something can be recommended."""
    import numpy as np

    bought, known = np.diff(inputs.purchased.indptr), inputs.history_sizes
    # Where a cap has cut items, at least as many are left as the longest history has.
    items = inputs.known_items if (known == bought).all() else int(known.max())
    return not inputs.exclude_purchased or bool((bought[bought > 0] < items).any())
