"""The source repurchase against dictionaries: own vectors, nearest users, one list by the sum."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from include.errors import RefusedInputError
from tests.candidates.blending import make_inputs, propose_ids
from tests.evaluation.windows import Purchase, make_window

Vectors = dict[str, dict[str, float]]


def draw(seed: int, users: int = 9, items: int = 7, rows: int = 60) -> list[Purchase]:
    rng = np.random.default_rng(seed)
    return [
        (f"u{rng.integers(users)}", f"i{rng.integers(items)}", -float(rng.integers(1, 30)) + 0.25)
        for _ in range(rows)
    ]


def weigh(rows: list[Purchase], days: int | None, half_life: float | None, exponent: float) -> Vectors:
    sums: Vectors = defaultdict(lambda: defaultdict(float))
    for user, item, at in rows:
        age = math.floor(-at)
        if days is None or age < days:
            sums[user][item] += 0.5 ** (age / half_life) if half_life else 1.0
    return {user: {item: value**exponent for item, value in own.items()} for user, own in sums.items()}


def compare(one: dict[str, float], other: dict[str, float]) -> float:
    length = math.sqrt(sum(x * x for x in one.values())) * math.sqrt(sum(x * x for x in other.values()))
    return sum(value * other.get(item, 0.0) for item, value in one.items()) / length


def propose_slowly(
    rows: list[Purchase],
    k: int,
    *,
    exclude: bool,
    neighbours: int,
    own: float,
    candidates: int = 100,
    **weight: float | None,
) -> dict[str, list[str]]:
    vectors = weigh(rows, weight.get("days"), weight.get("half_life"), weight.get("exponent") or 1.0)  # type: ignore[arg-type]
    users = sorted({user for user, *_ in rows})
    known = [user for user in users if user in vectors]
    count = min(candidates, len(known)) if neighbours else 0
    chosen = [known[place * len(known) // count] for place in range(count)]
    found: dict[str, list[str]] = {"": []}
    for user in users:
        mine = vectors.get(user, {})
        sums: dict[str, float] = defaultdict(float)
        for item, value in mine.items():
            sums[item] += value * (own if neighbours else 1.0)
        most = min(neighbours, count)
        near = [
            (-round(compare(mine, vectors[other]), 6), other)
            for other in chosen
            if mine and other != user and compare(mine, vectors[other]) > 0
        ]
        for _, other in sorted(near)[:most]:
            for item, value in vectors[other].items():
                sums[item] += (1 - own) * value / most
        bought = {item for who, item, _ in rows if who == user}
        scored = [
            (-round(score, 6), item)
            for item, score in sums.items()
            if score > 0 and not (exclude and item in bought)
        ]
        found[user] = [item for _, item in sorted(scored)[:k]]
    return found


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {"neighbours": 0, "own": 0.5, "half_life": 14.0, "exponent": 1.0},
        {"neighbours": 3, "own": 0.5, "half_life": 14.0, "exponent": 0.5},
        {"neighbours": 3, "own": 0.0, "half_life": None, "exponent": 1.0},
        {"neighbours": 50, "own": 0.7, "half_life": 5.0, "days": 10, "exponent": 1.0},
        {"neighbours": 2, "own": 0.3, "half_life": 30.0, "exponent": 0.5, "candidates": 4},
    ],
)
def test_lists_are_of_the_own_and_the_nearest_users_vectors(params: dict[str, float], exclude: bool) -> None:
    for seed in range(4):
        rows = draw(seed)
        inputs = make_inputs(make_window(rows), exclude=exclude)
        expected = propose_slowly(rows, 5, exclude=exclude, **params)  # type: ignore[arg-type]
        assert propose_ids("repurchase", inputs, 5, **params) == expected


def test_equal_users_and_items_tie_by_their_ids() -> None:
    rows = [(f"u{user}", f"i{item}", -1.0) for user in range(5) for item in range(4)]
    found = propose_ids("repurchase", make_inputs(make_window(rows), exclude=False), 3, neighbours=2)
    assert found == {"": []} | {f"u{user}": ["i0", "i1", "i2"] for user in range(5)}


def test_one_user_has_no_neighbour_and_what_is_not_on_sale_is_not_proposed() -> None:
    inputs = make_inputs(make_window([("u", "a", -2.0), ("u", "b", -1.0), ("u", "b", -3.0)]), exclude=False)
    assert propose_ids("repurchase", inputs, 5) == {"": [], "u": ["b", "a"]}
    hidden = replace(inputs, shown=np.array([True, False]))
    assert propose_ids("repurchase", hidden, 5) == {"": [], "u": ["a"]}


def test_without_days_all_purchases_count_alike_unless_days_are_asked_for() -> None:
    window = make_window([("u", "a", -20.0), ("u", "a", -21.0), ("u", "b", -1.0)])
    dateless = replace(window, dataset=replace(window.dataset, day_starts=None))
    inputs = make_inputs(dateless, exclude=False)
    assert propose_ids("repurchase", inputs, 5)["u"] == ["a", "b"]
    with pytest.raises(RefusedInputError, match="have no days"):
        propose_ids("repurchase", inputs, 5, days=3)
