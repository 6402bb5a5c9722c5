"""Sums of neighbours against dictionaries, user by user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from include.kernels import RankedLists, rank_sums, run_blocks, take_block
from tests.kernels.test_interleave import ITEMS, draw_lists, list_rows, make_lists

Sums = list[list[tuple[int, float, int]]]


def sum_slowly(seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int) -> Sums:
    """For each user rows of (item, score, reason)."""
    similar, summed = list_rows(neighbours), []
    for history, without in zip(list_rows(seeds), list_rows(hidden), strict=True):
        parts: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for seed, weight in history:
            for item, score in similar[seed]:
                parts[item].append((weight * score, seed))
        rows = [
            (
                item,
                float(np.float32(sum(part for part, _ in each))),
                min((-part, seed) for part, seed in each)[1],
            )
            for item, each in parts.items()
            if item not in {hidden for hidden, _ in without}
        ]
        summed.append(sorted(rows, key=lambda row: (-row[1], row[0]))[:k])
    return summed


def collect(seeds: RankedLists, neighbours: RankedLists, hidden: RankedLists, k: int) -> Sums:
    lists, because = rank_sums(seeds, neighbours, hidden, k)
    same, none = rank_sums(seeds, neighbours, hidden, k, reasons=False)
    assert all(np.array_equal(*parts) for parts in zip(lists, same, strict=True))
    assert (none == -1).all()
    assert len(none) == len(because)
    rows = list(zip(lists.items.tolist(), lists.scores.tolist(), because.tolist(), strict=True))
    return [rows[start:stop] for start, stop in pairwise(lists.indptr.tolist())]


def draw_real(rng: np.random.Generator, size: int, most: int) -> RankedLists:
    lists = draw_lists(rng, size, most)
    return lists._replace(scores=rng.normal(size=len(lists.items)).astype(np.float32))


@pytest.mark.parametrize("k", [1, 3, 50])
@pytest.mark.parametrize("draw", [draw_lists, draw_real])
@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_summing_by_hand(seed: int, draw: Callable[..., RankedLists], k: int) -> None:
    """Lists that repeat items and tie, and scores and weights below zero."""
    rng = np.random.default_rng(seed)
    users = int(rng.integers(0, 6))
    seeds, hidden, neighbours = draw(rng, users, 5), draw(rng, users, 3), draw(rng, ITEMS, 5)
    assert collect(seeds, neighbours, hidden, k) == sum_slowly(seeds, neighbours, hidden, k)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_blocks_do_not_show(threads: int) -> None:
    rng = np.random.default_rng(7)
    seeds, hidden, neighbours = draw_real(rng, 40, 6), draw_real(rng, 40, 2), draw_real(rng, ITEMS, 6)
    expected = collect(seeds, neighbours, hidden, 4)

    def work(start: int, stop: int) -> Sums:
        return collect(take_block(seeds, start, stop), neighbours, take_block(hidden, start, stop), 4)

    found: Sums = []
    for _, _, rows in run_blocks(work, [(0, 1), (1, 17), (17, 17), (17, 40)], threads):
        found += rows
    assert found == expected


def test_the_reason_is_the_seed_that_gave_most_the_lower_number_where_they_tie() -> None:
    neighbours = make_lists([], [5, 6], [6], [5, 6], [], [], [])
    neighbours.scores[:] = [0.5, 0.25, 0.5, 0.5, 0.25]
    seeds = make_lists([3, 2, 1])
    assert collect(seeds, neighbours, make_lists([]), 9) == [[(5, 1.0, 1), (6, 1.0, 2)]]


def test_a_weight_counts() -> None:
    neighbours = make_lists([2], [3], [], [])
    seeds = make_lists([0, 1])
    seeds.scores[:] = [1.0, 4.0]
    assert collect(seeds, neighbours, make_lists([]), 9) == [[(3, 4.0, 1), (2, 1.0, 0)]]


def test_small_scores_are_not_lost_beside_a_large_one() -> None:
    """In float32 each of the eight would be rounded away."""
    neighbours = make_lists(*[[8]] * 8, [])
    neighbours.scores[:] = [1.0] + [2**-25] * 7
    [[(_, score, _)]] = collect(make_lists(list(range(8))), neighbours, make_lists([]), 1)
    assert score == float(np.float32(1 + 7 * 2**-25)) > 1


def test_what_is_hidden_is_shown_to_others() -> None:
    neighbours = make_lists([1, 2], [], [])
    seeds, hidden = make_lists([0], [0], [0]), make_lists([1], [], [1, 2])
    rows = collect(seeds, neighbours, hidden, 5)
    assert [[item for item, _, _ in each] for each in rows] == [[2], [1, 2], []]


def test_sums_beyond_float32_are_refused() -> None:
    neighbours = make_lists([2], [2], [])
    neighbours.scores[:] = 3e38
    with pytest.raises(OverflowError, match="too large for their sums"):
        collect(make_lists([0, 1]), neighbours, make_lists([]), 1)


@pytest.mark.parametrize(("users", "items"), [(0, 0), (0, 3), (2, 3)])
def test_nothing_bought_or_nothing_similar(users: int, items: int) -> None:
    nothing = take_block(make_lists([], [], []), 0, users)
    assert collect(nothing, take_block(make_lists([], [], []), 0, items), nothing, 4) == [[]] * users
