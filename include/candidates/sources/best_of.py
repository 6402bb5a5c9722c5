"""What most people bought of late, in the mall or in the user's segment, down to the last item on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from include.candidates import base

if TYPE_CHECKING:
    import pyarrow as pa

    from include.candidates.base import Proposer
    from include.candidates.inputs import Inputs


class Params(base.Params):
    """by: whose best sellers a user gets: the mall's, those of the category that the user buys most, or those
    of the users alike. days, half_life: as a model's, of the purchases. clusters, seed: of k-means."""

    by: Literal["mall", "category", "cluster"] = "mall"
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    half_life: Annotated[float, Field(gt=0, le=3660)] | None = 7.0
    clusters: Annotated[int, Field(ge=2, le=200)] = 10
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Proposer:
    """From the window's purchases and the catalogue. Where the data have no days, all purchases count alike;
    raises RefusedInputError for `days` then."""
    from include.candidates import segments
    from include.candidates.history import weigh_buyers
    from include.candidates.segment_lists import SegmentLists

    half_life = params.half_life if inputs.dataset.day_starts is not None else None
    bought = weigh_buyers(inputs, params.days, half_life)
    if params.by == "mall":
        return SegmentLists.of_mall(bought, inputs)
    category = segments.find_categories(inputs)
    if params.by == "category":
        segment = segments.choose_main_category(bought, category)
        return SegmentLists.of_items(bought, inputs, segment, category)
    price = segments.find_prices(inputs)
    segment = segments.cluster_users(bought, category, price, params.clusters, params.seed)
    return SegmentLists.of_users(bought, inputs, segment)


def expects_rows(inputs: Inputs) -> bool:
    return inputs.purchased.nnz > 0
