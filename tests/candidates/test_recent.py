"""The source recent against a loop over what each user did, from tables and from delivered feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from include.candidates.inputs import Inputs
from include.candidates.sources.recent import Params
from include.columns import RECENT_ITEMS
from include.errors import RefusedInputError
from tests.candidates.blending import make_inputs, propose_ids
from tests.evaluation.windows import STARTS_AT, make_window

Event = tuple[str, str, str, float]  # who, what kind, what, so many days after the window's end (negative)


def make_rows(events: list[Event], k: int = 20) -> pa.Table:
    """`columns.RECENT_ITEMS`: of each user and event type the k newest items, by their latest time."""
    latest: dict[tuple[str, str, str], float] = {}
    for user, kind, item, at in events:
        latest[user, kind, item] = max(at, latest.get((user, kind, item), at))
    rows = []
    for user, kind in sorted({(user, kind) for user, kind, _, _ in events}):
        own = sorted((-at, item) for (who, what, item), at in latest.items() if (who, what) == (user, kind))
        for rank, (ago, item) in enumerate(own[:k], 1):
            at = STARTS_AT - timedelta(days=ago)
            row = {"user_id": user, "event_type": kind, "rank": rank, "item_id": item, "occurred_at": at}
            rows.append(row)
    return pa.Table.from_pylist(rows, RECENT_ITEMS) if rows else RECENT_ITEMS.empty_table()


def open_inputs(events: list[Event], k: int = 20, *, exclude: bool = False) -> tuple[Inputs, pa.Table]:
    bought = [(user, item, at) for user, kind, item, at in events if kind == "purchase"]
    rows = make_rows(events, k)
    return make_inputs(make_window(bought, recent=rows), exclude=exclude), rows


def propose(done: list[Event], k: int = 20, /, **params: object) -> dict[str, list[str]]:
    inputs, rows = open_inputs(done, k)
    return propose_ids("recent", inputs, 50, rows, **params)


def propose_slowly(
    events: list[Event], order: tuple[str, ...], days: int | None = None, k: int = 20
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"": []}
    rows = make_rows(events, k).to_pylist()
    for user in sorted({user for user, *_ in events}):
        own: list[str] = []
        for kind in order:
            for row in rows:
                if (row["user_id"], row["event_type"]) != (user, kind):
                    continue
                at = (row["occurred_at"] - STARTS_AT) / timedelta(days=1)
                bought = any(
                    (who, what, item) == (user, "purchase", row["item_id"]) and then >= at - 1e-9
                    for who, what, item, then in events
                )
                is_old = days is not None and at < -days
                if not is_old and (kind == "purchase" or not bought) and row["item_id"] not in own:
                    own.append(row["item_id"])
        found[user] = own
    return found


@pytest.mark.parametrize("order", [("cart", "view", "purchase"), ("purchase", "view"), ("view",)])
@pytest.mark.parametrize("days", [None, 7])
def test_lists_are_those_of_a_loop(order: tuple[str, ...], days: int | None) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        events = [
            (
                f"u{rng.integers(7)}",
                ("cart", "purchase", "view")[rng.integers(3)],
                f"i{rng.integers(9)}",
                -float(rng.integers(1, 29)) + 0.25 * float(rng.integers(2)),
            )
            for _ in range(120)
        ]
        events += [("viewer", "view", "i1", -3.0), ("buyer", "purchase", "i2", -2.0)]
        for k in (2, 20):
            assert propose(events, k, events=order, days=days) == propose_slowly(events, order, days, k)


def test_the_abandoned_cart_comes_first_and_what_was_bought_since_is_not_open() -> None:
    events = [
        ("u", "view", "seen", -1.0),
        ("u", "cart", "left", -5.0),
        ("u", "cart", "taken", -4.0),
        ("u", "purchase", "taken", -4.0),
        ("u", "cart", "again", -2.0),
        ("u", "purchase", "again", -3.0),
    ]
    assert propose(events)["u"] == ["again", "left", "seen", "taken"]


def test_a_purchase_counts_that_the_newest_rows_do_not_hold() -> None:
    events = [("u", "cart", f"i{item}", -3.0) for item in range(6)]
    events += [("u", "purchase", f"i{item}", -2.0 if item < 5 else -1.0) for item in range(6)]
    assert propose(events, 2, events=("cart",))["u"] == []


def test_viewers_who_bought_nothing_have_lists_and_nobody_is_told_of_others() -> None:
    events = [("buyer", "purchase", "a", -1.0), ("viewer", "view", "a", -2.0), ("viewer", "view", "z", -1.0)]
    assert propose(events) == {"": [], "buyer": ["a"], "viewer": ["z", "a"]}


def test_the_newest_days_alone_and_what_is_not_on_sale() -> None:
    events = [("u", "view", "old", -9.0), ("u", "view", "a", -2.0), ("u", "purchase", "b", -1.0)]
    assert propose(events, days=9)["u"] == ["a", "old", "b"]
    assert propose(events, days=8)["u"] == ["a", "b"]
    inputs, rows = open_inputs(events)
    shown = np.array([item != "a" for item in inputs.item_ids.to_pylist()])
    assert propose_ids("recent", replace(inputs, shown=shown), 9, rows)["u"] == ["old", "b"]


def test_an_empty_table_and_a_mall_of_purchases_alone() -> None:
    assert propose([("u", "purchase", "a", -1.0), ("u", "purchase", "b", -1.0)])["u"] == ["a", "b"]
    inputs, _ = open_inputs([("u", "purchase", "a", -1.0)])
    assert propose_ids("recent", inputs, 5, RECENT_ITEMS.empty_table()) == {"": [], "u": []}


def test_what_cannot_be_is_refused() -> None:
    inputs, rows = open_inputs([("u", "view", "a", -1.0), ("v", "purchase", "b", -1.0)])
    dataset = replace(inputs.dataset, day_starts=None)
    dateless = replace(inputs, read_dataset=lambda: dataset)
    assert propose_ids("recent", dateless, 5, rows)["u"] == ["a"]
    with pytest.raises(RefusedInputError, match="have no days"):
        propose_ids("recent", dateless, 5, rows, days=3)
    for events in ((), ("view", "view")):
        with pytest.raises(ValidationError, match="at least one event type, and each once"):
            Params(events=events)
