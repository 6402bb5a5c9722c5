"""A ranker that has learned, from weeks of the past, which candidates users bought.

LambdaMART: C. J. C. Burges, From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from include.candidates import base
from include.candidates.base import Blender, Proposals, Sources
from include.candidates.blends import fusion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.candidates.blends.ranker import Ranker
    from include.candidates.blends.window_facts import WindowFacts
    from include.candidates.inputs import Inputs
    from include.kernels import Interleaved, RankedLists, United


class Params(base.Params):
    """depth: so many items of each source are looked at; of a user's, the `candidates` that equal weights put
    first are ranked. splits: so many splits of the past to learn from, `every` so many days, each with the
    `test_days` after a window; with fewer than `fewest` nothing is learned. users: of each split at most so
    many who bought a candidate, each with these and so many `negatives`, not bought. rounds, leaves,
    learning_rate, min_rows: LightGBM's trees. fallback: the fusion where there is no ranker, and for users
    without a purchase, of whom it learns nothing.
    """

    depth: Annotated[int, Field(ge=1)] = 100
    candidates: Annotated[int, Field(ge=1)] = 150
    splits: Annotated[int, Field(ge=1)] = 12
    every: Annotated[int, Field(ge=1)] = 7
    fewest: Annotated[int, Field(ge=1)] = 8
    test_days: Annotated[int, Field(ge=1)] = 7
    users: Annotated[int, Field(ge=1)] = 4000
    negatives: Annotated[int, Field(ge=1)] = 75
    rounds: Annotated[int, Field(ge=1)] = 200
    leaves: Annotated[int, Field(ge=2)] = 15
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    min_rows: Annotated[int, Field(ge=1)] = 200
    fallback: fusion.Params = fusion.Params()

    def list_named(self) -> Iterator[str]:
        """The sources that weights are given for."""
        return self.fallback.list_named()


class Described(NamedTuple):
    """The candidates of a block, and their features (n, features)."""

    united: United
    features: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Describer:
    """Makes candidates and features, the same way for the list and for what a ranker learns from."""

    items: int
    depth: int
    most: int
    facts: WindowFacts

    def describe(
        self,
        start: int,
        proposed: Sequence[Proposals],
        hidden: RankedLists,
        wanted: NDArray[np.bool_] | None = None,
    ) -> Described:
        """Of the users from `start` on, whose lists `proposed` are, or of those that are `wanted`."""
        import numpy as np

        from include.candidates.blends.choosing import (
            cut_order,
            list_candidate_owners,
            order_candidates,
            select_candidates,
        )
        from include.candidates.blends.ranking_features import Candidates, make_features
        from include.kernels import unite_lists

        lists = [each.lists for each in proposed]
        united = unite_lists(lists, self.depth, hidden, self.items)
        if wanted is not None:
            united = select_candidates(united, np.flatnonzero(wanted[list_candidate_owners(united)]))
        fused, _ = fusion.fuse_ranks(united.ranks, np.ones(len(lists)), 60.0)
        kept = cut_order(united, order_candidates(united, fused), self.most)
        united = select_candidates(united, kept)
        scores = np.stack([take_scores(each, united.rows[:, place]) for place, each in enumerate(lists)], 1)
        users = list_candidate_owners(united) + start
        return Described(
            united, make_features(Candidates(users, united.items, united.ranks, scores, self.facts))
        )


@dataclass(frozen=True, eq=False)
class Learned:
    """What the ranker says of the candidates of all sources, those that only fill among them.

    fallback: for users without a purchase.
    """

    sources: Sources
    describer: Describer
    ranker: Ranker
    depth: int
    fallback: fusion.Fusion
    block: int = 500_000

    def merge(
        self, start: int, stop: int, proposed: Sequence[Proposals], k: int, hidden: RankedLists
    ) -> Interleaved:
        from include.candidates.blends.choosing import choose_lists

        ranked = self._rank(start, proposed, k, hidden)
        strangers = self.fallback.segments[start:stop] == fusion.SEGMENTS.index("none")
        if not strangers.any():
            return ranked
        return choose_lists(strangers, self.fallback.merge(start, stop, proposed, k, hidden), ranked)

    def _rank(self, start: int, proposed: Sequence[Proposals], k: int, hidden: RankedLists) -> Interleaved:
        from include.candidates.blends.choosing import (
            Best,
            cut_order,
            fill_lists,
            fill_ranks,
            order_candidates,
        )

        united, features = self.describer.describe(start, proposed, hidden)
        scores = self.ranker.score(features)
        rows = cut_order(united, order_candidates(united, scores), k)
        origins = fill_ranks(united.ranks[rows]).argmin(axis=1)
        lists = [each.lists for each in proposed]
        best = Best(rows, scores[rows], origins)
        return fill_lists(united, best, lists, self.sources.turns, k, hidden, self.describer.items)


def take_scores(lists: RankedLists, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The source's scores (n,) at the rows, NaN where a row is -1."""
    import numpy as np

    return np.append(lists.scores, np.float32(np.nan))[rows]


def open_blend(sources: Sources, inputs: Inputs, params: Params) -> Blender:
    """Without a ranker there is the fusion alone; `open_ranked` has one."""
    return fusion.open_blend(sources, inputs, params.fallback)


def open_ranked(sources: Sources, inputs: Inputs, params: Params, ranker: Ranker) -> Blender:
    """The list by a ranker that knows these sources."""
    fallback = fusion.open_blend(sources, inputs, params.fallback)
    return Learned(sources, open_describer(inputs, params), ranker, params.depth, fallback)


def open_describer(inputs: Inputs, params: Params) -> Describer:
    from include.candidates.blends.window_facts import WindowFacts

    facts = WindowFacts.from_inputs(inputs)
    return Describer(len(inputs.item_ids), params.depth, params.candidates, facts)
