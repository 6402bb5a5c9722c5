from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.kernels import grouping, row_groups
from include.kernels.grouping import choose_latest, cut_evenly, merge_runs, split_keys
from include.kernels.row_groups import group_rows

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.booleans(), st.integers(-2, 2)), max_size=60
)
PARTS = st.integers(1, 4)


@settings(max_examples=200, deadline=None)
@given(ROWS, PARTS, st.integers(0, 3))
def test_groups_and_merges_as_sorting_does(
    rows: list[tuple[int, int, bool, int]], threads: int, parts: int
) -> None:
    """Rows in any order, and such as are sorted by user in each of some parts."""
    ends = np.linspace(0, len(rows), parts + 1).astype(int) if parts else []
    for first, stop in pairwise(ends):
        rows[first:stop] = sorted(rows[first:stop], key=lambda row: row[0])
    users, items, standing, moment = (
        np.array([row[place] for row in rows], kind)
        for place, kind in enumerate((np.int32, np.int32, np.bool_, np.int64))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "count_cores", lambda: threads)
        patch.setattr(row_groups, "count_cores", lambda: threads)
        patch.setattr(row_groups, "_BLOCK", 7)
        starts, keys = group_rows(users, items, 5, ends)
        merged = merge_runs(starts, keys, standing, moment)
    order = np.lexsort((items, users))
    assert split_keys(keys)[1].tolist() == order.tolist()
    assert split_keys(keys)[0].tolist() == items[order].tolist()
    assert starts.tolist() == [int((users < user).sum()) for user in range(6)]

    pairs: dict[tuple[int, int], list[int]] = {}
    for user, item, stands, when in sorted(rows):
        if stands:
            pairs.setdefault((user, item), []).append(when)
    assert merged[0].tolist() == [sum(pair[0] < user for pair in pairs) for user in range(6)]
    assert merged[1].tolist() == [item for _, item in pairs]
    assert merged[2].tolist() == [len(times) for times in pairs.values()]
    assert merged[3].tolist() == [max(times) for times in pairs.values()]


def test_a_long_run_is_sorted_as_a_short_one_is() -> None:
    rng = np.random.default_rng(0)
    users = np.repeat([0, 1, 2], [1, 5000, 40]).astype(np.int32)
    items = rng.integers(0, 99, len(users)).astype(np.int32)
    _, keys = group_rows(users, items, 3)
    assert split_keys(keys)[1].tolist() == np.lexsort((items, users)).tolist()


def test_merges_more_rows_than_are_looked_at_at_once() -> None:
    rng = np.random.default_rng(1)
    users, items = rng.integers(0, 300, (2, 5000)).astype(np.int32) // np.array([[2], [30]], np.int32) * 2
    standing, moment = rng.random(5000) < 0.8, rng.integers(0, 9, 5000)
    grouped = group_rows(users, items, 300)
    indptr, merged, weight, latest = merge_runs(*grouped, standing, moment)
    count, last = np.zeros((300, 20)), np.full((300, 20), -1)
    np.add.at(count, (users[standing], items[standing]), 1)
    np.maximum.at(last, (users[standing], items[standing]), moment[standing])
    pairs = np.nonzero(count)
    assert np.repeat(np.arange(300), np.diff(indptr)).tolist() == pairs[0].tolist()
    assert merged.tolist() == pairs[1].tolist()
    assert (weight.tolist(), latest.tolist()) == (count[pairs].tolist(), last[pairs].tolist())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 3), max_size=9), max_size=9), st.integers(1, 4))
def test_chooses_the_latest(runs: list[list[int]], most: int) -> None:
    indptr = np.append(0, np.cumsum([len(run) for run in runs])).astype(np.int32)
    moment = np.array([when for run in runs for when in run], np.int64)
    starts, entries = choose_latest(indptr, moment, most)
    for run in range(len(runs)):
        places = sorted(range(indptr[run], indptr[run + 1]), key=lambda place: -moment[place])
        assert entries[starts[run] : starts[run + 1]].tolist() == places[:most]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=12), PARTS)
def test_ranges_cover_every_run_once(sizes: list[int], parts: int) -> None:
    starts = np.append(0, np.cumsum(sizes)).astype(np.int64)
    ranges = list(cut_evenly(starts, parts))
    assert len(ranges) <= parts
    assert [run for first, stop in ranges for run in range(first, stop)] == list(range(len(sizes)))
