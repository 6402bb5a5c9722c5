"""Rank fusion against dictionaries: ties, weights by segment and place, what fills, what is hidden."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from include.candidates.base import Proposals, Sources
from include.candidates.blends.fusion import Params, Slots, open_blend
from include.candidates.inputs import Inputs
from include.kernels import Interleaved, RankedLists
from tests.kernels.test_interleave import ITEMS, draw_lists, list_rows, make_lists
from tests.kernels.test_union import unite_slowly
from tests.purchases import IDS

Row = tuple[int, float, int, int]  # item, score, source, the row in the source's items


def make_inputs(sizes: list[int]) -> Inputs:
    """Users of so many different items each."""
    import pyarrow as pa

    width = max([ITEMS, *sizes])
    bought = np.array([[place < size for place in range(width)] for size in sizes], float).reshape(-1, width)
    return Inputs(
        pa.array([f"u{number}" for number in range(len(sizes))], pa.string()),
        pa.array(sorted(IDS[:ITEMS]), pa.string()),
        csr_matrix(bought),
        RankedLists(np.zeros(len(sizes) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)),
        np.ones(ITEMS, np.bool_),
    )


def fuse(
    lists: list[RankedLists], hidden: RankedLists, turns: int, k: int, params: Params, sizes: list[int]
) -> list[list[Row]]:
    names = tuple(f"s{number}" for number in range(len(lists)))
    blender = open_blend(Sources(names, turns), make_inputs(sizes), params)
    proposed = [Proposals(part) for part in lists]
    return list_chosen(blender.merge(0, len(sizes), proposed, k, hidden))


def list_chosen(chosen: Interleaved) -> list[list[Row]]:
    items, scores = chosen.lists.items.tolist(), chosen.lists.scores.tolist()
    rows = list(zip(items, scores, chosen.sources.tolist(), chosen.rows.tolist(), strict=True))
    bounds = chosen.lists.indptr.tolist()
    return [rows[start:stop] for start, stop in pairwise(bounds)]


def fuse_slowly(
    lists: list[RankedLists], hidden: RankedLists, turns: int, k: int, params: Params, sizes: list[int]
) -> list[list[Row]]:
    users = []
    for user, found in enumerate(unite_slowly(lists, params.candidates, hidden)):
        segment = "none" if not sizes[user] else "heavy" if sizes[user] >= params.heavy_from else "light"
        chosen: list[Row] = []
        for until, slots in [*((some.until, some.weights) for some in params.slots), (k, {})]:
            weights = {f"s{number}": float(number < turns) for number in range(len(lists))}
            weights |= params.weights | params.segments.get(segment, {}) | slots  # type: ignore[call-overload]
            scored = []
            for item, ranks in found.items():
                parts = {
                    source: weights[f"s{source}"] / (params.constant + rank)
                    for source, (rank, _) in ranks.items()
                }
                score = float(np.float32(sum(parts[source] for source in sorted(parts))))
                if score > 0 and item not in {row[0] for row in chosen}:
                    source = max(sorted(parts), key=lambda name: (parts[name], -name))
                    best = min(rank for rank, _ in ranks.values())
                    scored.append((-score, best, item, source, ranks[source][1]))
            scored = sorted(scored)[: max(0, min(until, k) - len(chosen))]
            scale = min(1.0, chosen[-1][1] / -scored[0][0]) if chosen and scored else 1.0
            chosen += [(item, -score * scale, source, row) for score, _, item, source, row in scored]
        last = chosen[-1][1] if chosen else 1.0
        fills = 0
        for source, part in enumerate(lists[turns:], turns):
            own = 0 if len(part.indptr) == 2 else user
            for row in range(part.indptr[own], part.indptr[own + 1]):
                item = int(part.items[row])
                barred = {each for each, _ in list_rows(hidden)[user]} | {each[0] for each in chosen}
                if item not in barred and len(chosen) < k:
                    fills += 1
                    chosen.append((item, last / (1 + fills), source, row))
        users.append(chosen)
    return users


PARAMS = [
    Params(),
    Params(constant=0.0, candidates=2),
    Params(constant=1.0, weights={"s0": 2.0, "s1": 0.0}),
    Params(constant=1.0, segments={"none": {"s1": 3.0}, "heavy": {"s0": 0.5}}, heavy_from=3),
    Params(constant=1.0, slots=(Slots(until=1, weights={"s1": 9.0}), Slots(until=3, weights={"s0": 0.0}))),
]


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("k", [1, 3, 50])
@pytest.mark.parametrize("seed", range(25))
def test_agrees_with_dictionaries(seed: int, k: int, params: Params) -> None:
    rng = np.random.default_rng(seed)
    users, sources = int(rng.integers(0, 5)), int(rng.integers(2, 5))
    lists = [draw_lists(rng, 1 if rng.random() < 0.2 else users, 6) for _ in range(sources)]
    hidden, turns = draw_lists(rng, users, 3), int(rng.integers(0, sources + 1))
    sizes = rng.integers(0, 5, users).tolist()
    fast = fuse(lists, hidden, turns, k, params, sizes)
    slow = fuse_slowly(lists, hidden, turns, k, params, sizes)
    for own, expected in zip(fast, slow, strict=True):
        assert [(item, source, row) for item, _, source, row in own] == [
            (item, source, row) for item, _, source, row in expected
        ]
        assert [row[1] for row in own] == pytest.approx([row[1] for row in expected], rel=1e-6)
        scores = [row[1] for row in own]
        assert scores == sorted(scores, reverse=True)
        assert all(score > 0 for score in scores)
        assert max(Counter(row[0] for row in own).values(), default=1) == 1


def test_ties_go_to_the_better_rank_and_then_to_the_item() -> None:
    lists = [make_lists([5, 1]), make_lists([3, 6])]
    rows = fuse(lists, make_lists([]), 2, 4, Params(weights={"s0": 1, "s1": 1}), [1])
    assert [row[0] for row in rows[0]] == [3, 5, 1, 6]


def test_what_several_sources_propose_comes_first() -> None:
    rows = fuse([make_lists([5, 1]), make_lists([3, 1])], make_lists([]), 2, 3, Params(), [1])
    assert [row[0] for row in rows[0]] == [1, 3, 5]


@pytest.mark.parametrize("slots", [(5, 3), (5, 5)])
def test_places_that_do_not_ascend_are_refused(slots: tuple[int, int]) -> None:
    with pytest.raises(ValidationError, match="in the order of until"):
        Params(slots=tuple(Slots(until=until, weights={}) for until in slots))
