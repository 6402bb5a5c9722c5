"""The re-rank steps of an advertiser, one after the other, on lists that remember where they are from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.candidates.base import Params, RerankStep
from include.candidates.features import Features
from include.candidates.lists import list_owners
from include.candidates.registry import load_step
from include.errors import RefusedInputError
from include.kernels import RankedLists

# So many times k are blended where steps follow that may leave something out.
LONGER = 2


class Step(NamedTuple):
    """A re-rank step as an advertiser has it."""

    name: str
    module: RerankStep[Any]
    params: Params


def load_steps(chosen: Iterable[tuple[str, Params]]) -> list[Step]:
    """The steps of those names, with their parameters."""
    return [Step(name, load_step(name), params) for name, params in chosen]


def rerank_lists(
    lists: RankedLists, steps: Sequence[Step], features: Features, k: int
) -> tuple[RankedLists, NDArray[np.int64], dict[str, dict[str, int]]]:
    """Run the steps on the lists of a block of users, and cut them to the first k.

    Returns the lists, the row (n,) that each item had in those given, and the counts of each step: its own,
    and `short_lists`, which had k items before the step and have fewer after it. Raises
    RefusedInputError where a step returns what it must not.
    """
    counts: dict[str, dict[str, int]] = {}
    given = lists
    for step in steps:
        before = lists
        lists, counted = step.module.apply(before, features, step.params)
        _find_rows(lists, before, step.name, features)
        fewer = (before.sizes >= k) & (lists.sizes < k)
        counts[step.name] = {**counted, "short_lists": int(fewer.sum())}
    lists = cut_lists(lists, k)
    return lists, _find_rows(lists, given, "", features), counts


def cut_lists(lists: RankedLists, k: int) -> RankedLists:
    """The first k of each list."""
    sizes = np.minimum(lists.sizes, k)
    if (sizes == lists.sizes).all():
        return lists
    indptr = np.append(0, np.cumsum(sizes))
    rows = np.arange(indptr[-1]) + np.repeat(lists.indptr[:-1] - indptr[:-1], sizes)
    return RankedLists(indptr, lists.items[rows], lists.scores[rows])


def _find_rows(lists: RankedLists, given: RankedLists, step: str, features: Features) -> NDArray[np.int64]:
    """The row (n,) among those given of each item of the same list."""
    items = len(features.item_ids)
    if len(lists.indptr) != len(given.indptr) or len(lists.items) != len(lists.scores):
        raise RefusedInputError(
            f"the re-rank step {step} returned {len(lists.indptr) - 1:,} lists where it was given"
            f" {len(given.indptr) - 1:,}, or scores that are not those of its items; correct its apply."
        )
    if not np.isfinite(lists.scores).all():
        raise RefusedInputError(
            f"the re-rank step {step} returned a score that is not a number; correct its apply."
        )
    before = list_owners(given) * items + given.items
    after = list_owners(lists) * items + lists.items
    order = np.argsort(before, kind="stable")
    place = np.searchsorted(before, after, sorter=order)
    rows = order[np.minimum(place, len(order) - 1)] if len(order) else place
    if len(after) > len(before) or (before[rows] != after).any() or len(np.unique(rows)) < len(rows):
        raise RefusedInputError(
            f"the re-rank step {step} returned an item twice, or one that was not in the list before; correct"
            " its apply."
        )
    return rows
