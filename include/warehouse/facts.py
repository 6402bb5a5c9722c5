"""What a window knows of itself, from the window step through `releases.facts` to the gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class DayLines:
    """The accepted purchases of a day, and the median of the same weekdays before; None for less than two.

    `is_empty`: nothing was delivered, which is how a mall says that it was closed, or an upload that failed.
    """

    lines: int
    usual: float | None
    is_empty: bool = False


@dataclass(frozen=True)
class WindowFacts:
    """`is_young`: the mall has delivered for fewer days than a window has.

    `open_days` are those that are not closed, and `days_with_lines` such days with purchases; `days` are the
    open ones by ISO date. `absent_items` says whether an item that the catalogue does not name can be bought.
    `known_items` are bought items that the catalogue names, and `loosely_known_items` those that it would
    name besides if neither leading zeros nor case counted.
    """

    is_young: bool
    open_days: int
    days_with_lines: int
    absent_items: str
    catalogue_items: int
    known_items: int
    loosely_known_items: int
    days: Mapping[str, DayLines]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> WindowFacts:
        return cls(**{**known, "days": {day: DayLines(**counts) for day, counts in known["days"].items()}})
