from __future__ import annotations

from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


@given(draw_cases())
def test_agrees_with_counting(case: Case) -> None:
    expected = [
        len(set(ranked) & set(wanted)) / case.k
        for ranked, wanted in zip(case.lists, case.relevant, strict=True)
    ]
    assert are_close(case.measure("precision"), expected)


def test_an_empty_place_is_a_miss() -> None:
    lists, relevant = [[3, 1, 0, 2], [0], []], [[1, 0, 7], [0], [0]]
    assert Case(4, lists, relevant, [1, 1, 1, 1]).measure("precision") == [2 / 4, 1 / 4, 0]
