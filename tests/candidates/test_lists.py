"""What re-rank steps do with lists, against Python's own lists."""

from __future__ import annotations

import numpy as np
import pytest

from include.candidates.lists import (
    insert_rows,
    join_lists,
    list_owners,
    match_keys,
    rank_rows,
)
from include.kernels import order_lists, take_block
from tests.candidates.rerank.cases import draw_case, list_items, make_lists

seeds = pytest.mark.parametrize("seed", range(30))


@seeds
def test_insert_rows(seed: int) -> None:
    lists, _, rng = draw_case(seed)
    expected, owners, places, items = list_items(lists), [], [], []
    for user, mine in enumerate(expected):
        for place in np.unique(rng.integers(0, 6, 4)):
            if rng.random() < 0.5:
                owners.append(user)
                places.append(place)
                items.append(100 + len(items))
                mine.insert(place, items[-1])
    scores = np.array(items, np.float32)
    found = insert_rows(
        lists, np.array(owners, np.int64), np.array(places, np.int64), np.array(items, np.int32), scores
    )
    assert list_items(found) == expected
    added = found.items >= 100
    assert (found.scores[added] == found.items[added]).all()
    assert found.scores[~added].tolist() == lists.scores.tolist()


@seeds
def test_order_lists_keeps_what_ties(seed: int) -> None:
    lists, _, rng = draw_case(seed)
    keys = rng.integers(0, 3, len(lists.items)).astype(np.float64)
    of = dict(zip(zip(list_owners(lists).tolist(), lists.items.tolist(), strict=True), keys, strict=True))
    expected = [
        sorted(items, key=lambda item, user=user: of[user, item])
        for user, items in enumerate(list_items(lists))
    ]
    assert list_items(order_lists(lists, keys)) == expected


@seeds
def test_match_keys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.unique(rng.integers(0, 20, rng.integers(0, 12)))
    keys = rng.integers(-2, 22, 15)
    listed = known.tolist()
    assert match_keys(keys, known).tolist() == [listed.index(key) if key in listed else -1 for key in keys]


@seeds
def test_blocks_are_joined(seed: int) -> None:
    lists, _, _ = draw_case(seed)
    parts = [take_block(lists, user, user + 1) for user in range(len(lists.sizes))]
    joined = join_lists(parts)
    assert all((mine == theirs).all() for mine, theirs in zip(joined, lists, strict=True))
    assert len(join_lists([]).sizes) == 0


def test_rank_rows() -> None:
    assert rank_rows(make_lists([5, 4], [], [3])).tolist() == [0, 1, 0]
