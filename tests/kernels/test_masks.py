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
