"""Only what costs as much as an ad is worth, and about what the user usually pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from include.candidates import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.kernels import RankedLists


class Params(base.Params):
    """low, high: the bounds of an item's price, both included. times: it may be so many times dearer or
    cheaper than the median price of what the user bought in the window. unpriced: what becomes of an item of
    which the newest catalogue has no price."""

    low: Annotated[float, Field(ge=0)] | None = None
    high: Annotated[float, Field(gt=0)] | None = None
    times: Annotated[float, Field(gt=1)] | None = None
    unpriced: Literal["drop", "keep"] = "keep"

    @model_validator(mode="after")
    def _check_bounds(self) -> Params:
        if self.low is None and self.high is None and self.times is None:
            raise ValueError("has no bound; give it a low, a high or times, such as low: 5")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low is {self.low:g} and high {self.high:g}, so that no price is between them")
        return self


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    import numpy as np

    from include.candidates.lists import keep_rows, list_owners

    prices = features.prices[lists.items]
    kept = ~np.isnan(prices) | (params.unpriced == "keep")
    kept &= ~(prices < (params.low or 0)) & ~(prices > (np.inf if params.high is None else params.high))
    if params.times is not None:
        usual = find_usual_prices(features)[list_owners(lists)]
        kept &= ~(prices > usual * params.times) & ~(prices < usual / params.times)
    return keep_rows(lists, kept), {"unpriced": int(np.isnan(prices).sum())}


def find_usual_prices(features: Features) -> NDArray[np.float64]:
    """The median price (lists,) of the different items that the user bought; NaN where none has a price."""
    import numpy as np

    bought = features.purchased
    owners = np.repeat(np.arange(bought.shape[0]), np.diff(bought.indptr))
    prices = features.prices[bought.indices]
    owners, prices = owners[~np.isnan(prices)], prices[~np.isnan(prices)]
    prices = prices[np.lexsort((prices, owners))]
    sizes = np.bincount(owners, minlength=bought.shape[0])
    usual, begin = np.full(len(sizes), np.nan), np.cumsum(sizes) - sizes
    some = sizes > 0
    lower, upper = (begin + (sizes - 1) // 2)[some], (begin + sizes // 2)[some]
    usual[some] = (prices[lower] + prices[upper]) / 2
    return usual
