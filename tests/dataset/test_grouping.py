from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.dataset.grouping import (
    group_rows,
    mark_starts,
    merge_runs,
    number_rows,
    select_pairs,
    split_keys,
)
from include.kernels import choose_newest, sum_by_item

USERS, ITEMS = 5, 4
ROWS = st.lists(
    st.tuples(
        st.integers(0, USERS - 1),
        st.integers(0, ITEMS - 1),
        st.booleans(),
        st.integers(-2, 2),
        st.sampled_from([1e16, 1.0, 0.1, -0.3, -1e16]),
    ),
    max_size=60,
)
Row = tuple[int, int, bool, int, float]


def take_columns(rows: list[Row]) -> list[np.ndarray]:
    """users, items, marks, timestamps and values."""
    kinds = (np.int32, np.int32, np.bool_, np.int64, np.float64)
    return [np.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]


@settings(max_examples=200, deadline=None)
@given(ROWS, st.booleans())
def test_groups_as_sorting_does(rows: list[Row], in_order: bool) -> None:
    users, items, *_ = take_columns(sorted(rows) if in_order else rows)
    starts, keys = group_rows(users, items, USERS)
    order = np.lexsort((items, users))
    assert split_keys(keys)[1].tolist() == order.tolist()
    assert split_keys(keys)[0].tolist() == items[order].tolist()
    assert starts.tolist() == [int((users < user).sum()) for user in range(USERS + 1)]


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_merges_to_one_entry_a_pair(rows: list[Row]) -> None:
    users, items, standing, timestamps, _ = take_columns(rows)
    indptr, merged, weight, newest = merge_runs(*group_rows(users, items, USERS), standing, timestamps)
    pairs: dict[tuple[int, int], list[int]] = {}
    for user, item, stands, when, _ in sorted(rows):
        if stands:
            pairs.setdefault((user, item), []).append(when)
    assert indptr.tolist() == [sum(pair[0] < user for pair in pairs) for user in range(USERS + 1)]
    assert merged.tolist() == [item for _, item in pairs]
    assert weight.tolist() == [len(times) for times in pairs.values()]
    assert newest.tolist() == [max(times) for times in pairs.values()]
    assert [some.dtype for some in (indptr, merged, weight, newest)] == [
        np.int64,
        np.int32,
        np.float32,
        np.int64,
    ]


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_selects_all_rows_of_a_pair_of_which_one_is_marked(rows: list[Row]) -> None:
    users, items, marked, *_ = take_columns(rows)
    pairs, selected = select_pairs(*group_rows(users, items, USERS), marked)
    wanted = {row[:2] for row in rows if row[2]}
    expected = sorted((*row[:2], number) for number, row in enumerate(rows) if row[:2] in wanted)
    assert selected.tolist() == [number for *_, number in expected]
    every_pair = sorted({row[:2] for row in rows})
    assert pairs.tolist() == [every_pair.index((user, item)) for user, item, _ in expected]


@settings(max_examples=200, deadline=None)
@given(ROWS, st.randoms())
def test_sums_do_not_depend_on_the_order_of_the_rows(rows: list[Row], random: object) -> None:
    expected = []
    for item in range(ITEMS):
        values = sorted(row[4] for row in rows if row[1] == item and row[2])
        if values:
            total = 0.0
            for value in values:
                total += value
            expected.append(total)
    for _ in range(2):
        _, items, standing, _, values = take_columns(rows)
        assert sum_by_item(items[standing], values[standing]).tolist() == expected
        random.shuffle(rows)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 3), max_size=9), max_size=9), st.integers(1, 4))
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_chooses_the_newest(kind: type, runs: list[list[int]], most: int) -> None:
    indptr = np.append(0, np.cumsum([len(run) for run in runs])).astype(kind)
    timestamps = np.array([when for run in runs for when in run], np.int64)
    starts, entries = choose_newest(indptr, timestamps, most)
    for run in range(len(runs)):
        newest = sorted(range(indptr[run], indptr[run + 1]), key=lambda index: -timestamps[index])
        assert entries[starts[run] : starts[run + 1]].tolist() == newest[:most]


def test_rows_are_numbered_within_their_run() -> None:
    starts = mark_starts(np.array([3, 3, 3, 1, 2, 2]), np.array([0, 0, 1, 1, 1, 1]))
    assert starts.tolist() == [True, False, True, True, True, False]
    assert number_rows(starts).tolist() == [0, 1, 0, 0, 0, 1]
    assert number_rows(starts[:0]).tolist() == []
