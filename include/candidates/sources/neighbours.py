"""What is like the items that a user bought last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
class Neighbours:
    """recent: what each user bought last, newest first. similar: the neighbours of each item by score."""

    recent: RankedLists
    similar: RankedLists

    @cached_property
    def costs(self) -> NDArray[np.int64]:
        import numpy as np

        rows = np.append(0, np.cumsum(self.similar.sizes[self.recent.items]))
        return np.diff(rows[self.recent.indptr])

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The neighbours of the users' last items, merged.

        A neighbour's score is the best over those items, and its reason is the item that gave it, the most
        recent where several did; in order of score, then of how recent that item is, then of item id.
        """
        from include.kernels import merge_neighbours, take_block

        return Proposals(*merge_neighbours(take_block(self.recent, start, stop), self.similar, hidden, k))


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Neighbours:
    """From `columns.ITEM_SIMILARITIES`, as `read_similarities` has it."""
    from include.kernels import sort_lists

    return Neighbours(inputs.recent, sort_lists(read_similarities(rows, inputs)))


def expects_rows(inputs: Inputs) -> bool:
    """Where a user has two items, each has a neighbour."""
    return bool((inputs.history_sizes > 1).any())


def read_similarities(rows: pa.Table, inputs: Inputs, shrinkage: float = 0.0) -> RankedLists:
    """The neighbours of each item by rank, without what may not be shown or too few bought together.

    A score is times co_buyers / (co_buyers + shrinkage). Among rare items one user who bought both makes a
    high similarity, and is no evidence.
    """
    import numpy as np

    from include.candidates.lists import group_rows, read_scores
    from include.columns import CO_BUYERS, ITEM_ID, ITEM_SIMILARITIES, RANK, SIMILAR_ITEM_ID
    from include.dataset.id_codes import find_ids
    from include.dataset.schemas import conform_table

    rows = conform_table(rows, ITEM_SIMILARITIES, "similarities", encoded=(ITEM_ID, SIMILAR_ITEM_ID))
    item_ids = inputs.item_ids
    owners = find_ids(rows[ITEM_ID], item_ids, "similarities")
    items = find_ids(rows[SIMILAR_ITEM_ID], item_ids, "similarities")
    wanted = inputs.shown[items] & (rows[CO_BUYERS].to_numpy() >= inputs.min_co_buyers)
    scores = read_scores(rows, "similarities")
    if shrinkage:
        together = rows[CO_BUYERS].to_numpy().astype(np.float64)
        scores = (scores * (together / (together + shrinkage))).astype(np.float32)
    return group_rows(owners, len(item_ids), items, scores, rows[RANK].to_numpy(), wanted)
