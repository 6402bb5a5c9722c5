"""The union of several lists against the same by dictionaries, user by user."""

from __future__ import annotations

import numpy as np
import pytest

from include.kernels import RankedLists, unite_lists
from tests.kernels.test_interleave import ITEMS, draw_lists, list_rows, make_lists


def unite_slowly(lists: list[RankedLists], depth: int, hidden: RankedLists) -> list[dict[int, dict]]:
    """For each user: item → source → (rank, row), in the order in which items are met."""
    users = []
    for user, without in enumerate(list_rows(hidden)):
        found: dict[int, dict] = {}
        for source, part in enumerate(lists):
            own = 0 if len(part.indptr) == 2 else user
            seen = {item for item, _ in without}
            rank = 0
            for row in range(part.indptr[own], part.indptr[own + 1]):
                item = int(part.items[row])
                if item not in seen and rank < depth:
                    seen.add(item)
                    rank += 1
                    found.setdefault(item, {})[source] = (rank, row)
        users.append(found)
    return users


@pytest.mark.parametrize("depth", [1, 3, 50])
@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_dictionaries(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    users, sources = int(rng.integers(0, 5)), int(rng.integers(1, 5))
    lists = [draw_lists(rng, 1 if rng.random() < 0.3 else users, 6) for _ in range(sources)]
    hidden = draw_lists(rng, users, 3)
    united = unite_lists(lists, depth, hidden, ITEMS)
    slow = unite_slowly(lists, depth, hidden)
    assert np.diff(united.indptr).tolist() == [len(found) for found in slow]
    assert united.items.tolist() == [item for found in slow for item in found]
    for name, place, missing in (("ranks", 0, 0), ("rows", 1, -1)):
        expected = [
            [found[item][source][place] if source in found[item] else missing for source in range(sources)]
            for found in slow
            for item in found
        ]
        assert getattr(united, name).tolist() == expected


def test_nobody_has_no_candidates() -> None:
    united = unite_lists([make_lists([1, 2])], 5, make_lists(), ITEMS)
    assert (united.indptr.tolist(), united.ranks.shape) == ([0], (0, 1))
