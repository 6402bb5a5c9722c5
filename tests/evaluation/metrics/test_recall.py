from __future__ import annotations

from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


@given(draw_cases())
def test_agrees_with_counting(case: Case) -> None:
    expected = [
        len(set(ranked) & set(wanted)) / len(wanted)
        for ranked, wanted in zip(case.lists, case.relevant, strict=True)
    ]
    assert are_close(case.measure("recall"), expected)


def test_by_hand() -> None:
    lists = [[3, 1], [0, 2], [], [2]]
    relevant = [[1, 0, 7, 2], [2, 0], [0], [1]]
    assert Case(2, lists, relevant, [1, 1, 1, 1]).measure("recall") == [1 / 4, 1, 0, 0]


def test_the_best_list_of_a_user_who_bought_more_than_k_is_below_one() -> None:
    assert Case(2, [[0, 1]], [[0, 1, 2, 3]], [1, 1, 1, 1]).measure("recall") == [0.5]
