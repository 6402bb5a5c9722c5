from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from include.kernels.masks import STRIDE, find_lowest, mark_reaching, mark_reaching_each


@numba.njit
def mark_both(scores: Any, place: int, floor: Any, floors: Any, start: int) -> Any:
    return mark_reaching(scores, place, floor), mark_reaching_each(scores, place, floors, start)


@numba.njit
def list_bits(mask: Any) -> Any:
    places = np.full(STRIDE, -1)
    n = 0
    while mask:
        places[n] = find_lowest(mask)
        mask &= mask - np.uint32(1)
        n += 1
    return places[:n]


@pytest.mark.parametrize("place", [0, 1, 7])
@pytest.mark.parametrize("start", [0, 3])
def test_bits_are_the_scores_that_reach_their_floors(place: int, start: int) -> None:
    rng = np.random.default_rng(place)
    levels = np.array([-np.inf, -0.5, -0.0, 0.0, 0.25, np.inf], np.float32)
    scores, floors = rng.choice(levels, place + STRIDE), rng.choice(levels, start + STRIDE)
    for floor in levels:
        one, each = mark_both(scores, place, floor, floors, start)
        assert list_bits(np.uint32(one)).tolist() == np.flatnonzero(scores[place:] >= floor).tolist()
        assert (
            list_bits(np.uint32(each)).tolist() == np.flatnonzero(scores[place:] >= floors[start:]).tolist()
        )


@pytest.mark.parametrize("places", [[], [0], [31], [0, 31], [4, 5, 17], list(range(32))])
def test_lowest_bits_come_first(places: list[int]) -> None:
    assert list_bits(np.uint32(sum(1 << place for place in places))).tolist() == places


def list_marks() -> list[list[int]]:
    """The bits of some scores and floors, as whoever runs the kernels in another way compares them."""
    rng = np.random.default_rng(9)
    scores, floors = rng.normal(size=(2, 3 * STRIDE)).astype(np.float32)
    masks = [mark_both(scores, place, floors[0], floors, place // 2) for place in range(2 * STRIDE)]
    return [list_bits(np.uint32(mask)).tolist() for pair in masks for mask in pair]


def test_a_score_that_is_no_number_reaches_nothing() -> None:
    scores, floors = np.full(STRIDE, np.nan, np.float32), np.full(STRIDE, -np.inf, np.float32)
    assert mark_both(scores, 0, -np.inf, floors, 0) == (0, 0)
    assert mark_both(floors, 0, np.nan, scores, 0) == (0, 0)
