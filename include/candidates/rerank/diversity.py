"""At most so many items of a category or a brand next to each other.

From the first slot on, each takes the best item left that keeps the rule with the slots before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from include.candidates import base

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.kernels import RankedLists

SPARE = 2.0


class Params(base.Params):
    """category, brand: at most so many items of one category, of one brand, in any `slots` slots that follow
    each other. relax: where no item keeps the rule, the best one breaks it; without, the list ends there."""

    category: Annotated[int, Field(ge=1)] | None = None
    brand: Annotated[int, Field(ge=1)] | None = None
    slots: Annotated[int, Field(ge=2, le=1000)] = 4
    relax: bool = True

    @model_validator(mode="after")
    def _check_rule(self) -> Params:
        if self.category is None and self.brand is None:
            raise ValueError(
                "has no rule; say how many items of a category or of a brand, such as category: 2"
            )
        for name, most in self.limits.items():
            if most >= self.slots:
                raise ValueError(
                    f"{name} is {most}, and no more than {self.slots} items fit into {self.slots} slots;"
                    f" make {name} smaller or slots larger"
                )
        return self

    @property
    def limits(self) -> dict[str, int]:
        both = {"category": self.category, "brand": self.brand}
        return {name: most for name, most in both.items() if most is not None}


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    import numpy as np

    from include.candidates.lists import keep_rows, list_owners, order_rows, rank_rows

    labels = [(features.label(name).codes, most) for name, most in params.limits.items()]
    length, slots = int(lists.sizes.max(initial=0)), min(features.k, int(lists.sizes.max(initial=0)))
    owners, ranks = list_owners(lists), rank_rows(lists)
    left = np.zeros((len(lists.sizes), length), np.bool_)
    left[owners, ranks] = True
    tables = []
    for codes, most in labels:
        table = np.full(left.shape, -1, np.int32)
        table[owners, ranks] = codes[lists.items]
        tables.append((table, most))
    chosen, broken = _fill_slots(left, tables, slots, params)
    keys = ranks + float(length)  # what is in no slot, in its order
    place = np.full(left.shape, -1)
    user, slot = np.nonzero(chosen >= 0)
    place[user, chosen[user, slot]] = slot
    found = place[owners, ranks]
    keys[found >= 0] = found[found >= 0]
    if not params.relax:
        ended = (chosen >= 0).sum(axis=1) < np.minimum(lists.sizes, slots)
        kept = ~ended[owners] | (found >= 0)
        lists, keys = keep_rows(lists, kept), keys[kept]
    return order_rows(lists, keys), {"relaxed": broken}


def _fill_slots(
    left: NDArray[np.bool_], tables: list[tuple[NDArray[np.int32], int]], slots: int, params: Params
) -> tuple[NDArray[np.int64], int]:
    """The rank (lists, slots) of the item that each slot takes, -1 for none, and how many break the rule.

    left: (lists, ranks) what there is to take, which is emptied. tables: the category or brand of each, and
    how many of one are allowed.
    """
    import numpy as np

    chosen, broken = np.full((len(left), slots), -1), 0
    users = np.arange(len(left))
    for slot in range(slots):
        fits = left.copy()
        for table, most in tables:
            alike = np.zeros(left.shape, np.int16)
            for before in chosen[:, max(0, slot - params.slots + 1) : slot].T:
                label = np.where(before >= 0, table[users, before], -1)
                alike += (table == label[:, None]) & (label >= 0)[:, None]
            fits &= alike < most
        stuck = ~fits.any(axis=1) & left.any(axis=1)
        if params.relax:
            broken += int(stuck.sum())
            fits[stuck] = left[stuck]
        else:
            left[stuck] = False
        taken = np.flatnonzero(fits.any(axis=1))
        best = fits[taken].argmax(axis=1)
        chosen[taken, slot] = best
        left[taken, best] = False
    return chosen, broken
