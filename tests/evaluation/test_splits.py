"""What is relevant to whom, and lists beside it."""

from __future__ import annotations

from datetime import date
from statistics import median

import numpy as np
import pytest

from include.evaluation.case import list_cases, list_cases_by_category
from include.evaluation.splits import (
    PURCHASES,
    Purchases,
    choose_categories,
    cut_lists,
    list_split_dates,
    mark_hits,
)
from include.kernels import RankedLists
from tests.evaluation.windows import make_purchases, make_split, make_window

BEFORE = [("u1", "a", -3.0), ("u1", "b", -2.0), ("u2", "a", -1.0), ("u2", "a", -5.0), ("u3", "c", -9.0)]
AFTER = [
    ("u1", "a", 0.0),
    ("u1", "z", 1.0),
    ("u1", "a", 2.0),
    ("u2", "c", 0.5),
    ("u9", "a", 3.0),
    ("u9", "y", 3.0),
]
CATEGORIES = {"a": "tea", "c": "milk", "z": "milk", "y": None, "b": "", "q": "never bought"}


def make_lists(*lists: list[int]) -> RankedLists:
    items = [item for part in lists for item in part]
    return RankedLists(
        np.cumsum([0, *map(len, lists)]), np.array(items, np.int32), np.ones(len(items), np.float32)
    )


def test_the_test_days_of_the_last_split_end_on_the_as_of_date() -> None:
    assert list_split_dates(date(2026, 3, 31), 3, 7, 7) == [
        date(2026, 3, 11),
        date(2026, 3, 18),
        date(2026, 3, 25),
    ]
    assert list_split_dates(date(2026, 3, 31), 2, 1, 1) == [date(2026, 3, 30), date(2026, 3, 31)]


@pytest.mark.parametrize(
    ("purchases", "expected"),
    [
        ("all", {"u1": ["a", "z"], "u2": ["c"], "u9": ["a", "y"]}),
        ("new", {"u1": ["z"], "u2": ["c"], "u9": ["a", "y"]}),
        ("repeat", {"u1": ["a"]}),
    ],
)
def test_what_counts_as_relevant(purchases: Purchases, expected: dict[str, list[str]]) -> None:
    split = make_split(make_window(BEFORE), AFTER)
    rows, relevant = split.choose_relevant(purchases)
    names = {code: item for item, code in zip(split.item_ids.to_pylist(), split.items, strict=True)}
    found = {
        split.user_ids[int(row)].as_py(): sorted(names[code] for code in relevant.items[start:stop])
        for row, start, stop in zip(rows, relevant.indptr, relevant.indptr[1:], strict=False)
    }
    assert found == expected
    assert all(
        (np.diff(relevant.items[a:b]) > 0).all()
        for a, b in zip(relevant.indptr, relevant.indptr[1:], strict=False)
    )
    strangers = {"y", "z"}
    assert {name for code, name in names.items() if code >= len(split.window.buyers)} == strangers


def test_segments_are_of_the_known_users_with_purchases() -> None:
    for seed in range(5):
        before, after = (
            make_purchases(seed),
            [("u01", "i1", 0.0), ("u03", "i2", 0.0), ("u05", "i2", 1.0), ("new", "i1", 1.0)],
        )
        split = make_split(make_window(before), after)
        sizes = {
            user: len({item for who, item, _ in before if who == user}) for user in ("u01", "u03", "u05")
        }
        sizes = {user: size for user, size in sizes.items() if size}
        middle = median(sizes.values())
        for row, user in enumerate(split.user_ids.to_pylist()):
            found = {name for name, chosen in split.segments.items() if chosen[row]}
            size = sizes.get(user)
            expected = {"new"} if size is None else {"known", "light" if size < middle else "heavy"}
            assert found == expected


def test_categories_are_those_of_the_catalogue_also_for_items_that_the_window_lacks() -> None:
    split = make_split(make_window(BEFORE, CATEGORIES), AFTER)
    own, theirs, names = split.categories
    named = {
        item: names[code]
        for item, code in zip(split.window.item_ids.to_pylist(), own, strict=True)
        if code >= 0
    }
    assert named == {item: name for item, name in CATEGORIES.items() if name}
    of = dict(zip(split.item_ids.to_pylist(), theirs, strict=True))
    assert {item: names[code] if code >= 0 else None for item, code in of.items()} == {
        "a": "tea", "c": "milk", "y": None, "z": "milk",
    }  # fmt: skip
    assert choose_categories(split, 20) == ["milk", "tea"]
    assert choose_categories(split, 1) == ["milk"]
    [case] = [case for case in list_cases_by_category(split, ["tea", "milk"]) if case.purchases == "all"]
    users = split.user_ids.to_pylist()
    found = {
        (users[row], name)
        for place, row in enumerate(case.rows)
        for name, chosen in case.groups.items()
        if chosen[place]
    }
    assert found == {("u1", "tea"), ("u1", "milk"), ("u2", "milk")}, "u9 is not known"


def test_without_a_catalogue_there_are_no_categories() -> None:
    split = make_split(make_window(BEFORE), AFTER)
    assert choose_categories(split, 20) == []
    rows, relevant = split.choose_relevant("all")
    assert split.judge(make_lists([], [], []), 2, rows, relevant).categories is None
    assert list_cases_by_category(split, []) == []


def test_test_days_without_a_purchase_have_no_case() -> None:
    split = make_split(make_window(BEFORE), [])
    assert list_cases(split) == []
    assert {case.purchases for case in list_cases(make_split(make_window(BEFORE), AFTER))} == set(PURCHASES)


def test_lists_are_cut_and_the_unknown_user_has_the_one_after_those_of_the_known() -> None:
    users = np.array([1, -1, 0], np.int32)
    lists = make_lists([3, 1, 2], [4])
    assert cut_lists(lists, users, 2, 2).tolist() == [[4, -1], [-1, -1], [3, 1]]
    lists = make_lists([3, 1, 2], [4], [5, 6, 7])
    assert cut_lists(lists, users, 2, 2).tolist() == [[4, -1], [5, 6], [3, 1]]
    assert cut_lists(make_lists([], []), users, 2, 3).tolist() == [[-1] * 3] * 3
    assert cut_lists(make_lists(), np.array([-1], np.int32), 0, 1).tolist() == [[-1]]
    with pytest.raises(ValueError, match="there are 4 lists for 2 users; there may be one more"):
        cut_lists(make_lists([], [], [], []), users, 2, 2)


def test_hits_are_marked_as_a_plain_loop_marks_them() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        users, k, items = rng.integers(1, 5), rng.integers(1, 6), 6
        ranked = rng.integers(-1, items, (users, k)).astype(np.int32)
        relevant = [
            sorted(rng.choice(items + 4, rng.integers(1, 7), replace=False).tolist()) for _ in range(users)
        ]
        found = mark_hits(ranked, make_lists(*relevant), items)
        expected = [
            [item >= 0 and item in wanted for item in row]
            for row, wanted in zip(ranked, relevant, strict=True)
        ]
        assert found.tolist() == expected
    assert mark_hits(np.empty((0, 3), np.int32), make_lists(), 4).shape == (0, 3)
