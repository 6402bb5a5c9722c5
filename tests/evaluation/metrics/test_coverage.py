from __future__ import annotations

import math

from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


@given(draw_cases())
def test_agrees_with_collecting_items(case: Case) -> None:
    shown = {item for ranked in case.lists for item in ranked}
    assert are_close(case.measure("coverage"), len(shown) / len(case.buyers))


def test_by_hand() -> None:
    """An item that many lists show counts once, one that nobody bought counts as an item of the window."""
    assert Case(2, [[0, 1], [1], [], [1, 0]], [[9]] * 4, [3, 3, 0, 0, 1]).measure("coverage") == 2 / 5


def test_nothing_to_show() -> None:
    assert Case(2, [[], []], [[0], [0]], [1]).measure("coverage") == 0
    assert math.isnan(Case(2, [], [], []).measure("coverage"))
