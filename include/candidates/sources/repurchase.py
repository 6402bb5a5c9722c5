"""What a user buys again, and what users who buy alike do.

H. Hu, X. He, J. Gao, Z.-L. Zhang: Modeling personalized item frequency information for next-basket
recommendation, SIGIR 2020 (TIFU-KNN). A user's vector holds how often each item was bought, where a purchase
counts less the older it is; the list is of the user's own vector and of the mean of the nearest users'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from include.candidates import base

if TYPE_CHECKING:
    import pyarrow as pa

    from include.candidates.base import Proposer
    from include.candidates.inputs import Inputs


class Params(base.Params):
    """days, half_life: as a model's, of the purchases. exponent: of what an item's purchases add up to, so
    that the tenth says less than the first. neighbours: so many nearest users by cosine; 0 is none.
    own: the share of the user's own vector in the sum, from 0 to 1; the rest is the neighbours'. candidates:
    neighbours are looked for among so many users, spread evenly over all; the time grows with it.
    """

    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    half_life: Annotated[float, Field(gt=0, le=3660)] | None = 60.0
    exponent: Annotated[float, Field(gt=0, le=1)] = 0.5
    neighbours: Annotated[int, Field(ge=0, le=10_000)] = 100
    own: Annotated[float, Field(ge=0, le=1)] = 0.5
    candidates: Annotated[int, Field(ge=1, le=100_000)] = 10_000


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Proposer:
    """From the window's purchases; only what may be shown is proposed. Where the data have no days, all
    purchases count alike."""
    from include.candidates.history import weigh_events
    from include.candidates.sources.user_neighbours import UserNeighbours

    has_days = inputs.dataset.day_starts is not None
    half_life = params.half_life if has_days else None
    vectors = weigh_events(inputs, params.days, half_life)
    vectors.data **= params.exponent
    return UserNeighbours.from_vectors(
        vectors, inputs.shown, params.neighbours, own=params.own, candidates=params.candidates
    )


def expects_rows(inputs: Inputs) -> bool:
    return inputs.purchased.nnz > 0
