"""The section `weights`: what an event of each type adds to the pair of its user and item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, create_model

from include.feeds.base import Event
from include.feeds.registry import load_feeds
from include.settings.base import Frozen

# The feeds that hold events, and of which type.
EVENT_FEEDS: Final[Mapping[str, str]] = {
    feed.name: feed.role.type for feed in load_feeds() if isinstance(feed.role, Event)
}
PURCHASE: Final = "purchase"

_LARGEST: Final = 1000.0
_SMALLEST: Final = 1e-6  # below it, sums of float32 no longer show an event


def _check_weight(weight: float) -> float:
    if not (weight == 0 or _SMALLEST <= weight <= _LARGEST):
        raise ValueError(f"must be 0 or from {_SMALLEST} to {_LARGEST:,.0f}")
    return weight


def _check_purchases(weight: float) -> float:
    if not _SMALLEST <= weight <= _LARGEST:
        raise ValueError(f"must be from {_SMALLEST} to {_LARGEST:,.0f}, for purchases always count")
    return weight


_WEIGHT = Annotated[float, AfterValidator(_check_weight)]
_WEIGHT_OF_PURCHASES = Annotated[float, AfterValidator(_check_purchases)]


class EventWeights(Frozen):
    """By event type. Purchases always count; events of weight 0 are known to models and add nothing."""

    def by_type(self) -> dict[str, float]:
        return self.model_dump()


Weights: Any = create_model(
    "Weights",
    __base__=EventWeights,
    **{
        name: (_WEIGHT_OF_PURCHASES, 1.0) if name == PURCHASE else (_WEIGHT, 0.0)
        for name in dict.fromkeys(EVENT_FEEDS.values())
    },
)
PURCHASES_ALONE: EventWeights = Weights()
