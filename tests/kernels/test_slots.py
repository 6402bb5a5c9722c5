"""Slots and rounds against loops over Python's own lists; the steps that use them have tests of their own."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from include.kernels import RankedLists, limit_lists, spread_labels


def draw(seed: int) -> tuple[RankedLists, np.random.Generator]:
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(9)[: rng.integers(0, 9)] for _ in range(int(rng.integers(1, 8)))]
    indptr = np.append(0, np.cumsum([len(each) for each in lists]))
    items = np.concatenate(lists).astype(np.int32)
    return RankedLists(indptr, items, np.ones(len(items), np.float32)), rng


@pytest.mark.parametrize("relax", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_no_label_is_too_often_in_slots_that_follow_each_other(seed: int, relax: bool) -> None:
    lists, rng = draw(seed)
    labels = rng.integers(-1, 3, (2, len(lists.items))).astype(np.int32)
    most, width, slots = np.array([1, 2]), 3, 5
    expected, broken = np.full(len(lists.items), -1), 0
    for start, stop in zip(lists.indptr[:-1], lists.indptr[1:], strict=True):
        left, chosen = list(range(start, stop)), []
        while left and len(chosen) < slots:
            near = chosen[max(0, len(chosen) - width + 1) :]
            fits = [
                row
                for row in left
                if all(
                    label[row] < 0 or (label[near] == label[row]).sum() < allowed
                    for label, allowed in zip(labels, most, strict=True)
                )
            ]
            if not fits and not relax:
                break
            broken += not fits
            chosen.append(fits[0] if fits else left[0])
            left.remove(chosen[-1])
        expected[chosen] = range(len(chosen))
    found, count = spread_labels(lists, labels, most, width, slots, relax=relax)
    assert found.tolist() == expected.tolist()
    assert count == broken


@pytest.mark.parametrize("rounds", [1, 2, 62])
@pytest.mark.parametrize("seed", range(40))
def test_no_item_is_in_more_lists_than_a_round_allows(seed: int, rounds: int) -> None:
    lists, _ = draw(seed)
    bounds = list(zip(lists.indptr[:-1].tolist(), lists.indptr[1:].tolist(), strict=True))
    expected, of_item, of_list = [-1] * len(lists.items), Counter[int](), Counter[int]()
    for number in range(rounds):
        for rank in range(9):
            for owner, (start, stop) in enumerate(bounds):
                row = start + rank
                if row >= stop or expected[row] >= 0 or of_list[owner] == 3:
                    continue
                if of_item[lists.items[row]] < 2**number:
                    expected[row] = number
                    of_item[lists.items[row]] += 1
                    of_list[owner] += 1
    assert limit_lists(lists, 9, 3, 1, rounds).tolist() == expected
