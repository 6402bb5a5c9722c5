"""The users most likely to want an item, against dense scores that are sorted in a loop."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from include.columns import ITEM_AUDIENCES
from include.dataset.dataset import Dataset
from include.dataset.workload import measure_workload
from include.errors import RefusedInputError
from include.models import als
from include.models.audiences import Audiences, choose_items, rank_audiences
from include.models.base import Context
from tests.dataset.events import make_simple_dataset
from tests.purchases import IDS, PURCHASES, draw_purchases, make_purchases

CONTEXT = Context(threads=2)


def draw_factors(dataset: Dataset, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Small whole numbers, so that scores are exact and many of them are equal."""
    draw = np.random.default_rng(seed)
    sizes = len(dataset.user_ids), len(dataset.item_ids)
    users, items = (draw.integers(-2, 3, (size, 4)).astype(np.float32) for size in sizes)
    return users, items


def list_slowly(
    dataset: Dataset, users: np.ndarray, items: np.ndarray, asked: list[str], k: int
) -> list[dict[str, object]]:
    """Every score of every user, sorted."""
    bought = dataset.purchased().toarray() > 0
    user_ids, item_ids = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist()
    rows: list[dict[str, object]] = []
    for item in sorted(set(asked) & set(item_ids)):
        code = item_ids.index(item)
        if not items[code].any():
            continue
        scores = [
            (-float(users[user] @ items[code]), user_ids[user])
            for user in range(len(user_ids))
            if not bought[user, code]
        ]
        for rank, (score, user_id) in enumerate(sorted(scores)[:k], start=1):
            rows.append({"item_id": item, "rank": rank, "user_id": user_id, "score": -score + 0.0})
    return rows


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [1, 3, 1000])
def test_it_is_what_dense_scores_say(seed: int, k: int) -> None:
    draw = np.random.default_rng(seed)
    pairs = draw.integers(0, (40, 15), (120, 2))
    lines = [(f"o{n}", f"u{user:02}", f"i{item:02}", 1.0, 1.0, 0) for n, (user, item) in enumerate(pairs)]
    dataset = make_simple_dataset(make_purchases(lines))
    users, items = draw_factors(dataset, seed)
    items[3] = 0
    asked = [*dataset.item_ids.to_pylist()[::2], dataset.item_ids[3].as_py(), "unknown"]
    made = rank_audiences("als", dataset, users, items, Audiences(items=tuple(asked), k=k), CONTEXT)
    assert (made.table, made.model) == ("item_audiences", "als")
    assert made.rows.schema.equals(ITEM_AUDIENCES)
    assert made.rows.to_pylist() == list_slowly(dataset, users, items, asked, k)


def test_more_items_than_a_tile_and_more_users_than_a_block() -> None:
    lines = [(f"o{n}", f"u{n % 1500:04}", f"i{n % 600:03}", 1.0, 1.0, 0) for n in range(3000)]
    dataset = make_simple_dataset(make_purchases(lines))
    users, items = draw_factors(dataset)
    asked = dataset.item_ids.to_pylist()
    made = rank_audiences("als", dataset, users, items, Audiences(top=10_000, k=5), CONTEXT)
    assert made.rows.to_pylist() == list_slowly(dataset, users, items, asked, 5)
    one = rank_audiences("als", dataset, users, items, Audiences(top=10_000, k=5), Context(threads=1))
    assert one.rows.equals(made.rows)


def test_whoever_bought_it_is_in_no_audience_of_it() -> None:
    """Everybody has bought x, which so has none."""
    lines = [("o1", "a", "x", 1.0, 1.0, 0), ("o2", "b", "x", 1.0, 1.0, 0), ("o3", "b", "y", 1.0, 1.0, 0)]
    dataset = make_simple_dataset(make_purchases(lines))
    users, items = draw_factors(dataset)
    items[:] = 1
    made = rank_audiences("als", dataset, users, items, Audiences(top=9), CONTEXT)
    assert [(row["item_id"], row["user_id"]) for row in made.rows.to_pylist()] == [("y", "a")]


@pytest.mark.parametrize(
    "purchases",
    [PURCHASES.empty_table(), make_purchases([("o1", "a", "x", 1.0, 1.0, 0)])],
    ids=["empty", "one line"],
)
def test_where_there_is_nobody_to_ask(purchases: pa.Table) -> None:
    dataset = make_simple_dataset(purchases)
    users, items = draw_factors(dataset)
    made = rank_audiences("als", dataset, users, items, Audiences(items=("x",), top=3), CONTEXT)
    assert made.rows.equals(ITEM_AUDIENCES.empty_table())


def test_the_most_bought_are_by_buyers_and_then_by_id(caplog: pytest.LogCaptureFixture) -> None:
    lines = [(f"o{n}", user, item, 1.0, 1.0, 0) for n, (user, item) in enumerate(
        [("a", "x"), ("b", "x"), ("a", "y"), ("c", "w"), ("c", "w"), ("c", "z"), ("a", "z")]
    )]  # fmt: skip
    dataset = make_simple_dataset(make_purchases(lines))

    def choose(**asked: object) -> list[str]:
        codes = choose_items(dataset, Audiences.model_validate(asked))
        return dataset.item_ids.take(pa.array(codes)).to_pylist()

    assert choose(top=2) == ["x", "z"]
    assert choose(top=3) == ["w", "x", "z"], "of two with one buyer the first id"
    assert choose(items=["y", "x", "y"], top=1) == ["x", "y"]
    assert choose(items=["gone"]) == []
    assert "Nobody bought gone in the window, so that it has no audience." in caplog.text


def test_als_makes_them_where_it_is_asked_to() -> None:
    dataset = make_simple_dataset(draw_purchases(1, lines=25))
    params = als.Params(factors=4, iterations=3, audiences=Audiences(top=3, k=4))
    tables = {table.table: table.rows for table in als.train(dataset, params, CONTEXT)}
    assert list(tables) == ["user_recommendations", "item_similarities", "item_audiences"]
    users, items = als.factorise(dataset.matrix(), params, 2)
    truth = list_slowly(dataset, users.astype(float), items.astype(float), list(IDS), 4)
    best = {(row["item_id"], row["rank"]): row["score"] for row in truth}
    rows = tables["item_audiences"].to_pylist()
    assert len({row["item_id"] for row in rows}) == 3
    for row in rows:
        assert row["score"] == pytest.approx(best[row["item_id"], row["rank"]], abs=1e-5)
    without = {table.table for table in als.train(dataset, als.Params(factors=4, iterations=3), CONTEXT)}
    assert without == {"user_recommendations", "item_similarities"}
    some = Context(threads=1, tables=("user_recommendations",))
    assert [table.table for table in als.train(dataset, params, some)] == ["user_recommendations"]
    estimate = als.estimate(measure_workload(dataset, 0, 0), params)
    assert len(rows) <= estimate.rows["item_audiences"]


def test_what_cannot_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="must name items, or say of how many of the most bought"):
        Audiences()
    with pytest.raises(ValidationError):
        Audiences(top=1, k=0)
    dataset = make_simple_dataset(draw_purchases(1))
    users, items = draw_factors(dataset)
    with pytest.raises(RefusedInputError, match=r"factors of als .*raise models\.als\.regularization"):
        rank_audiences("als", dataset, users + 1e30, items + 1e30, Audiences(top=1), CONTEXT)
