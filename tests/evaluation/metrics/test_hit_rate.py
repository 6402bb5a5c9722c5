from __future__ import annotations

from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


@given(draw_cases())
def test_agrees_with_looking(case: Case) -> None:
    pairs = zip(case.lists, case.relevant, strict=True)
    expected = [float(any(item in wanted for item in ranked)) for ranked, wanted in pairs]
    assert are_close(case.measure("hit_rate"), expected)


def test_by_hand() -> None:
    lists, relevant = [[3, 1], [0, 2], [], [2]], [[1, 3], [2, 7], [0], [7]]
    assert Case(2, lists, relevant, [1, 1, 1, 1]).measure("hit_rate") == [1, 1, 0, 0]
