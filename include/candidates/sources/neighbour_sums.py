"""What is like all that a user bought in the window: item-based collaborative filtering in two steps.

M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, TOIS 2004. Each item of the history has
its similar items, and these become one list by the sum of their scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from include.candidates import base
from include.candidates.base import Proposals
from include.candidates.sources import neighbours
from include.candidates.sources.neighbours import read_similarities
from include.errors import RefusedInputError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.candidates.inputs import Inputs
    from include.kernels import RankedLists


class Params(base.Params):
    """None."""


@dataclass(frozen=True, eq=False)
class NeighbourSums:
    """bought: all that each user bought, with the weight 1. similar: the neighbours of each item."""

    bought: RankedLists
    similar: RankedLists

    @cached_property
    def costs(self) -> NDArray[np.int64]:
        import numpy as np

        rows = np.append(0, np.cumsum(self.similar.sizes[self.bought.items]))
        return np.diff(rows[self.bought.indptr])

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The neighbours of all that the users bought, by the sum of their scores.

        A neighbour's reason is the item that gave most of it, the first by item id where several did; in
        order of the sum, then of item id.
        """
        from include.kernels import rank_sums, take_block

        try:
            return Proposals(*rank_sums(take_block(self.bought, start, stop), self.similar, hidden, k))
        except OverflowError as error:
            raise RefusedInputError(
                "The similarities are too large for their sums; lower the parameters of the model that made"
                " them."
            ) from error


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> NeighbourSums:
    """From `columns.ITEM_SIMILARITIES`, as `read_similarities` has it."""
    import numpy as np

    from include.kernels import RankedLists

    bought = inputs.purchased
    weights = np.ones(bought.nnz, np.float32)
    return NeighbourSums(RankedLists(bought.indptr, bought.indices, weights), read_similarities(rows, inputs))


expects_rows = neighbours.expects_rows
