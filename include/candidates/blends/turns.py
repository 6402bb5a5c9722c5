"""The sources by turns: the first item of each, the second of each and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.candidates import base
from include.candidates.base import Proposals, Sources

if TYPE_CHECKING:
    from include.candidates.inputs import Inputs
    from include.kernels import Interleaved, RankedLists


class Params(base.Params):
    """None."""


@dataclass(frozen=True)
class Turns:
    """An item that several propose stays where it comes first, and the others have had their turn with it.
    Those that only fill come after all others. A row has the score of its source."""

    turns: int
    items: int
    depth: None = None
    block: int = 2_000_000

    def merge(
        self, start: int, stop: int, proposed: Sequence[Proposals], k: int, hidden: RankedLists
    ) -> Interleaved:
        from include.kernels import interleave_lists

        return interleave_lists([each.lists for each in proposed], self.turns, k, hidden, self.items)


def open_blend(sources: Sources, inputs: Inputs, params: Params) -> Turns:
    return Turns(sources.turns, len(inputs.item_ids))
