"""An item is in at most a share of the lists: in those where it stands highest.

Pairs of list and item are looked at by rank, and of one rank by the code of the user; each is taken if the
list has fewer than k items and the item is in fewer lists than it may be. Lists and items both like the
higher rank better, so this is the one stable matching between them (Gale and Shapley: College admissions and
the stability of marriage, 1962), whatever the order of the work.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from include.candidates import base

if TYPE_CHECKING:
    from include.candidates.features import Features
    from include.kernels import RankedLists

WHOLE = True
SPARE = 2.0

# So often twice as many is as many as there can be.
_ROUNDS = 62


class Params(base.Params):
    """share, lists: an item is in at most this share of all lists, in at most so many. relax: lists that
    this leaves short are filled with what was taken from them, as if twice as many were allowed, then four
    times, until none is short; without, they stay short."""

    share: Annotated[float, Field(gt=0, le=1)] | None = None
    lists: Annotated[int, Field(ge=1)] | None = None
    relax: bool = True

    @model_validator(mode="after")
    def _check_limit(self) -> Params:
        if (self.share is None) == (self.lists is None):
            raise ValueError("needs either a share of all lists, such as share: 0.2, or a number of lists")
        return self

    def count_most(self, lists: int) -> int:
        return self.lists if self.lists is not None else max(1, floor((self.share or 0) * lists))


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    from include.candidates.lists import keep_rows
    from include.kernels import limit_lists, order_lists

    items, most = len(features.item_ids), params.count_most(len(lists.sizes))
    rounds = limit_lists(lists, items, features.k, most, _ROUNDS if params.relax else 1)
    if not params.relax:
        return keep_rows(lists, rounds == 0), {}
    relaxed = int((rounds > 0).sum())
    rounds[rounds < 0] = _ROUNDS
    return order_lists(lists, rounds), {"relaxed": relaxed}
