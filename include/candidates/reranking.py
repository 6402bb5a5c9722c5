"""The re-rank steps of an advertiser, one after the other, on lists that remember where they are from."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.candidates.base import Params, RerankStep
from include.candidates.comparing import compare_lists
from include.candidates.features import Features
from include.candidates.lists import join_lists
from include.candidates.registry import load_step
from include.kernels import RankedLists, split_blocks, take_block

# So many rows go through a step at once, unless it wants all.
_BLOCK = 2_000_000

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """A re-rank step as an advertiser has it; of two alike, the name of the second ends in _2."""

    name: str
    module: RerankStep[Any]
    params: Params

    @property
    def adds(self) -> bool:
        return getattr(self.module, "ADDS", False)

    @property
    def is_whole(self) -> bool:
        return getattr(self.module, "WHOLE", False)


class Reranked(NamedTuple):
    """rows: (n,) of the item in the lists given, or -1 - s where the step s, from 0, has added it.

    counts: of each step by name.
    """

    lists: RankedLists
    rows: NDArray[np.integer]
    counts: dict[str, dict[str, int]]


def load_steps(chosen: Iterable[tuple[str, Params]]) -> list[Step]:
    """The steps of those names, with their parameters."""
    steps: list[Step] = []
    seen: Counter[str] = Counter()
    for name, params in chosen:
        seen[name] += 1
        steps.append(Step(name if seen[name] == 1 else f"{name}_{seen[name]}", load_step(name), params))
    return steps


def measure_room(steps: Sequence[Step], k: int) -> int:
    """How long lists must be before the steps, for k items to be left: what each may take, added up."""
    return ceil(k * (1 + sum(getattr(step.module, "SPARE", 1.0) for step in steps)))


def split_steps(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    """Those that may run on a block of users after the other, and those from the first that may not."""
    whole = next((place for place, step in enumerate(steps) if step.is_whole), len(steps))
    return steps[:whole], steps[whole:]


def prepare_features(features: Features, steps: Sequence[Step], k: int) -> Features:
    """The features of all users for these steps: none may add what one of them blocks.

    Logs what the steps have to say of their parameters, such as a category that no item has.
    """
    features, may_add = replace(features, k=k), features.may_add
    for step in steps:
        if hasattr(step.module, "find_blocked"):
            may_add = may_add & ~step.module.find_blocked(features, step.params)
        for sentence in getattr(step.module, "list_doubts", _list_none)(features, step.params):
            log.warning("re-rank step %s: %s", step.name, sentence)
    return replace(features, may_add=may_add)


def _list_none(features: Features, params: Params) -> list[str]:
    return []


def rerank_lists(
    lists: RankedLists, steps: Sequence[Step], features: Features, k: int, *, cut: bool = True
) -> Reranked:
    """Run the steps on the lists of a block of users, and cut them to the first k, unless others follow.

    Each step counts what it counts itself, and, of the first k of each list: `dropped`, which are no more
    among them after the step; `moved`, which were in the list and come before one that they came after;
    `added`, which were not in the list; `short_lists`, which had k items and have fewer. Raises
    RefusedInputError where a step returns what it must not.
    """
    counts: dict[str, dict[str, int]] = {}
    if features.k != k:
        features = replace(features, k=k)
    rows: NDArray[np.integer] | None = None
    for number, step in enumerate(steps):
        before = lists
        lists, counted = _apply_step(step, before, features)
        found, changes = compare_lists(lists, before, step.name, features, adds=step.adds)
        counts[step.name] = {**changes, **{name: counted[name] for name in counted if name not in changes}}
        added = found < 0
        rows = found if rows is None else np.append(rows, np.zeros(1, rows.dtype))[found]
        rows[added] = -1 - number
    if rows is None:
        rows = np.arange(len(lists.items))
    if cut:
        kept = cut_lists(lists, k)
        rows = rows[_list_first(lists, k)] if kept is not lists else rows
        lists = kept
    return Reranked(lists, rows, counts)


def _apply_step(step: Step, lists: RankedLists, features: Features) -> tuple[RankedLists, dict[str, int]]:
    """On all lists at once where the step wants that, or they are few; else a block of users at a time."""
    if step.is_whole or len(lists.items) <= _BLOCK:
        after, counted = step.module.apply(lists, features, step.params)
        return after, dict(counted)
    parts, total = [], Counter[str]()
    for start, stop in split_blocks(lists.sizes, _BLOCK):
        block = take_block(lists, start, stop)
        after, counted = step.module.apply(block, features.select_users(start, stop), step.params)
        parts.append(after)
        total.update(counted)
    return join_lists(parts), dict(total)


def cut_lists(lists: RankedLists, k: int) -> RankedLists:
    """The first k of each list."""
    if (lists.sizes <= k).all():
        return lists
    rows = _list_first(lists, k)
    indptr = np.append(0, np.cumsum(np.minimum(lists.sizes, k)))
    return RankedLists(indptr, lists.items[rows], lists.scores[rows])


def _list_first(lists: RankedLists, k: int) -> NDArray[np.int64]:
    """The rows of the first k of each list."""
    sizes = np.minimum(lists.sizes, k)
    indptr = np.append(0, np.cumsum(sizes))
    return np.arange(indptr[-1]) + np.repeat(lists.indptr[:-1] - indptr[:-1], sizes)
