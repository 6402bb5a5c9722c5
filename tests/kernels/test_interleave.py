"""Merging and interleaving against the same by hand, user by user."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from include.kernels import RankedLists, interleave_lists, merge_neighbours, sort_lists, take_block

ITEMS = 7
SCORES = np.array([-0.5, 0.0, 0.25, 0.25, 1.0], np.float32)


def draw_lists(rng: np.random.Generator, size: int, most: int) -> RankedLists:
    """Lists that repeat items, tie, and need not be in the order of their scores."""
    sizes = rng.integers(0, most + 1, size)
    n = int(sizes.sum())
    items = rng.integers(0, ITEMS, n).astype(np.int32)
    return RankedLists(np.append(0, np.cumsum(sizes)), items, rng.choice(SCORES, n))


def make_lists(*lists: list[int]) -> RankedLists:
    items = np.array([item for each in lists for item in each], np.int32)
    indptr = np.append(0, np.cumsum([len(each) for each in lists]))
    return RankedLists(indptr, items, np.ones(len(items), np.float32))


def list_rows(lists: RankedLists) -> list[list[tuple[int, float]]]:
    rows = list(zip(lists.items.tolist(), lists.scores.tolist(), strict=True))
    return [rows[start:stop] for start, stop in zip(lists.indptr, lists.indptr[1:], strict=False)]


def flatten(lists: list[list]) -> list:
    return list(chain.from_iterable(lists))


def sort_slowly(lists: RankedLists) -> list[list[tuple[int, float]]]:
    return [sorted(each, key=lambda row: (-row[1], row[0])) for each in list_rows(lists)]


def merge_slowly(
    seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int
) -> list[list[tuple[int, float, int]]]:
    similar, merged = list_rows(neighbours), []
    for history, without in zip(list_rows(seeds), list_rows(hidden), strict=True):
        rows = sorted(
            (-score, age, item, seed)
            for age, (seed, _) in enumerate(history)
            for item, score in similar[seed]
            if item not in {each for each, _ in without}
        )
        best: dict[int, tuple[int, float, int]] = {}
        for score, _, item, seed in rows:
            best.setdefault(item, (item, -score, seed))
        merged.append(list(best.values())[:k])
    return merged


def interleave_slowly(
    lists: list[RankedLists], turns: int, k: int, hidden: RankedLists
) -> list[list[tuple[int, float, int, int]]]:
    """Rows of (item, score, source, row in the source's items)."""
    chosen = []
    for user, without in enumerate(list_rows(hidden)):
        shown = []
        for source, part in enumerate(lists):
            own = 0 if len(part.indptr) == 2 else user
            rows = range(part.indptr[own], part.indptr[own + 1])
            proposed = [(int(part.items[row]), float(part.scores[row]), source, row) for row in rows]
            shown.append([row for row in proposed if row[0] not in {item for item, _ in without}])
        longest = max([len(rows) for rows in shown[:turns]], default=0)
        order = [rows[rank] for rank in range(longest) for rows in shown[:turns] if rank < len(rows)]
        order += [row for rows in shown[turns:] for row in rows]
        first: dict[int, tuple[int, float, int, int]] = {}
        for row in order:
            first.setdefault(row[0], row)
        chosen.append(list(first.values())[:k])
    return chosen


@pytest.mark.parametrize("k", [1, 3, 50])
@pytest.mark.parametrize("seed", range(30))
def test_merging_agrees_with_sorting_all(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    users = int(rng.integers(0, 5))
    seeds, hidden = draw_lists(rng, users, 4), draw_lists(rng, users, 3)
    neighbours = sort_lists(draw_lists(rng, ITEMS, 5))
    lists, because = merge_neighbours(seeds, neighbours, hidden, k)
    rows = [(*row, reason) for row, reason in zip(flatten(list_rows(lists)), because.tolist(), strict=True)]
    assert rows == flatten(merge_slowly(seeds, neighbours, hidden, k))
    assert lists.sizes.tolist() == [len(each) for each in merge_slowly(seeds, neighbours, hidden, k)]


@pytest.mark.parametrize("k", [1, 3, 50])
@pytest.mark.parametrize("seed", range(40))
def test_interleaving_agrees_with_taking_turns_by_hand(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    users, sources = int(rng.integers(0, 5)), int(rng.integers(1, 5))
    lists = [draw_lists(rng, 1 if rng.random() < 0.3 else users, 6) for _ in range(sources)]
    turns, hidden = int(rng.integers(0, sources + 1)), draw_lists(rng, users, 3)
    before = [[column.copy() for column in part] for part in lists]
    chosen = interleave_lists(lists, turns, k, hidden, ITEMS)
    rows = [
        (*row, source, index)
        for row, source, index in zip(
            flatten(list_rows(chosen.lists)), chosen.sources.tolist(), chosen.rows.tolist(), strict=True
        )
    ]
    expected = interleave_slowly(lists, turns, k, hidden)
    assert rows == flatten(expected)
    assert chosen.lists.sizes.tolist() == [len(each) for each in expected]
    for part, columns in zip(lists, before, strict=True):
        for column, former in zip(part, columns, strict=True):
            assert np.array_equal(column, former)


def test_a_source_whose_item_is_chosen_already_has_had_its_turn() -> None:
    lists = [make_lists([1, 2, 3]), make_lists([1, 4, 5])]
    chosen = interleave_lists(lists, 2, 10, make_lists([]), ITEMS)
    assert chosen.lists.items.tolist() == [1, 2, 4, 3, 5]


def test_a_hidden_item_takes_no_turn() -> None:
    lists = [make_lists([1, 2, 3]), make_lists([4, 5])]
    assert interleave_lists(lists, 2, 10, make_lists([1]), ITEMS).lists.items.tolist() == [2, 4, 3, 5]


def test_what_fills_comes_after_those_that_take_turns() -> None:
    lists = [make_lists([1], [2]), make_lists([5, 6])]
    chosen = interleave_lists(lists, 1, 2, make_lists([], [5]), ITEMS)
    assert list_rows(chosen.lists) == [[(1, 1.0), (5, 1.0)], [(2, 1.0), (6, 1.0)]]
    assert chosen.sources.tolist() == [0, 1, 0, 1]
    assert chosen.rows.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("seed", range(20))
def test_sorting_agrees_with_python_and_leaves_what_it_was_given(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lists = draw_lists(rng, int(rng.integers(0, 6)), 6)
    items = lists.items.copy()
    assert list_rows(sort_lists(lists)) == sort_slowly(lists)
    assert np.array_equal(lists.items, items)


def test_a_block_is_some_of_the_lists() -> None:
    lists = make_lists([1, 2], [], [3], [4, 5])
    assert list_rows(take_block(lists, 1, 3)) == [[], [(3, 1.0)]]
    assert list_rows(take_block(lists, 2, 2)) == []
