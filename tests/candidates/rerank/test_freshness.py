from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from include.candidates.features import Features
from include.candidates.rerank import freshness
from include.candidates.reranking import Step, rerank_lists
from include.errors import RefusedInputError
from tests.candidates.rerank.cases import draw_window, list_items, make_lists


def find_new(features: Features, rows: list[tuple[str, str, int]], params: freshness.Params) -> list[bool]:
    found = []
    for item in features.item_ids.to_pylist():
        ages = [age for _, what, age in rows if what == item]
        found.append(max(ages) < params.days if ages else params.unsold)
    return found


def refresh_slowly(
    user: int, items: list[int], features: Features, is_new: list[bool], params: freshness.Params
) -> list[int]:
    k, slots = features.k, params.list_slots(features.k)
    wanted = len(slots) - sum(is_new[item] for item in items[:k])
    bought = set(features.purchased[user].indices.tolist())
    categories = features.catalogue["category"].to_pylist()
    pool = [item for item in range(len(is_new)) if is_new[item] and features.may_add[item]]
    pool.sort(key=lambda item: (categories[item] or "", -features.buyers[item], item))
    counts = Counter(categories[item] for item in sorted(bought) if categories[item])
    if counts:
        order = features.label("category").names
        favourite = min(counts, key=lambda name: (-counts[name], order.index(name)))
        pool = [item for item in pool if categories[item] == favourite] or pool
    count = len(slots) + 8
    turned = [pool[(user * count + nth) % len(pool)] for nth in range(min(count, len(pool)))]
    raised = [item for item in items[k:] if is_new[item]]
    comes = (raised + [item for item in turned if item not in items and item not in bought])[: max(wanted, 0)]
    left = [item for item in items if item not in comes]
    over = max(0, min(len(left), k) + len(comes) - k)
    old = [item for item in left[:k] if not is_new[item]]
    gone = old[len(old) - min(over, len(old)) :]
    left = [item for item in left[:k] if item not in gone] + gone + left[k:]
    for place, item in zip(slots[len(slots) - len(comes) :], comes, strict=True):
        left.insert(place, item)
    return left


@pytest.mark.parametrize(
    "params",
    [{}, {"days": 2, "share": 0.4}, {"share": 0.4, "unsold": False, "days": 8}, {"days": 10, "share": 0.5}],
)
@pytest.mark.parametrize("start", [0, 2])
def test_new_items_take_their_slots_as_by_hand(params: dict[str, Any], start: int) -> None:
    chosen = freshness.Params(**params)
    for seed in range(15):
        features, rows = draw_window(seed)
        # Where categories are texts in another order than their codes, the pool's order is that of the codes.
        is_new = find_new(features, rows, chosen)
        rng = np.random.default_rng(seed)
        users, items = features.purchased.shape
        given = []
        for user in range(users):
            free = np.setdiff1d(np.arange(items), features.purchased[user].indices)
            given.append(rng.permutation(free)[: rng.integers(0, len(free) + 1)].tolist())
        given = [[item for item in listed if features.may_add[item]] for listed in given]
        found, counts = freshness.apply(
            make_lists(*given[start:]), features.select_users(start, users), chosen
        )
        expected = [
            refresh_slowly(user, given[user], features, is_new, chosen) for user in range(start, users)
        ]
        assert list_items(found) == expected
        shown = sum(is_new[item] for listed in expected for item in listed[: features.k])
        assert counts["new"] == shown
        # And the rules of every step that adds: an added item may be shown, and each is there once.
        step = Step("freshness", freshness, chosen)  # type: ignore[arg-type]
        again = rerank_lists(make_lists(*given), [step], features, features.k)
        assert (again.lists.sizes <= features.k).all()


def test_slots_are_spread_and_there_is_one_at_least() -> None:
    assert freshness.Params(share=0.1).list_slots(20) == [9, 19]
    assert freshness.Params(share=0.05).list_slots(20) == [19]
    assert freshness.Params(share=0.01).list_slots(5) == [4]
    assert freshness.Params(share=0.5).list_slots(4) == [1, 3]


def test_without_new_items_lists_stay() -> None:
    features, _ = draw_window(1)
    features = replace(features, may_add=np.zeros(len(features.item_ids), np.bool_))
    lists = make_lists(*([0, 1] for _ in range(features.purchased.shape[0])))
    found, _ = freshness.apply(lists, features, freshness.Params(days=1, unsold=False))
    assert list_items(found) == list_items(lists)


def test_a_window_that_is_too_short_is_told() -> None:
    features, _ = draw_window(0)
    assert freshness.list_doubts(features, freshness.Params(days=9)) == []
    [told] = freshness.list_doubts(features, freshness.Params(days=10))
    assert "the window has 10 days and days is 10, so that every item is new" in told


def test_data_without_days_are_a_sentence() -> None:
    features, _ = draw_window(0)
    inputs = features.get_inputs()
    undated = replace(inputs, read_dataset=lambda: replace(inputs.dataset, day_starts=None))
    lists = make_lists(*([] for _ in range(features.purchased.shape[0])))
    with pytest.raises(RefusedInputError, match="The data have no days"):
        freshness.apply(lists, replace(features, inputs=undated), freshness.Params())
