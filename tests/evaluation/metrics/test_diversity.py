from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


def measure_slowly(ranked: list[int], categories: list[int] | None) -> float:
    told = [] if categories is None else [categories[item] for item in ranked if categories[item] >= 0]
    pairs = [one != other for one, other in combinations(told, 2)]
    return sum(pairs) / len(pairs) if pairs else math.nan


@pytest.mark.filterwarnings("error")
@given(draw_cases())
def test_agrees_with_comparing_all_pairs(case: Case) -> None:
    expected = [measure_slowly(ranked, case.categories) for ranked in case.lists]
    assert are_close(case.measure("diversity"), expected)


def test_by_hand() -> None:
    categories = [0, 0, 1, 2, -1, -1]
    lists = [[0, 1], [0, 2], [0, 1, 2], [0, 4, 3], [0, 1, 2, 3]]
    values = Case(4, lists, [[0]] * 5, [1] * 6, categories=categories).measure("diversity")
    assert values == pytest.approx([0, 1, 2 / 3, 1, 5 / 6])


def test_what_has_no_pair_cannot_be_told() -> None:
    lists = [[], [0], [0, 2], [2, 3]]
    values = Case(2, lists, [[0]] * 4, [1] * 4, categories=[0, 0, -1, -1]).measure("diversity")
    assert [math.isnan(value) for value in values] == [True] * 4
    values = Case(2, [[0, 1]] * 3, [[0]] * 3, [1] * 4).measure("diversity")
    assert [math.isnan(value) for value in values] == [True] * 3


def test_k_of_one_has_no_pairs() -> None:
    [value] = Case(1, [[0]], [[0]], [1], categories=[0]).measure("diversity")
    assert math.isnan(value)
