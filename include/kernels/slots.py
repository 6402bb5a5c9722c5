"""Choices slot by slot and list by list, where each depends on those before it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.ranked_lists import RankedLists


def spread_labels(
    lists: RankedLists,
    labels: NDArray[np.int32],
    most: NDArray[np.int64],
    width: int,
    slots: int,
    *,
    relax: bool,
) -> tuple[NDArray[np.int64], int]:
    """The slot (n,) of each item of lists, -1 for none, and how many slots hold an item that breaks the rule.

    Each slot of a list, from the first, takes the list's first item left of whose label no more than `most`
    are in any `width` slots that follow each other. labels: (kinds, n), -1 for none; most: (kinds,). Where no
    item is so, with `relax` the first one left breaks the rule; without, the list ends there.
    """
    slot_of = np.full(len(lists.items), -1, np.int64)
    return slot_of, _spread(lists.indptr, labels, most, width, slots, relax, slot_of)


def limit_lists(lists: RankedLists, items: int, k: int, most: int, rounds: int) -> NDArray[np.int8]:
    """In which round, from 0, a row (n,) is taken: at most k of a list in all, and at most most × 2 ** round
    of an item by then; -1 where it never is.

    Rows are asked for by round, then by rank, then by list. items: how many there are; rounds: at most 62, of
    which those are gone through that are needed.
    """
    taken = np.full(len(lists.items), -1, np.int8)
    wanted, longest = np.minimum(lists.sizes, k), int(lists.sizes.max(initial=0))
    _limit(lists.indptr, lists.items, wanted, np.zeros(items, np.int64), longest, most, rounds, taken)
    return taken


@compile_kernel
def _spread(indptr: Any, labels: Any, most: Any, width: int, slots: int, relax: bool, slot_of: Any) -> int:
    broken = 0
    chosen = np.empty(slots, np.int64)
    for owner in range(len(indptr) - 1):
        start, stop = indptr[owner], indptr[owner + 1]
        for slot in range(min(slots, stop - start)):
            while slot_of[start] >= 0:
                start += 1
            best = -1
            for row in range(start, stop):
                if slot_of[row] < 0 and _fits(row, labels, most, chosen[max(0, slot - width + 1) : slot]):
                    best = row
                    break
            if best < 0:
                if not relax:
                    break
                best = start
                broken += 1
            slot_of[best], chosen[slot] = slot, best
    return broken


@compile_kernel
def _fits(row: int, labels: Any, most: Any, before: Any) -> bool:
    for kind in range(len(labels)):
        label, alike = labels[kind, row], 0
        if label >= 0:
            for other in before:
                alike += labels[kind, other] == label
            if alike >= most[kind]:
                return False
    return True


@compile_kernel
def _limit(
    indptr: Any, items: Any, wanted: Any, of_item: Any, longest: int, most: int, rounds: int, taken: Any
) -> None:
    left = wanted.sum()
    for number in range(rounds):
        for rank in range(longest):
            if left == 0:
                return
            for owner in range(len(wanted)):
                row = indptr[owner] + rank
                if wanted[owner] == 0 or row >= indptr[owner + 1] or taken[row] >= 0:
                    continue
                if of_item[items[row]] < most << number:
                    taken[row] = number
                    of_item[items[row]] += 1
                    wanted[owner] -= 1
                    left -= 1
