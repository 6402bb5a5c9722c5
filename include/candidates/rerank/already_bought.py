"""What a user has bought is shown again when it may be needed again.

For lists that may hold what the user bought: `ads.exclude_purchased: false`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from include.candidates import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.kernels import RankedLists

Days = Annotated[int, Field(ge=0, le=10_000)] | Literal["never"]


class Params(base.Params):
    """days: after so many days the user may be shown an item again that they bought; with 1, from the day
    after on. by_category: the same for the items of a category."""

    days: Days = "never"
    by_category: dict[str, Days] = Field(default_factory=dict)


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    """Raises RefusedInputError where the data have no days."""
    from include.candidates.lists import keep_rows, list_owners

    pairs = features.find_purchases(list_owners(lists), lists.items)
    again = pairs >= 0
    kept = ~again
    if again.any():
        waits = features.remember(
            (__name__, params.model_dump_json()), lambda all_: _list_waits(all_, params)
        )
        # The list is for the day after the window's last one.
        kept[again] = features.purchase_ages[pairs[again]] + 1 >= waits[lists.items[again]]
    return keep_rows(lists, kept), {"kept_again": int((kept & again).sum())}


def _list_waits(features: Features, params: Params) -> NDArray[np.float64]:
    """The days (items,) after which an item may be shown again; infinite for never."""
    import numpy as np

    labels = features.label("category")
    days = [_count(params.by_category.get(name, params.days)) for name in labels.names]
    return np.array([*days, _count(params.days)])[labels.codes]  # the last one where the code is -1


def _count(days: int | str) -> float:
    return float("inf") if isinstance(days, str) else float(days)


def list_doubts(features: Features, params: Params) -> list[str]:
    doubts = []
    known = set(features.label("category").names)
    if unknown := sorted(set(params.by_category) - known):
        doubts.append(f"no item of the newest catalogue has the category {' or '.join(unknown)}.")
    if features.inputs is not None and features.inputs.exclude_purchased:
        doubts.append(
            "ads.exclude_purchased leaves out all that a user bought, so that it has nothing to do."
        )
    return doubts
