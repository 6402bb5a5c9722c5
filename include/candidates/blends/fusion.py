"""Weighted reciprocal-rank fusion of the sources.

G. V. Cormack, C. L. A. Clarke, S. Büttcher: Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods, SIGIR 2009.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from include.candidates import base
from include.candidates.base import Proposals, Sources

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.blends.choosing import Best
    from include.candidates.inputs import Inputs
    from include.kernels import Interleaved, RankedLists, United

Segment = Literal["none", "light", "heavy"]
Weights = dict[str, Annotated[float, Field(ge=0)]]

SEGMENTS: Final[tuple[Segment, ...]] = ("none", "light", "heavy")


class Slots(base.Params):
    """until: the last place of the list, from 1, that has these weights by source."""

    until: Annotated[int, Field(ge=1)]
    weights: Weights


class Params(base.Params):
    """An item has Σ over the sources of weight / (constant + its rank there).

    constant: the higher, the less the first ranks count over those below. candidates: so many items of each
    source. weights: by source; of one that is not named what the registry says, which is 2 of repurchase and
    1 of others, and 0 of one that only fills, which then comes below all others. segments: weights
    of sources by the size of a user's history, in place of those: none, light, or heavy, which is
    `heavy_from` different items on. slots: weights of sources by place in the list, in place of both.
    """

    constant: Annotated[float, Field(ge=0)] = 10.0
    candidates: Annotated[int, Field(ge=1)] = 100
    weights: Weights = Field(default_factory=dict)
    segments: dict[Segment, Weights] = Field(default_factory=dict)
    heavy_from: Annotated[int, Field(ge=2)] = 20
    slots: tuple[Slots, ...] = ()

    @model_validator(mode="after")
    def _slots_ascend(self) -> Params:
        ends = [some.until for some in self.slots]
        if ends != sorted(set(ends)):
            raise ValueError("slots must come in the order of until, each until once")
        return self

    def list_named(self) -> Iterator[str]:
        """The sources that weights are given for."""
        for some in (self.weights, *self.segments.values(), *(slot.weights for slot in self.slots)):
            yield from some


@dataclass(frozen=True, eq=False)
class Fusion:
    """segments (users,): the index in SEGMENTS of each user. weights: of each range of places the first place
    after it, from 0 (None: the end), and the weight of each source (segments, sources)."""

    sources: Sources
    items: int
    constant: float
    depth: int
    segments: NDArray[np.int8]
    weights: Sequence[tuple[int | None, NDArray[np.float64]]]
    block: int = 500_000

    def merge(
        self, start: int, stop: int, proposed: Sequence[Proposals], k: int, hidden: RankedLists
    ) -> Interleaved:
        from include.candidates.blends.choosing import fill_lists
        from include.kernels import unite_lists

        lists = [each.lists for each in proposed]
        united = unite_lists(lists, self.depth, hidden, self.items)
        best = _choose_by_range(united, self.segments[start:stop], self.weights, self.constant, k)
        return fill_lists(united, best, lists, self.sources.turns, k, hidden, self.items)


def open_blend(sources: Sources, inputs: Inputs, params: Params) -> Fusion:
    segments, weights = find_segments(inputs, params), list_ranges(sources, params)
    return Fusion(sources, len(inputs.item_ids), params.constant, params.candidates, segments, weights)


def find_segments(inputs: Inputs, params: Params) -> NDArray[np.int8]:
    """The index in SEGMENTS (users,) of each user of the window."""
    import numpy as np

    sizes = np.diff(inputs.purchased.indptr)
    segments: NDArray[np.int8] = (np.int8(0) + (sizes > 0) + (sizes >= params.heavy_from)).astype(np.int8)
    return segments


def list_ranges(sources: Sources, params: Params) -> list[tuple[int | None, NDArray[np.float64]]]:
    """`Fusion.weights` by these parameters."""
    import numpy as np

    ranges: list[tuple[int | None, Weights]] = [(some.until, some.weights) for some in params.slots]
    ranges.append((None, {}))
    return [
        (until, np.array([_list_weights(sources, params, name, some) for name in SEGMENTS]))
        for until, some in ranges
    ]


def _list_weights(
    sources: Sources, params: Params, segment: Segment, slots: Mapping[str, float]
) -> list[float]:
    told = {**sources.usual, **params.weights, **params.segments.get(segment, {}), **slots}
    return [told[name] for name in sources.names]


def fuse_ranks(
    ranks: NDArray[np.int32], weights: NDArray[np.float64], constant: float
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The score (n,) of each candidate, 0 where no source with a weight has it, and the source that it owes
    most to, the first of several.

    ranks (n, sources): `United.ranks`; weights: (n, sources) or (sources,).
    """
    import numpy as np

    parts = np.where(ranks > 0, weights / (constant + np.maximum(ranks, 1)), 0.0)
    return parts.sum(axis=1).astype(np.float32), parts.argmax(axis=1) if len(parts) else np.empty(0, np.int64)


def _choose_by_range(
    united: United,
    segments: NDArray[np.int8],
    weights: Sequence[tuple[int | None, NDArray[np.float64]]],
    constant: float,
    k: int,
) -> Best:
    """The best k of each user: of each range of places the best of what the ranges before have left.

    The scores of a range are scaled so that the first is not above the last of the range before.
    """
    import numpy as np

    from include.candidates.blends.choosing import Best, cut_order, list_candidate_owners, order_candidates

    owners = list_candidate_owners(united)
    users = len(united.indptr) - 1
    is_left, lowest = np.ones(len(owners), np.bool_), np.full(users, np.inf)
    sizes = np.zeros(users, np.int64)
    found: list[Best] = []
    for until, by_segment in weights:
        most = k if until is None else min(k, until)
        scores, origins = fuse_ranks(united.ranks, by_segment[segments[owners]], constant)
        order = order_candidates(united, scores)
        rows = cut_order(united, order[is_left[order] & (scores[order] > 0)], most - sizes)
        chosen, own = scores[rows], owners[rows]
        if found and len(rows):
            tops = np.full(users, 1.0)
            heads = np.flatnonzero(np.append(True, own[1:] != own[:-1]))
            tops[own[heads]] = chosen[heads]
            chosen = (chosen * np.minimum(1, lowest / tops)[own]).astype(np.float32)
        np.minimum.at(lowest, own, chosen)
        is_left[rows] = False
        sizes += np.bincount(own, minlength=users)
        found.append(Best(rows, chosen, origins[rows]))
    if len(found) == 1:
        return found[0]
    rows = np.concatenate([each.rows for each in found])
    order = np.argsort(owners[rows], kind="stable")
    joined = [np.concatenate(parts)[order] for parts in zip(*found, strict=True)]
    return Best(*joined)
