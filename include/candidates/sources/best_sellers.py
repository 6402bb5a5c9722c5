"""What most people bought, for lists that the other sources leave short."""

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
class BestSellers:
    """popular: one list, which is every user's."""

    popular: RankedLists
    users: int

    @property
    def costs(self) -> NDArray[np.int64]:
        import numpy as np

        return np.full(self.users, len(self.popular.items))

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        return Proposals(self.popular)


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> BestSellers:
    """From `columns.BEST_SELLERS`: those of the whole mall that may be shown, with score = buyers / users."""
    import numpy as np
    import pyarrow.compute as pc

    from include.candidates.lists import group_rows
    from include.columns import BEST_SELLERS, ITEM_ID, RANK
    from include.dataset.id_codes import find_ids
    from include.dataset.schemas import conform_table

    rows = conform_table(rows, BEST_SELLERS, "best sellers")
    rows = rows.filter(pc.equal(rows["category"], ""))
    items = find_ids(rows[ITEM_ID], inputs.item_ids, "best sellers")
    scores = (rows["buyers"].to_numpy() / max(1, inputs.count_buyers())).astype(np.float32)
    owners = np.zeros(len(items), np.int64)
    popular = group_rows(owners, 1, items, scores, rows[RANK].to_numpy(), inputs.shown[items])
    return BestSellers(popular, len(inputs.user_ids))


def expects_rows(inputs: Inputs) -> bool:
    return inputs.purchased.nnz > 0
