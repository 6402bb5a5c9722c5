from __future__ import annotations

import math

import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


def measure_slowly(ranked: list[int], wanted: list[int], k: int) -> float:
    gained = sum(1 / math.log2(rank + 1) for rank, item in enumerate(ranked, 1) if item in wanted)
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))


@given(draw_cases())
def test_agrees_with_adding_up_gains(case: Case) -> None:
    pairs = zip(case.lists, case.relevant, strict=True)
    expected = [measure_slowly(ranked, wanted, case.k) for ranked, wanted in pairs]
    assert are_close(case.measure("ndcg"), expected)


def test_by_hand() -> None:
    """Ranks 1, 2, 3 gain 1, 0.6309 and 0.5; of two relevant items the best list gains 1.6309."""
    [value] = Case(3, [[5, 1, 2]], [[1, 2]], [1] * 6).measure("ndcg")
    assert value == pytest.approx((0.6309298 + 0.5) / 1.6309298, abs=1e-7)


@pytest.mark.parametrize("wanted", [1, 2, 7, 19, 20, 30])
def test_the_best_list_has_exactly_one(wanted: int) -> None:
    """However many are relevant, and whatever comes after them; one hit less is below one."""
    best = list(range(20))
    case = Case(20, [best, [40, *best[1:]]], [list(range(wanted))] * 2, [1] * 41)
    first, second = case.measure("ndcg")
    assert first == 1 > second


def test_a_hit_further_down_counts_less() -> None:
    lists = [[1], [2, 1], [2, 3, 1], [2, 3, 4, 1]]
    values = Case(4, lists, [[1]] * 4, [1] * 5).measure("ndcg")
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4
