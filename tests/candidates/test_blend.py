from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.candidates import blend as ad_candidates
from include.columns import (
    AD_CANDIDATES,
    BEST_SELLERS,
    ITEM_SIMILARITIES,
    PRODUCTS,
    PURCHASES,
    RECENT_ITEMS,
    USER_RECOMMENDATIONS,
)
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.errors import RefusedInputError
from include.models import als, cosine
from include.models.base import Context
from include.models.best_sellers import rank_best_sellers
from include.models.recent_items import rank_recent_items
from tests.candidates.blending import Tables, blend_tables
from tests.purchases import IDS, START, draw_purchases, make_interactions, shuffle_rows


def train_inputs(purchases: pa.Table, exclude: bool) -> Tables:
    interactions = Interactions.from_purchases(purchases)
    dataset, context = Dataset(interactions), Context(threads=2, exclude_purchased=exclude)
    # Without biases, which would have it propose the best sellers.
    factors = als.Params(k=4, user_k=5, factors=3, iterations=4, regularization=0.01, bias=False)
    return Tables(
        interactions,
        cosine.train(dataset, cosine.Params(k=4), context)[0].rows,
        als.train(dataset, factors, context)[0].rows,
        rank_best_sellers(purchases, PRODUCTS.empty_table(), 6).rows,
        rank_recent_items(purchases, 3).rows,
    )


def blend_slowly(
    inputs: Tables, k: int, exclude: bool, available: set[str] | None, min_co_buyers: int = 1
) -> list[tuple]:
    bought: dict[str, set[str]] = {}
    for row in inputs.interactions.to_table().to_pylist():
        bought.setdefault(row["user_id"], set()).add(row["item_id"])
    similar: dict[str, list[dict]] = {}
    for row in inputs.similarities.to_pylist():
        if row["co_buyers"] >= min_co_buyers:
            similar.setdefault(row["item_id"], []).append(row)
    bought_last = [row for row in inputs.recent_items.to_pylist() if row["event_type"] == "purchase"]
    popular = [row for row in inputs.best_sellers.to_pylist() if row["category"] == ""]

    rows = []
    for user in sorted(bought):

        def may_show(item: str, user: str = user) -> bool:
            return (available is None or item in available) and not (exclude and item in bought[user])

        best: dict[str, tuple[float, int, str]] = {}
        for recent in bought_last:
            for row in similar.get(recent["item_id"], []) if recent["user_id"] == user else []:
                if may_show(row["similar_item_id"]):
                    reason = (-row["score"], recent["rank"], recent["item_id"])
                    item = row["similar_item_id"]
                    best[item] = min(best.get(item, reason), reason)
        by_cosine = [
            (item, "cosine", -score, because)
            for item, (score, _, because) in sorted(best.items(), key=lambda pair: (pair[1][:2], pair[0]))
        ]
        by_als = [
            (row["item_id"], "als", row["score"], row["because_item_id"])
            for row in inputs.recommendations.to_pylist()
            if row["user_id"] == user and may_show(row["item_id"])
        ]
        turns: list[tuple] = []
        for place in range(max(len(by_cosine), len(by_als))):
            turns += by_cosine[place : place + 1] + by_als[place : place + 1]
        turns += [
            (row["item_id"], "best_sellers", float(np.float32(row["buyers"] / len(bought))), None)
            for row in popular
            if may_show(row["item_id"])
        ]
        chosen: dict[str, tuple] = {}
        for turn in turns:
            chosen.setdefault(turn[0], turn)
        rows += [(user, rank, *turn) for rank, turn in enumerate(list(chosen.values())[:k], 1)]
    return rows


def blend_rows(
    inputs: Tables,
    k: int,
    exclude: bool,
    available: set[str] | None,
    min_co_buyers: int = 1,
    threads: int = 0,
) -> list[tuple]:
    rows, counts = blend_tables(inputs, k, exclude, available, min_co_buyers, threads)
    rows = rows.cast(AD_CANDIDATES)
    listed = [tuple(row.values()) for row in rows.to_pylist()]
    by_source = Counter(row[3] for row in listed)
    assert counts["sources"] == {name: by_source[name] for name in ("cosine", "als", "best_sellers")}
    assert counts["rows"] == len(listed)
    lengths = Counter(row[0] for row in listed)
    users = inputs.interactions.user_ids.to_pylist()
    assert counts["short_lists"] == sum(lengths[user] < k for user in users)
    return listed


def rank_rows(schema: pa.Schema, rows: Iterable[tuple]) -> pa.Table:
    """Rows of (owner, the columns after rank), ranked within their owner in the order in which they come."""
    seen: dict[tuple, int] = {}
    columns: list[list] = [[] for _ in schema]
    rank_at = schema.names.index("rank")
    for row in rows:
        seen[row[:rank_at]] = seen.get(row[:rank_at], 0) + 1
        values = (*row[:rank_at], seen[row[:rank_at]], *row[rank_at:])
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


TABLES = (ITEM_SIMILARITIES, USER_RECOMMENDATIONS, BEST_SELLERS, RECENT_ITEMS)

# Few, so that they tie; as 32-bit floats, so that the oracle compares what is published.
SCORES = [-0.5, -0.0, 0.0, 0.25, 0.5, float(np.float32(0.1)), 1.0]


@st.composite
def draw_inputs(draw: st.DrawFn) -> Tables:
    """Tables whose lists repeat items, tie, and need not be in the order of their scores."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bought = rng.random((draw(st.integers(0, 4)), 9)) < draw(st.sampled_from([0.2, 0.4, 1]))
    interactions = make_interactions(bought.astype(float), IDS[:9])
    if not interactions.users:
        return Tables(interactions, *(schema.empty_table() for schema in TABLES))
    values = {
        "user_id": interactions.user_ids.to_pylist(),
        "item_id": interactions.item_ids.to_pylist(),
        "similar_item_id": interactions.item_ids.to_pylist(),
        "score": SCORES[: draw(st.integers(1, len(SCORES)))],
        "event_type": ["purchase", "purchase", "view"],
        "category": ["", "", "food"],
        "occurred_at": [START],
        "because_item_id": [None, *interactions.item_ids.to_pylist()[:3]],
    }
    tables = []
    for schema in TABLES:
        names = [name for name in schema.names if name != "rank"]
        columns = [values.get(name, [1, 2, 3]) for name in names]
        size = draw(st.integers(0, 15 if schema in (RECENT_ITEMS, BEST_SELLERS) else 60))
        rows = [tuple(column[rng.integers(len(column))] for column in columns) for _ in range(size)]
        tables.append(rank_rows(schema, rows))
    return Tables(interactions, *tables)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_agrees_with_taking_turns_by_hand_on_anything(data: st.DataObject) -> None:
    inputs = data.draw(draw_inputs())
    k = data.draw(st.sampled_from([1, 3, 6, 50]), "k")
    exclude = data.draw(st.booleans(), "exclude")
    available = data.draw(st.none() | st.sets(st.sampled_from([*IDS[:9], "?"])), "available")
    least = data.draw(st.integers(1, 3), "min_co_buyers")
    expected = blend_slowly(inputs, k, exclude, available, least)

    threads = data.draw(st.integers(1, 3), "threads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ad_candidates, "_BLOCK", data.draw(st.sampled_from([1, 20, 1000]), "block"))
        assert blend_rows(inputs, k, exclude, available, least, threads) == expected
        shuffled = Tables(inputs.interactions, *(shuffle_rows(table) for table in inputs[1:]))
        assert blend_rows(shuffled, k, exclude, available, least, threads) == expected


@pytest.mark.parametrize("some_unavailable", [False, True])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("k", [1, 4, 7, 30])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_taking_turns_by_hand(seed: int, k: int, exclude: bool, some_unavailable: bool) -> None:
    inputs = train_inputs(draw_purchases(seed, users=8, items=12, lines=30), exclude)
    available = set(inputs.interactions.item_ids.to_pylist()[::2]) | {"?"} if some_unavailable else None
    rows = blend_rows(inputs, k, exclude, available)
    assert rows == blend_slowly(inputs, k, exclude, available)
    if k == 30 and not some_unavailable:
        assert {row[3] for row in rows} == {"cosine", "als", "best_sellers"}


@pytest.mark.parametrize(
    "absent", [{"similarities"}, {"recommendations"}, {"similarities", "recommendations"}]
)
def test_a_model_may_be_absent(absent: set[str]) -> None:
    empty = {"similarities": ITEM_SIMILARITIES, "recommendations": USER_RECOMMENDATIONS}
    inputs = train_inputs(draw_purchases(1), exclude=True)
    inputs = inputs._replace(**{name: empty[name].empty_table() for name in absent})
    rows = blend_rows(inputs, 6, True, None)
    assert rows == blend_slowly(inputs, 6, True, None)
    assert rows


@pytest.mark.parametrize("least", [1, 2, 3, 100])
def test_pairs_that_too_few_bought_together_are_not_shown(least: int) -> None:
    inputs = train_inputs(draw_purchases(3), exclude=True)
    enough = [row["co_buyers"] >= least for row in inputs.similarities.to_pylist()]
    assert any(enough) is (least < 100)
    kept = inputs._replace(similarities=inputs.similarities.filter(pa.array(enough)))
    assert blend_rows(inputs, 6, True, None, least) == blend_slowly(kept, 6, True, None)


@pytest.mark.parametrize("block", [1, 40])
def test_blocks_do_not_show(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = train_inputs(draw_purchases(2, users=12, items=12), exclude=True)
    monkeypatch.setattr(ad_candidates, "_BLOCK", block)
    assert blend_rows(inputs, 6, True, None) == blend_slowly(inputs, 6, True, None)


def test_the_order_of_rows_does_not_show() -> None:
    inputs = train_inputs(draw_purchases(3), exclude=True)
    shuffled = Tables(inputs.interactions, *(shuffle_rows(table) for table in inputs[1:]))
    assert blend_rows(shuffled, 6, True, None) == blend_rows(inputs, 6, True, None)


def test_nothing_is_available() -> None:
    assert blend_rows(train_inputs(draw_purchases(1), exclude=True), 6, True, set()) == []


def test_no_purchases() -> None:
    assert blend_rows(train_inputs(PURCHASES.empty_table(), exclude=True), 6, True, None) == []


def test_an_item_from_outside_the_window_is_refused() -> None:
    inputs = train_inputs(draw_purchases(1), exclude=True)
    other = rank_best_sellers(draw_purchases(1, items=12), PRODUCTS.empty_table(), 50).rows
    with pytest.raises(RefusedInputError, match=r"best sellers hold the id .* which is not in the window"):
        blend_rows(inputs._replace(best_sellers=other), 6, True, None)


@pytest.mark.parametrize(
    ("name", "column", "stranger"),
    [
        ("similarities", "item_id", "item"),
        ("similarities", "similar_item_id", "item"),
        ("recommendations", "user_id", "user"),
        ("recommendations", "item_id", "item"),
        ("recent_items", "user_id", "user"),
        ("recent_items", "item_id", "item"),
    ],
)
def test_strangers_are_refused(name: str, column: str, stranger: str) -> None:
    inputs = train_inputs(draw_purchases(1), exclude=True)
    table = getattr(inputs, name)
    ids = [*table[column].to_pylist()[:-1], stranger]
    place = table.column_names.index(column)
    inputs = inputs._replace(**{name: table.set_column(place, column, pa.array(ids))})
    with pytest.raises(RefusedInputError, match=rf"hold the id '{stranger}', which is not in the window"):
        blend_rows(inputs, 6, True, None)


@pytest.mark.parametrize("bad", [float("nan"), None])
@pytest.mark.parametrize("name", ["similarities", "recommendations"])
def test_a_score_that_is_not_a_number_is_refused(name: str, bad: float | None) -> None:
    inputs = train_inputs(draw_purchases(1), exclude=True)
    table = getattr(inputs, name)
    scores = pa.array([*table["score"].to_pylist()[:-1], bad], pa.float32())
    inputs = inputs._replace(**{name: table.set_column(table.column_names.index("score"), "score", scores)})
    with pytest.raises(RefusedInputError, match=f"{name} hold a score that is not a number"):
        blend_rows(inputs, 6, True, None)
