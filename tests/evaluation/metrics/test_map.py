from __future__ import annotations

import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


def measure_slowly(ranked: list[int], wanted: list[int], k: int) -> float:
    precisions = [
        sum(other in wanted for other in ranked[:rank]) / rank
        for rank, item in enumerate(ranked, 1)
        if item in wanted
    ]
    return sum(precisions) / min(k, len(wanted))


@given(draw_cases())
def test_agrees_with_averaging_precisions(case: Case) -> None:
    pairs = zip(case.lists, case.relevant, strict=True)
    expected = [measure_slowly(ranked, wanted, case.k) for ranked, wanted in pairs]
    assert are_close(case.measure("map"), expected)


def test_by_hand() -> None:
    """Hits at ranks 1 and 3 of three relevant items, and the same of a user who bought more than k."""
    values = Case(4, [[0, 5, 1, 6]] * 2, [[0, 1, 2], [0, 1, 2, 3, 4, 9]], [1] * 7).measure("map")
    assert values == pytest.approx([(1 / 1 + 2 / 3) / 3, (1 / 1 + 2 / 3) / 4])


@pytest.mark.parametrize("wanted", [1, 3, 20, 30])
def test_the_best_list_has_exactly_one(wanted: int) -> None:
    assert Case(20, [range(20)], [range(wanted)], [1] * 30).measure("map") == [1]
