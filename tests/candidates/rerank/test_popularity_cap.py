from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from include.candidates.rerank import popularity_cap
from tests.candidates.rerank.cases import draw_case, list_items, make_features, make_lists


def cap_slowly(lists: list[list[int]], k: int, most: int, relax: bool) -> tuple[list[list[int]], int]:
    """Lists and items propose until no pair is left that both would rather have: pair after pair by rank."""
    pairs = sorted((rank, user) for user, items in enumerate(lists) for rank in range(len(items)))
    chosen: list[list[int]] = [[] for _ in lists]
    first: list[list[int]] = []
    of_item: Counter[int] = Counter()
    relaxed, limit = 0, most
    while True:
        for rank, user in pairs:
            item = lists[user][rank]
            if item not in chosen[user] and len(chosen[user]) < k and of_item[item] < limit:
                chosen[user].append(item)
                of_item[item] += 1
                relaxed += limit > most
        first = first or [list(each) for each in chosen]
        if not relax:
            return first, 0
        if all(len(mine) == min(k, len(items)) for mine, items in zip(chosen, lists, strict=True)):
            break
        limit *= 2
    rest = [[item for item in items if item not in mine] for mine, items in zip(chosen, lists, strict=True)]
    return [mine + more for mine, more in zip(chosen, rest, strict=True)], relaxed


@pytest.mark.parametrize("relax", [True, False])
@pytest.mark.parametrize(
    "params", [{"share": 0.01}, {"share": 0.3}, {"share": 1}, {"lists": 1}, {"lists": 2}]
)
def test_it_is_the_greedy_choice_by_rank_and_user(params: dict[str, Any], relax: bool) -> None:
    for seed in range(40):
        lists, features, _ = draw_case(seed, k=3)
        chosen = popularity_cap.Params(**params, relax=relax)
        most = chosen.count_most(len(lists.sizes))
        found, counts = popularity_cap.apply(lists, features, chosen)
        expected, relaxed = cap_slowly(list_items(lists), 3, most, relax)
        assert list_items(found) == expected
        assert counts == ({"relaxed": relaxed} if relax else {})
        if not relax:
            assert max(Counter(found.items.tolist()).values(), default=0) <= most


def test_no_list_and_item_would_both_rather_have_each_other() -> None:
    """Stable: what a list misses of what it ranks higher is in as many lists as may be, none of which ranks
    it lower."""
    for seed in range(40):
        lists, features, _ = draw_case(seed, k=3)
        found, _ = popularity_cap.apply(lists, features, popularity_cap.Params(lists=2, relax=False))
        before, after = list_items(lists), list_items(found)
        holders = {
            item: [user for user, mine in enumerate(after) if item in mine] for mine in after for item in mine
        }
        for user, items in enumerate(before):
            last = max((items.index(item) for item in after[user]), default=-1)
            for rank, item in enumerate(items):
                if item in after[user] or (len(after[user]) == 3 and rank > last):
                    continue
                assert len(holders[item]) == 2
                assert all((before[other].index(item), other) < (rank, user) for other in holders[item])


def test_users_are_served_by_rank_and_then_by_code() -> None:
    features = make_features([[1, 1, 1, 1]] * 3, {}, k=2)
    lists = make_lists([0, 1, 2], [0, 1, 3], [1, 0, 2])
    found, counts = popularity_cap.apply(lists, features, popularity_cap.Params(lists=1))
    assert list_items(found) == [[0, 2, 1], [3, 0, 1], [1, 2, 0]]
    assert counts == {"relaxed": 2}


@pytest.mark.parametrize("params", [{}, {"share": 0.1, "lists": 3}])
def test_it_needs_one_limit(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs either a share of all lists"):
        popularity_cap.Params(**params)
