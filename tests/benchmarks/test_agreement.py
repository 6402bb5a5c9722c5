"""Agreement of two libraries' lists, against cases that are plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import compare_lists, measure_recall, pack_groups, pack_lists, sample_rows

IDS = np.array([[3, 1, 2], [5, 6, -1]])
SCORES = np.array([[0.9, 0.5, 0.5], [0.7, 0.6, np.nan]])


def count_same(ids: np.ndarray, scores: np.ndarray) -> tuple[int, int]:
    found = compare_lists(pack_lists(IDS, SCORES, 3), pack_lists(ids, scores, 3))
    assert found["rows"] == 2
    return found["same_scores"], found["same_ids"]


def test_the_same_lists_agree() -> None:
    assert count_same(IDS, SCORES) == (2, 2)
    assert count_same(IDS, SCORES + 1e-7) == (2, 2)


def test_ties_may_stand_in_any_order_and_any_of_them_may_be_last() -> None:
    assert count_same(np.array([[3, 2, 1], [5, 6, -1]]), SCORES) == (2, 2)
    assert count_same(np.array([[3, 8, 9], [5, 6, -1]]), SCORES) == (2, 2)


@pytest.mark.parametrize(
    ("ids", "scores", "expected"),
    [
        ([[4, 1, 2], [5, 6, -1]], SCORES, (2, 1)),  # another item where the score decides
        (IDS, SCORES + np.array([[0.1], [0]]), (1, 1)),
        ([[3, 1, 2], [5, -1, -1]], SCORES, (1, 1)),  # a shorter list
        ([[3, 1, 2], [5, 6, 7]], np.nan_to_num(SCORES, nan=0.1), (1, 1)),  # a longer one
    ],
)
def test_what_is_not_a_tie_does_not_agree(ids: object, scores: np.ndarray, expected: tuple[int, int]) -> None:
    assert count_same(np.array(ids), scores) == expected


def test_groups_of_any_order_are_the_lists_of_the_rows_asked_for() -> None:
    rows = np.array([1, 4])
    groups, ids = np.array([4, 1, 0, 4, 4]), np.array([7, 2, 9, 8, 6])
    packed = pack_groups(rows, groups, ids, np.array([0.1, 0.4, 0.9, 0.3, 0.2]), 2)
    assert packed["ids"].tolist() == [[2, -1], [8, 6]]
    np.testing.assert_array_equal(packed["scores"], [[0.4, np.nan], [0.3, 0.2]])


def test_recall_is_the_share_of_each_exact_list() -> None:
    exact, found = ({"ids": np.array(ids)} for ids in ([[1, 2], [3, -1]], [[2, 9], [3, 4]]))
    assert measure_recall(exact, found) == 0.75


def test_samples_are_distinct_and_the_same_every_time() -> None:
    rows = sample_rows(100, 30)
    assert len(set(rows)) == 30
    assert rows.tolist() == sorted(rows) == sample_rows(100, 30).tolist()
    assert sample_rows(5, 30).tolist() == [0, 1, 2, 3, 4]
