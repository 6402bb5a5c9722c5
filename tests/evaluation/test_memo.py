"""A memo that holds the results that were asked for last."""

from __future__ import annotations

import random

import pytest

from include.evaluation.memo import RecentMemo


def test_the_result_that_was_asked_for_longest_ago_goes_first() -> None:
    memo = RecentMemo(2)
    memo["a"], memo["b"] = 1, 2
    assert memo["a"] == 1
    memo["c"] = 3
    assert dict(memo) == {"a": 1, "c": 3}
    memo["a"] = 4
    memo["d"] = 5
    assert dict(memo) == {"a": 4, "d": 5}
    with pytest.raises(KeyError):
        memo["b"]


@pytest.mark.parametrize("most", [1, 3, 8])
def test_it_holds_what_a_list_of_uses_says(most: int) -> None:
    memo, uses, chance = RecentMemo(most), [], random.Random(most)
    for _ in range(500):
        key = chance.randrange(12)
        if key in memo:
            assert memo[key] == key
        else:
            memo[key] = key
        uses = [*(use for use in uses if use != key), key][-most:]
        assert list(memo) == uses
