"""The section `weights`: what an event of each type adds to the pair of its user and item."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, create_model

from include.feeds.base import Event
from include.feeds.purchases import PURCHASE
from include.feeds.registry import load_feeds
from include.settings.base import Frozen

_LARGEST: Final = 1000.0
_SMALLEST: Final = 1e-6  # below it, sums of float32 no longer show an event


def _check_weight(weight: float) -> float:
    if not (weight == 0 or _SMALLEST <= weight <= _LARGEST):
        raise ValueError(f"must be 0 or from {_SMALLEST:f} to {_LARGEST:,.0f}")
    return weight


def _check_purchases(weight: float) -> float:
    if not _SMALLEST <= weight <= _LARGEST:
        raise ValueError(f"must be from {_SMALLEST:f} to {_LARGEST:,.0f}, for purchases always count")
    return weight


class EventWeights(Frozen):
    """By event type. Models may look at events of weight 0, which add nothing to a pair."""

    def by_type(self) -> dict[str, float]:
        return self.model_dump()


_TYPES = dict.fromkeys(feed.role.type for feed in load_feeds() if isinstance(feed.role, Event))
_FIELDS: dict[str, Any] = {
    name: (Annotated[float, AfterValidator(_check_purchases if name == PURCHASE else _check_weight)], default)
    for name in _TYPES
    for default in [1.0 if name == PURCHASE else 0.0]
}
Weights: Any = create_model("Weights", __base__=EventWeights, **_FIELDS)
PURCHASES_ALONE: EventWeights = Weights()
