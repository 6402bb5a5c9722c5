from __future__ import annotations

import math

import pytest
from hypothesis import given

from tests.evaluation.judging import Case, are_close, draw_cases


@pytest.mark.filterwarnings("error")
@given(draw_cases())
def test_agrees_with_adding_up_bits(case: Case) -> None:
    expected = [
        sum(-math.log2(max(case.buyers[item], 1) / case.users) for item in ranked) / len(ranked)
        if ranked
        else math.nan
        for ranked in case.lists
    ]
    assert are_close(case.measure("novelty"), expected)


def test_by_hand() -> None:
    """Of 8 users all bought item 0, four item 1, one item 2 and none item 3."""
    lists = [[0], [1, 2], [3], [2, 0, 1]]
    assert Case(3, lists, [[0]] * 4, [8, 4, 1, 0], users=8).measure("novelty") == [
        0,
        2,
        3,
        pytest.approx(4 / 3),
    ]


def test_the_empty_list_has_none() -> None:
    empty, full = Case(1, [[], [0]], [[0], [0]], [2], users=4).measure("novelty")
    assert math.isnan(empty)
    assert full == 1
