"""What goes with the items that a user bought last, as the model complements has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.candidates.sources.neighbours import Params, read_source

if TYPE_CHECKING:
    from include.candidates.inputs import Inputs

__all__ = ["Params", "expects_rows", "read_source"]


def expects_rows(inputs: Inputs) -> bool:
    """Never: in many a window no two items are together more often than by chance."""
    return False
