"""Each baseline against the same rule in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import pytest

from include.evaluation.baselines.registry import BASELINES, list_baselines
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context
from tests.evaluation.windows import Purchase, list_ids, make_purchases, make_window

CATEGORIES = {
    "i0": "fruit",
    "i1": "fruit",
    "i2": "milk",
    "i3": "",
    "i4": None,
    "i5": "milk",
    "i6": "tea",
    "i9": "tea",
}
Rule = Callable[[list[Purchase]], dict[str | None, list[str]]]


def count_buyers(purchases: Iterable[Purchase]) -> Counter[str]:
    return Counter(item for _, item in {(user, item) for user, item, _ in purchases})


def sort_items(scores: dict[str, float]) -> list[str]:
    return sorted(scores, key=lambda item: (-scores[item], item))


def popular(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    best = sort_items(dict(count_buyers(purchases)))
    return dict.fromkeys([*sorted({user for user, *_ in purchases}), None], best)


def popular_7_days(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    newest = max(day for *_, day in purchases)
    late = sort_items(dict(count_buyers(row for row in purchases if row[2] > newest - 7)))
    return {user: [*late, *best] for user, best in popular(purchases).items()}


def popular_by_category(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    buyers = count_buyers(purchases)
    sold = Counter()
    for item, count in buyers.items():
        sold[CATEGORIES.get(item)] += count
    lists = popular(purchases)
    for user in [user for user in lists if user]:
        own = Counter(CATEGORIES.get(item) for item in {item for who, item, _ in purchases if who == user})
        own = {category: count for category, count in own.items() if category}
        scores = {
            item: own[category] / sum(own.values()) * buyers[item] / sold[category]
            for item in buyers
            if (category := CATEGORIES.get(item)) in own
        }
        lists[user] = [*sort_items(scores), *lists[user]]
    return lists


def last_purchased(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    newest: dict[str, dict[str, float]] = defaultdict(dict)
    for user, item, day in purchases:
        newest[user][item] = max(day, newest[user].get(item, day))
    return {user: sort_items(days) for user, days in newest.items()}


def most_bought(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    newest = max(day for *_, day in purchases)
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for user, item, day in sorted(purchases, key=lambda row: (row[0], row[2], row[1])):
        scores[user][item] += 0.5 ** ((newest - day) / 14)
    return {user: sort_items(own) for user, own in scores.items()}


def personal_then_popular(purchases: list[Purchase]) -> dict[str | None, list[str]]:
    lists = popular(purchases)
    for user in [user for user in lists if user]:
        counts = Counter(item for who, item, _ in purchases if who == user)
        lists[user] = [*sort_items(dict(counts)), *lists[user]]
    return lists


RULES: dict[str, Rule] = {
    "popular": popular,
    "popular_7_days": popular_7_days,
    "popular_by_category": popular_by_category,
    "last_purchased": last_purchased,
    "most_bought": most_bought,
    "personal_then_popular": personal_then_popular,
}


def test_every_baseline_has_its_rule_here() -> None:
    assert set(RULES) == set(BASELINES)
    assert [contender.name for contender in list_baselines()] == list(BASELINES)
    assert {contender.kind for contender in list_baselines()} == {"baseline"}


def rank(name: str, window: Window, k: int, exclude: bool) -> RankedLists:
    [contender] = [contender for contender in list_baselines() if contender.name == name]
    return contender.rank(window, k, Context(threads=1, exclude_purchased=exclude))


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("name", RULES)
def test_ranks_as_its_rule_says(name: str, k: int, exclude: bool) -> None:
    for seed in range(6):
        purchases = make_purchases(seed, users=1 if seed == 5 else 12)
        window = make_window(purchases, CATEGORIES)
        found = list_ids(rank(name, window, k, exclude), window)
        expected = []
        for user, items in sorted(
            RULES[name](purchases).items(), key=lambda pair: (pair[0] is None, pair[0])
        ):
            hidden = {item for who, item, _ in purchases if who == user} if exclude else set()
            expected.append(list(dict.fromkeys(item for item in items if item not in hidden))[:k])
        assert found == expected


@pytest.mark.parametrize("name", RULES)
def test_a_window_without_a_catalogue_one_item_and_one_user(name: str) -> None:
    window = make_window([("u", "i", -1.0)])
    assert list_ids(rank(name, window, 3, False), window)[0] == ["i"]
    assert list_ids(rank(name, window, 3, True), window)[0] == []


@pytest.mark.parametrize("name", RULES)
def test_an_empty_window_has_no_list_for_anybody(name: str) -> None:
    window = make_window([])
    assert list_ids(rank(name, window, 3, False), window) in ([], [[]])
