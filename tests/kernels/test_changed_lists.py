"""Changed lists against Python's own lists."""

from __future__ import annotations

import numpy as np
import pytest

from include.kernels import RankedLists, find_rows, order_lists

ITEMS = 12


def draw(rng: np.random.Generator, users: int, *, twice: bool = False) -> RankedLists:
    lists = [
        rng.choice(ITEMS, rng.integers(0, ITEMS), replace=twice and rng.random() < 0.2) for _ in range(users)
    ]
    indptr = np.append(0, np.cumsum([len(each) for each in lists]))
    items = np.concatenate([np.empty(0, np.int32), *lists]).astype(np.int32)
    return RankedLists(indptr, items, rng.random(len(items)).astype(np.float32))


@pytest.mark.parametrize("seed", range(40))
def test_where_each_item_was(seed: int) -> None:
    rng = np.random.default_rng(seed)
    users = int(rng.integers(0, 6))
    before, after = draw(rng, users), draw(rng, users, twice=True)
    expected, has_twice = [], False
    for user in range(users):
        first, last = before.indptr[user : user + 2]
        old = before.items[first:last].tolist()
        new = after.items[after.indptr[user] : after.indptr[user + 1]].tolist()
        expected += [first + old.index(item) if item in old else -1 for item in new]
        has_twice |= len(set(new)) < len(new)
    rows, found_twice = find_rows(after, before, ITEMS)
    assert rows.tolist() == expected
    assert found_twice == has_twice


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("seed", range(10))
def test_lists_by_keys(seed: int, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    lists = draw(rng, 5)
    keys = rng.integers(0, 4, len(lists.items)).astype(dtype)
    found = order_lists(lists, keys)
    for start, stop in zip(lists.indptr[:-1], lists.indptr[1:], strict=True):
        order = sorted(range(start, stop), key=lambda row: keys[row])
        assert found.items[start:stop].tolist() == lists.items[order].tolist()
        assert found.scores[start:stop].tolist() == lists.scores[order].tolist()
    assert np.array_equal(found.indptr, lists.indptr)
