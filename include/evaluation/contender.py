"""What is judged: something that makes a list for each user of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context

Kind = Literal["baseline", "source", "ads"]


class Rank(Protocol):
    def __call__(self, window: Window, k: int, context: Context) -> RankedLists:
        """Up to k different items for each user of the window, best first, by the codes of its dataset.

        Where `context.exclude_purchased`, none that the user bought in the window. There may be one list
        more than users: that of a user whom the window does not know.
        """


@dataclass(frozen=True)
class Contender:
    """name: what the rows call it. kind: a baseline, one candidate source alone, or a whole ad list.

    settings: all that its lists depend on beside the window, as JSON has it.
    """

    name: str
    kind: Kind
    rank: Rank
    settings: Mapping[str, Any] = field(default_factory=dict)
