from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


def weigh(case: Case, item: int) -> float:
    buyers = case.buyers[item] if item < len(case.buyers) else 0
    return 1 / math.sqrt(max(buyers, 1))


@given(draw_cases())
def test_agrees_with_weighing_one_by_one(case: Case) -> None:
    expected = [
        sum(weigh(case, item) for item in ranked if item in wanted)
        / sum(weigh(case, item) for item in wanted)
        for ranked, wanted in zip(case.lists, case.relevant, strict=True)
    ]
    assert np.allclose(case.measure("debiased_recall"), expected, atol=1e-6)


def test_by_hand() -> None:
    """An item of 4 buyers weighs half of one of one buyer, of none, or that the window did not have."""
    lists, relevant = [[0], [1], [2], [0, 1]], [[0, 1], [1, 0], [2, 0], [0, 1, 7]]
    values = Case(2, lists, relevant, [4, 1, 0]).measure("debiased_recall")
    assert values == pytest.approx([0.5 / 1.5, 1 / 1.5, 1 / 1.5, 1.5 / 2.5])


def test_where_all_are_equally_bought_it_is_recall() -> None:
    case = Case(3, [[0, 1, 2], [3]], [[2, 0, 3, 4], [3]], [16] * 5)
    assert case.measure("debiased_recall") == case.measure("recall")


def test_a_list_of_all_that_is_relevant_has_exactly_one() -> None:
    """In whatever order, though the weights are not round."""
    buyers = list(range(1, 41))
    orders = [np.random.default_rng(seed).permutation(40) for seed in range(20)]
    assert Case(40, orders, [range(40)] * 20, buyers).measure("debiased_recall") == [1] * 20


def test_what_sells_anyway_counts_less_than_in_recall() -> None:
    case = Case(1, [[0], [1]], [[0, 1], [0, 1]], [400, 1])
    popular, rare = case.measure("debiased_recall")
    assert popular < 0.5 < rare
    assert case.measure("recall") == [0.5, 0.5]


@given(draw_cases())
def test_is_a_share(case: Case) -> None:
    assert all(0 <= value <= 1 for value in case.measure("debiased_recall"))
    assert are_close(
        [float(value == 0) for value in case.measure("debiased_recall")],
        [float(value == 0) for value in case.measure("hit_rate")],
    )
