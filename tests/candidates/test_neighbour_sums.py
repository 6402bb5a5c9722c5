"""The source itemcf against dictionaries: each item of the history, its neighbours, one list by the sum."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.candidates.base import Source
from include.candidates.blend import blend_candidates
from include.candidates.registry import SOURCES, load_source
from include.candidates.sources import neighbour_sums
from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.errors import RefusedInputError
from include.evaluation.window import Window
from include.models import cosine
from include.models.base import Context
from tests.candidates.blending import Tables, make_inputs, propose_ids
from tests.candidates.test_blend import rank_rows, train_inputs
from tests.evaluation.windows import make_window
from tests.purchases import draw_purchases, make_interactions, shuffle_rows

Rows = list[tuple[str, int, str, str, float, str]]


def sum_slowly(tables: Tables, k: int, exclude: bool, available: set[str] | None, min_co_buyers: int) -> Rows:
    bought: dict[str, set[str]] = defaultdict(set)
    for row in tables.interactions.to_table().to_pylist():
        bought[row["user_id"]].add(row["item_id"])
    rows: Rows = []
    for user, history in sorted(bought.items()):
        parts: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for item in sorted(history):
            for row in tables.similarities.to_pylist():
                if row["item_id"] == item and row["co_buyers"] >= min_co_buyers:
                    parts[row["similar_item_id"]].append((row["score"], item))
        scored = [
            (float(np.float32(sum(score for score, _ in each))), item, min((-s, why) for s, why in each)[1])
            for item, each in parts.items()
            if (available is None or item in available) and not (exclude and item in history)
        ]
        best = sorted(scored, key=lambda row: (-row[0], row[1]))[:k]
        rows += [(user, rank, item, "itemcf", score, why) for rank, (score, item, why) in enumerate(best, 1)]
    return rows


def sum_rows(
    tables: Tables,
    k: int,
    exclude: bool = True,
    available: set[str] | None = None,
    min_co_buyers: int = 1,
    threads: int = 1,
) -> Rows:
    inputs = tables.make_inputs(exclude, available, min_co_buyers)
    proposer = load_source("itemcf").read_source(tables.similarities, inputs, neighbour_sums.Params())
    blend = blend_candidates(inputs, {"itemcf": proposer}, k, threads=threads)
    return [tuple(row.values()) for row in blend.rows.to_pylist()]


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("some_unavailable", [False, True])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_summing_by_hand(
    seed: int, k: int, exclude: bool, some_unavailable: bool, least: int
) -> None:
    tables = train_inputs(draw_purchases(seed, users=8, items=12, lines=40), exclude)
    available = set(tables.interactions.item_ids.to_pylist()[::2]) | {"?"} if some_unavailable else None
    rows = sum_rows(tables, k, exclude, available, least)
    assert rows == sum_slowly(tables, k, exclude, available, least)
    assert rows


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_the_order_of_rows_do_not_show(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.candidates.blend._BLOCK", 20)
    tables = train_inputs(draw_purchases(4, users=12, items=12, lines=60), True)
    expected = sum_slowly(tables, 5, True, None, 1)
    assert sum_rows(tables, 5, threads=threads) == expected
    shuffled = tables._replace(similarities=shuffle_rows(tables.similarities))
    assert sum_rows(shuffled, 5, threads=threads) == expected


def test_what_was_bought_long_ago_counts_as_well() -> None:
    """No item is among the last ones, of which the source cosine makes its list."""
    interactions = make_interactions([[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], ["a", "b", "e", "f"])
    similar = rank_rows(ITEM_SIMILARITIES, [("a", "e", 0.5, 3), ("b", "e", 0.25, 3), ("b", "f", 0.5, 3)])
    nothing = train_inputs(draw_purchases(1), True)
    tables = nothing._replace(
        interactions=interactions, similarities=similar, recent_items=nothing.recent_items.slice(0, 0)
    )
    user = interactions.user_ids[0].as_py()
    assert sum_rows(tables, 5) == [(user, 1, "e", "itemcf", 0.75, "a"), (user, 2, "f", "itemcf", 0.5, "b")]


def test_no_neighbours_are_no_list_and_one_user_with_one_item_expects_none() -> None:
    tables = train_inputs(draw_purchases(1), True)
    tables = tables._replace(similarities=ITEM_SIMILARITIES.empty_table())
    assert sum_rows(tables, 5) == []
    assert load_source("itemcf").expects_rows(tables.make_inputs())
    alone = tables._replace(
        interactions=make_interactions([[1, 0], [0, 2]], ["a", "b"]),
        recent_items=tables.recent_items.slice(0, 0),
    )
    assert not load_source("itemcf").expects_rows(alone.make_inputs())


@pytest.mark.parametrize("score", [float("nan"), 3e38])
def test_scores_that_cannot_be_summed_are_refused(score: float) -> None:
    tables = train_inputs(draw_purchases(1), True)._replace(
        interactions=make_interactions([[1, 1, 0], [0, 0, 1]], ["a", "b", "c"]),
        similarities=rank_rows(ITEM_SIMILARITIES, [("a", "c", score, 2), ("b", "c", score, 2)]),
    )
    tables = tables._replace(recent_items=tables.recent_items.slice(0, 0))
    with pytest.raises(
        RefusedInputError, match="not a number" if np.isnan(score) else "lower the parameters"
    ):
        sum_rows(tables, 5)


def test_an_item_from_outside_the_window_is_refused() -> None:
    tables = train_inputs(draw_purchases(1), True)
    other = cosine.train(
        Dataset(make_interactions([[1, 1]], ["!", "?"])), cosine.Params(), Context(threads=1)
    )[0].rows
    with pytest.raises(RefusedInputError, match=r"similarities hold the id .* which is not in the window"):
        sum_rows(tables._replace(similarities=pa.concat_tables([tables.similarities, other])), 5)


def test_another_model_is_another_line(monkeypatch: pytest.MonkeyPatch) -> None:
    own = SOURCES["itemcf"]
    monkeypatch.setitem(SOURCES, "bm25_sums", Source(own.module, own.table, "bm25", sums=True))
    tables = train_inputs(draw_purchases(2), True)
    inputs = tables.make_inputs()
    proposer = load_source("bm25_sums").read_source(tables.similarities, inputs, neighbour_sums.Params())
    rows = blend_candidates(inputs, {"bm25_sums": proposer}, 5).rows
    assert set(rows["source"].to_pylist()) == {"bm25_sums"}
    assert rows.drop_columns("source").num_rows == len(sum_rows(tables, 5))


def draw_window(seed: int) -> Window:
    rng = np.random.default_rng(seed)
    rows = [
        (f"u{rng.integers(8)}", f"i{rng.integers(6)}", -float(rng.integers(1, 20)) + 0.5) for _ in range(50)
    ]
    return make_window(rows)


@pytest.mark.parametrize(
    "params",
    [
        {"exponent": 1.0},
        {"exponent": 0.5, "half_life": 4.0},
        {"days": 8, "shrinkage": 2.0},
        {"normalise": True, "exponent": 1.0, "events": {"purchase": 3.0}},
        {"normalise": True, "shrinkage": 1.0, "half_life": 2.0},
    ],
)
def test_items_of_the_history_have_their_weights(params: dict[str, Any]) -> None:
    for seed in range(3):
        window = draw_window(seed)
        similar = cosine.train(window.dataset, cosine.Params(), Context(threads=1))[0].rows
        found = propose_ids("itemcf", make_inputs(window, exclude=False), 4, similar, **params)
        assert found == weigh_slowly(window, similar, params)


def weigh_slowly(window: Window, similar: pa.Table, params: dict[str, Any]) -> dict[str, list[str]]:
    events, dataset = window.dataset.events["purchase"], window.dataset
    assert dataset.day_starts is not None
    users, items = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist()
    history: dict[str, dict[str, float]] = {user: defaultdict(float) for user in users}
    for user, item, at in zip(events.users, events.items, events.timestamps, strict=True):
        age = sum(int(start) > at for start in dataset.day_starts[:-1])
        if age < params.get("days", 1000):
            share = 0.5 ** (age / params["half_life"]) if "half_life" in params else 1.0
            history[users[user]][items[item]] += params.get("events", {}).get("purchase", 1.0) * share
    near: dict[str, dict[str, float]] = defaultdict(dict)
    for row in similar.to_pylist():
        kept = row["co_buyers"] / (row["co_buyers"] + params.get("shrinkage", 0.0))
        near[row["item_id"]][row["similar_item_id"]] = row["score"] * kept
    found = {"": list[str]()}
    for user, weights in history.items():
        sums: dict[str, float] = defaultdict(float)
        for item, weight in weights.items():
            whole = sum(near[item].values()) if params.get("normalise") else 1.0
            for other, score in near[item].items():
                sums[other] += weight ** params.get("exponent", 0.0) * score / whole
        found[user] = sorted(sums, key=lambda item: (-round(sums[item], 5), item))[:4]
    return found


def test_an_event_that_the_window_does_not_have_is_refused() -> None:
    window = draw_window(0)
    similar = cosine.train(window.dataset, cosine.Params(), Context(threads=1))[0].rows
    with pytest.raises(RefusedInputError, match="no events of type view; it has purchase"):
        propose_ids("itemcf", make_inputs(window), 4, similar, events={"view": 1.0})
