"""What is like all that a user bought, looked at or carted: item-based collaborative filtering in two steps.

M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, TOIS 2004. Each item of the history has
its similar items, and these become one list by the sum of their scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

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
    """days, half_life: as a model's, of the history. events: what an event of each type weighs; those of
    other types are no history. exponent: of what the events with an item add up to; 0 lets all items of the
    history count alike. shrinkage: a similarity counts co_buyers / (co_buyers + shrinkage) of itself.
    normalise: whether the similarities of each item are divided by their sum, so that an item with many near
    neighbours says no more than another.
    """

    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    half_life: Annotated[float, Field(gt=0, le=3660)] | None = None
    events: Mapping[str, Annotated[float, Field(gt=0, le=1e6)]] = {"purchase": 1.0}
    exponent: Annotated[float, Field(ge=0, le=1)] = 0.0
    shrinkage: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    normalise: bool = False


@dataclass(frozen=True, eq=False)
class NeighbourSums:
    """bought: the history of each user, with a weight for each item. similar: the neighbours of each item."""

    bought: RankedLists
    similar: RankedLists

    @cached_property
    def costs(self) -> NDArray[np.int64]:
        import numpy as np

        rows = np.append(0, np.cumsum(self.similar.sizes[self.bought.items]))
        return np.diff(rows[self.bought.indptr])

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """The neighbours of all items of the histories, by the sum of weight × similarity.

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

    from include.candidates.history import weigh_events
    from include.kernels import RankedLists

    history = weigh_events(inputs, params.days, params.half_life, params.events)
    weights = (history.data**params.exponent).astype(np.float32)
    similar = read_similarities(rows, inputs, params.shrinkage)
    if params.normalise:
        owners = np.repeat(np.arange(len(similar.sizes)), similar.sizes)
        sums = np.bincount(owners, similar.scores)
        similar = similar._replace(scores=(similar.scores / sums[owners]).astype(np.float32))
    return NeighbourSums(RankedLists(history.indptr, history.indices, weights), similar)


expects_rows = neighbours.expects_rows
