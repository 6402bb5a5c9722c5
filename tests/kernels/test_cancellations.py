from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.kernels import cancel_last_first


def cancel_slowly(changes: list[int]) -> list[int]:
    """A stack of the purchases that stand so far, of one pair."""
    left, stack = [0] * len(changes), []
    for index, change in enumerate(changes):
        if change > 0:
            left[index] = change
            stack.append(index)
        while change < 0 and stack:
            taken = min(-change, left[stack[-1]])
            left[stack[-1]] -= taken
            change += taken
            if not left[stack[-1]]:
                stack.pop()
    return left


@settings(max_examples=500, deadline=None)
@given(st.lists(st.lists(st.integers(-5, 4), max_size=15), max_size=6))
def test_cancels_as_a_stack_does(pairs: list[list[int]]) -> None:
    numbers = np.repeat(np.arange(len(pairs)) * 3, [len(pair) for pair in pairs])
    changes = np.array([change for pair in pairs for change in pair], np.int64)
    given_changes = changes.copy()
    expected = [left for pair in pairs for left in cancel_slowly(pair)]
    assert cancel_last_first(numbers, changes).tolist() == expected
    assert np.array_equal(changes, given_changes)


def test_a_long_history_of_one_pair() -> None:
    changes = np.random.default_rng(0).integers(-4, 6, 3000)
    assert cancel_last_first(np.zeros(3000, np.int64), changes).tolist() == cancel_slowly(changes.tolist())
