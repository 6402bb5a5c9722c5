"""What is known of users, items and pairs, against loops over the purchases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from include.candidates.blends.ranking_features import (
    FEATURES,
    Candidates,
    make_features,
    name_features,
    normalise_scores,
)
from include.candidates.blends.window_facts import HALF_LIFE_DAYS, Pairs, WindowFacts
from include.candidates.inputs import Inputs
from tests.candidates.blending import make_inputs
from tests.evaluation.windows import make_window

PURCHASES = [
    ("u1", "a", -1.5),
    ("u1", "a", -8.5),
    ("u1", "a", -8.4),
    ("u1", "b", -2.5),
    ("u2", "a", -20.5),
    ("u3", "c", -3.5),
    ("u3", "c", -0.5),
]


def make_facts() -> tuple[Inputs, WindowFacts]:
    window = make_window(PURCHASES, {"a": "milk", "b": "milk", "c": ""})
    inputs = make_inputs(window, exclude=False)
    return inputs, WindowFacts.from_inputs(inputs)


def describe(user: str, item: str) -> dict[str, float]:
    inputs, facts = make_facts()
    row = Candidates(
        np.array([inputs.user_ids.to_pylist().index(user)]),
        np.array([inputs.item_ids.to_pylist().index(item)], np.int32),
        np.array([[2, 0]], np.int32),
        np.array([[0.5, np.nan]], np.float32),
        facts,
    )
    return dict(zip(name_features(["als", "cosine"]), make_features(row)[0].tolist(), strict=True))


def test_a_pair_that_was_bought() -> None:
    found = describe("u1", "a")
    assert (found["rank_als"], found["score_als"], found["sources"], found["best_rank"]) == (2, 1, 1, 2)
    assert math.isnan(found["rank_cosine"]) and math.isnan(found["score_cosine"])
    assert (found["count"], found["days"], found["since"], found["own_interval"]) == (3, 2, 1, 7)
    assert found["decayed"] == pytest.approx(sum(0.5 ** (age / HALF_LIFE_DAYS) for age in (1, 8, 8)))
    assert (found["buyers"], found["recent_buyers"], found["history"]) == (2, 1, 2)
    assert found["category_count"] == 4
    assert found["category_share"] == 1
    assert found["lines_a_day"] == pytest.approx(4 / found["active_days"])


def test_a_pair_that_was_not_bought() -> None:
    found = describe("u2", "c")
    assert (found["count"], found["days"], found["decayed"], found["category_count"]) == (0, 0, 0, 0)
    assert all(math.isnan(found[name]) for name in ("since", "own_interval", "due", "category_since"))
    assert found["item_interval"] == 3


def test_nobody_is_known_by_nothing() -> None:
    found = describe("", "a")
    assert (found["history"], found["active_days"], found["count"]) == (0, 0, 0)
    assert math.isnan(found["last_bought"]) and math.isnan(found["price_difference"])


@pytest.mark.parametrize("seed", range(10))
def test_pairs_agree_with_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 40))
    users, items, ages = (rng.integers(0, most, n) for most in (4, 3, 5))
    pairs = Pairs.from_lines(users, items, ages, 3)
    lines: dict[tuple[int, int], list[int]] = {}
    for user, item, age in zip(users.tolist(), items.tolist(), ages.tolist(), strict=True):
        lines.setdefault((user, item), []).append(age)
    expected = [
        (user, item, len(some), len(set(some)), min(some), max(some))
        for (user, item), some in sorted(lines.items())
    ]
    columns = (pairs.users, pairs.items, pairs.count, pairs.days, pairs.last, pairs.first)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    wanted = np.sort(rng.integers(0, 4, 20)), rng.integers(0, 3, 20)
    keys = [row[:2] for row in expected]
    assert pairs.find(*wanted).tolist() == [
        keys.index(pair) if pair in keys else -1
        for pair in zip(*(column.tolist() for column in wanted), strict=True)
    ]


def test_scores_are_compared_within_a_user_and_a_source() -> None:
    users = np.array([0, 0, 0, 2])
    scores = np.array([[5, np.nan], [1, -1], [3, -1], [7, np.nan]], np.float32)
    found = normalise_scores(users, scores)
    assert found[:, 0].tolist() == [1, 0, 0.5, 1]
    assert found[1:3, 1].tolist() == [1, 1]
    assert np.isnan(found[[0, 3], 1]).all()


def test_every_feature_says_what_it_is() -> None:
    assert all(about.endswith(".") and len(about) > 10 for about, _ in FEATURES.values())
    assert len(set(name_features(["als"]))) == 2 + len(FEATURES)
