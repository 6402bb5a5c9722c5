"""The model complements against dictionaries: orders, what follows them, and what chance makes of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from include.candidates.registry import load_source
from include.dataset.dataset import Dataset
from include.dataset.events import PURCHASE, Events
from include.dataset.recency import select_recent
from include.models import complements
from include.models.base import Context
from tests.candidates.blending import make_inputs, propose_ids
from tests.evaluation.windows import DAY, make_window

Line = tuple[str, str, int, int]  # who, what, how many days ago, the order or -1


def make_dataset(lines: list[Line]) -> Dataset:
    dataset = make_window([(user, item, -ago - 0.5) for user, item, ago, _ in lines]).dataset
    users, items = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist()
    orders = {(user, item, ago): order for user, item, ago, order in lines}
    events = dataset.events[PURCHASE]
    ends = int(dataset.day_starts[-1]) if dataset.day_starts is not None else 0
    ago = [int((ends - at) // DAY) for at in events.timestamps]
    numbers = [
        orders[users[user], items[item], at]
        for user, item, at in zip(events.users, events.items, ago, strict=True)
    ]
    names = ("users", "items", "timestamps", "quantity", "price")
    columns = {name: getattr(events, name) for name in names} | {"orders": np.array(numbers, np.int32)}
    made = {PURCHASE: Events.from_columns(1.0, columns)}
    return Dataset.from_events(
        dataset.user_ids, dataset.item_ids, made, lambda: dataset.products, dataset.day_starts
    )


def train_rows(dataset: Dataset, **params: Any) -> list[tuple[str, int, str, float, int]]:
    [table] = complements.train(dataset, complements.Params(**params), Context(threads=1))
    assert (table.table, table.model) == ("item_similarities", "complements")
    return [tuple(row.values()) for row in table.rows.to_pylist()]


def rank_slowly(
    lines: list[Line],
    days_after: int,
    max_order: int,
    shrink: float,
    min_co_buyers: int,
    k: int,
    half_life: float | None = None,
) -> list[tuple[str, int, str, float, int]]:
    held, bought = defaultdict(set), defaultdict(set)
    for user, item, ago, order in lines:
        held[user, ago, order].add(item)
        bought[item].add(user)
    held = {order: items for order, items in held.items() if len(items) <= max_order}
    orders, single, following = 0.0, defaultdict(float), defaultdict(float)
    together = defaultdict(float)
    for (user, ago, _), items in held.items():
        weight = 1.0 if half_life is None else float(np.float32(0.5 ** (ago / half_life)))
        follows = set(items)
        for (other, later, _), more in held.items():
            if other == user and ago - days_after <= later < ago:
                follows |= more
        orders += weight
        for item in items:
            single[item] += weight
        for item in follows:
            following[item] += weight
        for item in items:
            for other in follows - {item}:
                together[item, other] += weight
    rows = []
    for item in sorted(bought):
        found = []
        for other in sorted(bought):
            both = len(bought[item] & bought[other])
            if (item, other) in together and both >= min_co_buyers:
                chance = single[item] * (following[other] / orders)
                score = float(np.float32((together[item, other] + shrink) / (chance + shrink)))
                if score > 1:
                    found.append((-score, -both, other))
        rows += [
            (item, rank, other, -score, -both)
            for rank, (score, both, other) in enumerate(sorted(found)[:k], 1)
        ]
    return rows


def draw_lines(seed: int, users: int = 6, items: int = 8, lines: int = 60) -> list[Line]:
    rng = np.random.default_rng(seed)
    drawn = {}
    for _ in range(lines):
        user, item, ago = int(rng.integers(users)), int(rng.integers(items)), int(rng.integers(12))
        # Order codes go up with the days and belong to one user; some purchases have none.
        order = (12 - ago) * users * 2 + user * 2 + int(rng.integers(2))
        drawn[f"u{user}", f"i{item}", ago] = order if rng.random() < 0.8 else -1
    return [(*key, order) for key, order in drawn.items()]


@pytest.mark.parametrize("block", [1, 50, 4_000_000])
@pytest.mark.parametrize(
    "params",
    [
        {"days_after": 0, "max_order": 100, "shrink": 0.0, "min_co_buyers": 1, "k": 50},
        {"days_after": 3, "max_order": 100, "shrink": 2.0, "min_co_buyers": 2, "k": 3},
        {"days_after": 30, "max_order": 2, "shrink": 0.5, "min_co_buyers": 1, "k": 50},
    ],
)
def test_agrees_with_counting_by_hand(
    params: dict[str, Any], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complements, "_BLOCK", block)
    for seed in range(4):
        lines = draw_lines(seed)
        found = train_rows(make_dataset(lines), **params)
        assert found == rank_slowly(lines, **params)
        assert found


def test_old_orders_count_less_by_the_half_life() -> None:
    params: dict[str, Any] = {"days_after": 2, "max_order": 9, "shrink": 1.0, "min_co_buyers": 1, "k": 50}
    for seed in range(4):
        lines = draw_lines(seed)
        found = train_rows(select_recent(make_dataset(lines), None, 4.0), **params)
        expected = rank_slowly(lines, half_life=4.0, **params)
        assert {row[:3:2] for row in found} == {row[:3:2] for row in expected}
        assert [row[3] for row in found] == pytest.approx([row[3] for row in expected], rel=1e-5)


def test_what_follows_is_not_what_came_before() -> None:
    """A printer is followed by ink; ink is not followed by a printer."""
    lines: list[Line] = []
    for n in range(4):
        lines += [(f"u{n}", "printer", 9, -1), (f"u{n}", "ink", 7, -1), (f"v{n}", "pen", 5, -1)]
    found = train_rows(make_dataset(lines), days_after=3, min_co_buyers=1)
    assert [(row[0], row[2]) for row in found] == [("printer", "ink")]
    assert train_rows(make_dataset(lines), days_after=1, min_co_buyers=1) == []


def test_what_is_bought_instead_is_no_complement() -> None:
    """Everybody has both teas, never at once; the kettle comes with either."""
    lines: list[Line] = []
    for n in range(6):
        lines += [(f"u{n}", "green tea", 20, -1), (f"u{n}", "black tea", 10, -1), (f"u{n}", "soap", 5, -1)]
        lines += [(f"u{n}", "kettle", 20, -1)]
    found = train_rows(make_dataset(lines), days_after=0, min_co_buyers=1)
    assert [(row[0], row[2]) for row in found] == [("green tea", "kettle"), ("kettle", "green tea")]


@pytest.mark.parametrize("lines", [[("u", "a", 1, -1)], [("u", "a", 1, 0), ("u", "b", 1, 0)]])
def test_one_order_says_nothing(lines: list[Line]) -> None:
    assert train_rows(make_dataset(lines), min_co_buyers=1, shrink=0) == []


def test_the_source_proposes_what_goes_with_the_last_items() -> None:
    lines = [(f"u{n}", item, -float(n) - 1.5) for n in range(4) for item in ("printer", "ink")]
    lines += [(f"v{n}", item, -float(n) - 1.5) for n in range(4) for item in ("pen", "pad")]
    window = make_window([*lines, ("w", "printer", -1.0)])
    [table] = complements.train(window.dataset, complements.Params(), Context(threads=1))
    inputs = make_inputs(window)
    assert propose_ids("complements", inputs, 5, table.rows)["w"] == ["ink"]
    assert not load_source("complements").expects_rows(inputs)
