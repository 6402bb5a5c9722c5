from __future__ import annotations

import math
from itertools import chain

import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


def measure_slowly(shown: list[int]) -> float:
    """Half the mean absolute difference of two different items, divided by the mean."""
    if not sum(shown):
        return math.nan
    if len(shown) == 1:
        return 0.0
    differences = [abs(one - other) for one in shown for other in shown]
    return sum(differences) / (len(shown) * (len(shown) - 1)) / 2 / (sum(shown) / len(shown))


@given(draw_cases())
def test_agrees_with_comparing_all_pairs(case: Case) -> None:
    every = list(chain.from_iterable(case.lists))
    assert are_close(
        case.measure("gini"), measure_slowly([every.count(item) for item in range(len(case.buyers))])
    )


def test_by_hand() -> None:
    """Shown 0, 1 and 3 times: ((2−4)·0 + (4−4)·1 + (6−4)·3) / 4 places / 2."""
    assert Case(2, [[2, 1], [2], [2]], [[0]] * 3, [1, 1, 1]).measure("gini") == 6 / 4 / 2


@pytest.mark.parametrize("items", [2, 3, 50])
def test_from_all_alike_to_one_alone(items: int) -> None:
    alike = Case(1, [[item] for item in range(items)], [[0]] * items, [1] * items)
    alone = Case(1, [[items - 1]] * items, [[0]] * items, [1] * items)
    assert (alike.measure("gini"), alone.measure("gini")) == (0, 1)


def test_one_item_and_none() -> None:
    assert Case(2, [[0], [0]], [[0]] * 2, [1]).measure("gini") == 0
    assert math.isnan(Case(2, [[], []], [[0]] * 2, [1]).measure("gini"))
    assert math.isnan(Case(2, [], [], []).measure("gini"))
