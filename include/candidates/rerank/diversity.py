"""At most so many items of a category or a brand next to each other.

From the first slot on, each takes the best item left that keeps the rule with the slots before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from include.candidates import base

if TYPE_CHECKING:
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

    from include.candidates.lists import keep_rows, list_owners
    from include.kernels import order_lists, spread_labels

    labels = np.stack([features.label(name).codes[lists.items] for name in params.limits])
    most = np.array(list(params.limits.values()))
    slots, broken = spread_labels(lists, labels, most, params.slots, features.k, relax=params.relax)
    if not params.relax:
        owners = list_owners(lists)
        filled = np.bincount(owners[slots >= 0], minlength=len(lists.sizes))
        kept = (filled == np.minimum(lists.sizes, features.k))[owners] | (slots >= 0)
        lists, slots = keep_rows(lists, kept), slots[kept]
    # What is in no slot comes after, in its order.
    return order_lists(lists, np.where(slots < 0, features.k, slots)), {"relaxed": broken}
