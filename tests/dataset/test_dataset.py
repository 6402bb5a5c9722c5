"""The dataset against loops over dictionaries of the rows that it was made from."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.columns import CATALOGUE, PRODUCTS, PURCHASES
from include.dataset.dataset import Dataset
from include.dataset.events import code_orders, number_orders
from include.dataset.interactions import Interactions
from include.errors import RefusedInputError
from tests.dataset.events import make_dataset, make_simple_dataset
from tests.purchases import IDS, Line, draw_purchases, make_purchases, shuffle_rows

Rows = list[dict[str, Any]]

LINES = st.lists(
    st.tuples(
        st.sampled_from(["o1", "o2", "o10", None]),
        st.sampled_from(IDS[:4]),
        st.sampled_from(IDS[3:8]),
        st.sampled_from([1.0, 2.0, 0.5, 0.0]),
        st.sampled_from([1.0, 2.5, None]),
        st.integers(0, 4),
    ),
    max_size=40,
)
WEIGHTS = st.sampled_from([0.0, 1.0, 0.25, 3.0])


def list_rows(tables: Mapping[str, pa.Table]) -> Rows:
    """What stands, of all types."""
    return [
        {**row, "type": name}
        for name, table in tables.items()
        for row in table.to_pylist()
        if row["quantity"] > 0
    ]


def keep_known(rows: Rows, weights: Mapping[str, float]) -> Rows:
    """Those of a user and an item that have an event of a positive weight."""
    counted = [row for row in rows if weights[row["type"]] > 0]
    users, items = ({row[name] for row in counted} for name in ("user_id", "item_id"))
    return [row for row in rows if row["user_id"] in users and row["item_id"] in items]


def add_slowly(rows: Rows, weights: Mapping[str, float]) -> dict[tuple[str, str], float]:
    total: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        if weights.get(row["type"], 0) > 0:
            total[row["user_id"], row["item_id"]] += weights[row["type"]]
    return dict(total)


def name_matrix(dataset: Dataset, matrix: Any) -> dict[tuple[str, str], float]:
    users, items = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist()
    coo = matrix.tocoo()
    return {
        (users[u], items[i]): float(value) for u, i, value in zip(coo.row, coo.col, coo.data, strict=True)
    }


def name_lists(dataset: Dataset, lists: tuple[Any, Any]) -> list[list[str]]:
    indptr, items = lists
    ids = dataset.item_ids.to_pylist()
    return [[ids[i] for i in items[start:stop]] for start, stop in pairwise(indptr)]


def sequence_slowly(rows: Rows, weights: Mapping[str, float], users: Iterable[str]) -> list[list[str]]:
    counted = [row for row in rows if weights[row["type"]] > 0]
    counted.sort(key=lambda row: (row["purchased_at"], row["item_id"]))
    return [[row["item_id"] for row in counted if row["user_id"] == user] for user in users]


def order_slowly(rows: Rows) -> list[list[str]]:
    orders: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["type"] == "purchase" and row["order_id"] is not None:
            orders[row["order_id"]].add(row["item_id"])
    return [sorted(orders[order]) for order in sorted(orders)]


def list_events(dataset: Dataset, name: str) -> list[tuple[Any, ...]]:
    events = dataset.events[name]
    users, items = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist()
    return [
        (users[u], at, items[i], order, quantity, price if price == price else None)
        for u, at, i, order, quantity, price in zip(
            *(events.users.tolist(), events.timestamps.tolist(), events.items.tolist()),
            *(events.orders.tolist(), events.quantity.tolist(), events.price.tolist()),
            strict=True,
        )
    ]


def list_events_slowly(rows: Rows, name: str) -> list[tuple[Any, ...]]:
    rows = [row for row in rows if row["type"] == name]
    orders = sorted({row["order_id"] for row in rows if row["order_id"] is not None})
    found = []
    for row in rows:
        at = row["purchased_at"].timestamp() * 1_000_000
        order = -1 if row["order_id"] is None else orders.index(row["order_id"])
        found.append((row["user_id"], at, row["item_id"], order, row["quantity"], row["price"]))
    return sorted(found, key=lambda event: (*event[:5], math.inf if event[5] is None else event[5]))


def cap_slowly(rows: Rows, weights: Mapping[str, float], newest: int) -> set[tuple[str, str]]:
    latest: dict[tuple[str, str], Any] = {}
    for row in rows:
        if weights[row["type"]] > 0:
            pair = row["user_id"], row["item_id"]
            latest[pair] = max(latest.get(pair, row["purchased_at"]), row["purchased_at"])
    kept = set()
    for user in {user for user, _ in latest}:
        history = [pair for pair in latest if pair[0] == user]
        history.sort(key=lambda pair: (-latest[pair].timestamp(), pair[1]))
        kept |= set(history[:newest])
    return kept


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, WEIGHTS, st.sampled_from([1.0, 2.0, 0.0]), st.integers(0, 3))
def test_is_what_loops_make_of_the_rows(
    purchases: list[Line], views: list[Line], view: float, purchase: float, seed: int
) -> None:
    tables = {"purchase": make_purchases(purchases), "view": make_purchases(views)}
    weights = {"purchase": purchase, "view": view}
    if not purchase and not view:
        return
    dataset = make_dataset({name: shuffle_rows(table, seed) for name, table in tables.items()}, weights)
    rows = keep_known(list_rows(tables), weights)
    users = sorted({row["user_id"] for row in rows if weights[row["type"]] > 0})

    assert dataset.user_ids.to_pylist() == users
    assert name_matrix(dataset, dataset.matrix()) == add_slowly(rows, weights)
    bought = {(row["user_id"], row["item_id"]) for row in rows if row["type"] == "purchase"}
    assert set(name_matrix(dataset, dataset.purchased())) == bought
    assert set(name_matrix(dataset, dataset.binary()).values()) <= {1.0}
    assert name_lists(dataset, dataset.sequences()) == sequence_slowly(rows, weights, users)
    assert name_lists(dataset, dataset.orders()) == order_slowly(rows)
    for name in tables:
        assert list_events(dataset, name) == list_events_slowly(rows, name)


@settings(max_examples=100, deadline=None)
@given(LINES, LINES, WEIGHTS, st.integers(1, 4))
def test_a_cap_keeps_the_newest_items_of_each_user(
    purchases: list[Line], views: list[Line], view: float, newest: int
) -> None:
    tables = {"purchase": make_purchases(purchases), "view": make_purchases(views)}
    weights = {"purchase": 1.0, "view": view}
    whole = make_dataset(tables, weights)
    dataset = whole.cap(newest)
    rows = keep_known(list_rows(tables), weights)
    pairs = cap_slowly(rows, weights, newest)
    items = sorted({item for _, item in pairs})
    kept = [
        row
        for row in rows
        if (
            (row["user_id"], row["item_id"]) in pairs if weights[row["type"]] > 0 else row["item_id"] in items
        )
    ]
    assert dataset.user_ids.equals(whole.user_ids)
    assert dataset.item_ids.to_pylist() == items
    assert name_matrix(dataset, dataset.matrix()) == add_slowly(kept, weights)
    assert name_matrix(dataset, dataset.matrix({"view": 2.0})) == add_slowly(kept, {"view": 2.0})
    assert name_lists(dataset, dataset.sequences()) == sequence_slowly(
        kept, weights, dataset.user_ids.to_pylist()
    )
    assert name_lists(dataset, dataset.orders()) == order_slowly(kept)
    for name in tables:
        assert list_events(dataset, name) == list_events_slowly(kept, name)
    bought = {(row["user_id"], row["item_id"]) for row in rows if row["type"] == "purchase"}
    assert set(name_matrix(dataset, dataset.purchased())) == {pair for pair in bought if pair[1] in items}
    assert dataset.purchased().shape == dataset.matrix().shape
    seen = dict(zip(*(whole.catalogue[name].to_pylist() for name in ("item_id", "first_seen")), strict=True))
    assert dataset.catalogue["first_seen"].to_pylist() == [seen[item] for item in items]


@pytest.mark.parametrize("seed", range(3))
def test_purchases_alone_are_the_interactions_of_today(seed: int) -> None:
    purchases = draw_purchases(seed)
    dataset, today = make_simple_dataset(purchases), Interactions.from_purchases(purchases)
    for made in (dataset.matrix(), dataset.matrix({"purchase": 1, "view": 0}), dataset.purchased()):
        assert np.array_equal(made.indptr, today.user_items.indptr)
        assert np.array_equal(made.indices, today.user_items.indices)
        assert made.data.tobytes() == today.user_items.data.tobytes()
        assert (made.dtype, made.indices.dtype) == (np.float32, np.int32)
    assert np.array_equal(dataset.interactions.occurred_at, today.occurred_at)
    assert dataset.purchased() is dataset.matrix(), "no second one is held"


def test_weights_of_a_model_are_counted_once() -> None:
    dataset = make_dataset(
        {"purchase": draw_purchases(1), "cart": draw_purchases(2)}, {"purchase": 1.0, "cart": 0.0}
    )
    matrix = dataset.matrix({"purchase": 0.5, "cart": 0.25})
    assert dataset.matrix({"cart": 0.25, "purchase": 0.5}) is matrix
    assert matrix.has_canonical_format and matrix.shape == dataset.matrix().shape
    assert dataset.matrix({}).nnz == 0


@pytest.mark.parametrize("weight", [math.nan, -1.0, math.inf, 1e-60])
def test_a_weight_that_is_no_weight_is_refused(weight: float) -> None:
    with pytest.raises(
        RefusedInputError, match=r"The weight of purchase is .*; it must be 0 or a positive number"
    ):
        make_simple_dataset(draw_purchases(1)).matrix({"purchase": weight})


def test_a_type_without_events_is_refused() -> None:
    with pytest.raises(RefusedInputError, match="The window has no events of type click; it has purchase"):
        make_simple_dataset(draw_purchases(1)).matrix({"click": 1.0})


def test_nobody_and_one_user_with_one_item() -> None:
    empty = make_simple_dataset(PURCHASES.empty_table())
    assert empty.matrix().shape == (0, 0)
    assert [column.tolist() for column in (*empty.sequences(), *empty.orders())] == [[0], [], [0], []]
    assert empty.catalogue.equals(CATALOGUE.empty_table())
    assert empty.cap(1).matrix().shape == (0, 0)
    one = make_simple_dataset(make_purchases([("a", "u", "i", 1, None, 3), ("a", "u", "i", 2, 1.0, 3)]))
    assert one.matrix().toarray().tolist() == [[2.0]]
    assert [column.tolist() for column in (*one.sequences(), *one.orders())] == [[0, 2], [0, 0], [0, 1], [0]]
    assert one.events["purchase"].quantity.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="at least one item"):
        one.cap(0)


def test_the_catalogue_is_aligned_with_the_items() -> None:
    purchases = make_purchases(
        [("a", "u", "b", 1, 1.0, 5), ("a", "v", "b", 1, 1.0, 2), ("b", "u", "a", 1, 1.0, 9)]
    )
    products = pa.Table.from_pylist(
        [
            {"item_id": "z", "title": "unsold"},
            {
                "item_id": "b",
                "title": "B",
                "category": "shoes",
                "brand": None,
                "price": 2.5,
                "is_available": True,
            },
        ],
        schema=PRODUCTS,
    )
    catalogue = make_simple_dataset(purchases, products).catalogue
    assert catalogue.schema.equals(CATALOGUE)
    assert catalogue.select(["item_id", "title", "category", "price", "is_available"]).to_pylist() == [
        {"item_id": "a", "title": None, "category": None, "price": None, "is_available": None},
        {"item_id": "b", "title": "B", "category": "shoes", "price": 2.5, "is_available": True},
    ]
    assert [seen.minute for seen in catalogue["first_seen"].to_pylist()] == [9, 2]
    with pytest.raises(ValueError, match="hold an item twice"):
        _ = make_simple_dataset(purchases, pa.concat_tables([products, products])).catalogue


def test_a_dataset_of_interactions_alone_knows_no_events() -> None:
    dataset = Dataset(Interactions.from_purchases(draw_purchases(1)))
    assert dataset.catalogue["title"].null_count == dataset.catalogue.num_rows == len(dataset.item_ids)
    assert dataset.cap(1).matrix().nnz == len(dataset.user_ids)


def test_columns_are_read_when_they_are_asked_for() -> None:
    from include.dataset.events import Events

    whole = make_simple_dataset(draw_purchases(1))
    asked: Counter[str] = Counter()

    def read(names: Iterable[str]) -> dict[str, Any]:
        asked.update(names)
        return {name: getattr(whole.events["purchase"], name) for name in names}

    dataset = Dataset.from_events(whole.user_ids, whole.item_ids, {"purchase": Events(1.0, read)})
    dataset.cap(2).matrix()
    assert asked == {"users": 1, "items": 1, "timestamps": 1}
    dataset.orders()
    assert asked["orders"] == 1 and "price" not in asked and "quantity" not in asked


def test_an_order_is_one_id_on_one_day() -> None:
    monday, tuesday = (
        pa.chunked_array([ids], pa.string()) for ids in (["b", "a", None, "b"], ["a", "é", "Z"])
    )
    codes = code_orders([monday, tuesday])
    assert codes.tolist() == [1, 0, -1, 1, 3, 4, 2], "by day, then by code point"
    assert number_orders(codes[[0, 2, 4]]).tolist() == [0, -1, 1]
    assert code_orders([]).tolist() == number_orders(code_orders([])).tolist() == []
