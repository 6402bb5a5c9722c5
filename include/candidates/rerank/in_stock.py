"""Only what the newest catalogue calls available."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from include.candidates import base
from include.errors import RefusedInputError

if TYPE_CHECKING:
    from include.candidates.features import Features
    from include.kernels import RankedLists


class Params(base.Params):
    """absent: what becomes of items that the newest catalogue does not name; unknown: of those that it names
    without a word on whether they are available."""

    absent: Literal["drop", "keep"] = "drop"
    unknown: Literal["drop", "keep"] = "drop"


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    """Raises RefusedInputError where there is no catalogue, and what it does not name is to be dropped."""
    from include.candidates.lists import keep_rows

    if params.absent == "drop" and not features.in_catalogue.any():
        raise RefusedInputError(
            "the re-rank step in_stock would drop every item, for the catalogue names none of them: deliver"
            " the feed products, or take in_stock out of ads.rerank."
        )
    available, known = features.is_available[lists.items], features.in_catalogue[lists.items]
    kept = available == 1
    if params.unknown == "keep":
        kept |= known & (available == -1)
    if params.absent == "keep":
        kept |= ~known
    return keep_rows(lists, kept), {}
