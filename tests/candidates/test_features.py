"""What re-rank steps look at, against loops over the events, also for a block of users."""

from __future__ import annotations

import numpy as np
import pytest

from include.candidates.ages import UNSEEN
from tests.candidates.rerank.cases import draw_window


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("block", [(0, 1), (1, 3), (2, 7), (0, 7)])
def test_ages_are_days_before_the_last_day_of_the_window(seed: int, block: tuple[int, int]) -> None:
    features, rows = draw_window(seed)
    users, items = features.get_inputs().user_ids.to_pylist(), features.item_ids.to_pylist()
    start, stop = block[0], min(block[1], len(users))
    mine = features.select_users(start, stop)
    pairs = mine.purchased.tocoo()
    assert mine.purchase_ages.tolist() == [
        min(age for who, what, age in rows if (who, what) == (users[start + user], items[item]))
        for user, item in zip(pairs.row, pairs.col, strict=True)
    ]
    firsts = [max((age for _, what, age in rows if what == item), default=UNSEEN) for item in items]
    assert mine.item_ages.tolist() == firsts


@pytest.mark.parametrize("exclude", [True, False])
def test_what_may_be_added_is_shown_and_not_bought(exclude: bool) -> None:
    features, rows = draw_window(2, exclude)
    block = features.select_users(1, 5)
    items = features.item_ids.to_pylist()
    users = features.get_inputs().user_ids.to_pylist()
    owners, codes = (each.ravel() for each in np.meshgrid(np.arange(4), np.arange(len(items)), indexing="ij"))
    bought = {(who, what) for who, what, _ in rows}
    expected = [
        items[item] != "i3" and not (exclude and (users[owner + 1], items[item]) in bought)
        for owner, item in zip(owners, codes, strict=True)
    ]
    assert block.find_allowed(owners, codes.astype(np.int32)).tolist() == expected


def test_what_is_the_same_for_all_blocks_is_made_once() -> None:
    features, _ = draw_window(0)
    made: list[int] = []
    for start in (0, 2):
        block = features.select_users(start, start + 1).select_users(0, 1)
        assert block.first == start
        assert block.remember("key", lambda all_: made.append(len(all_.item_ids)) or 7) == 7
    assert made == [len(features.item_ids)]
    assert features.select_users(0, 1).label("category") is features.select_users(1, 2).label("category")
