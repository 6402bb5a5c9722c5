"""The source `content` against loops: the last items of any event type, and neighbours without co-buyers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from include.candidates.inputs import Inputs
from include.candidates.sources.content import Params, expects_rows, list_last, read_source
from include.columns import ITEM_SIMILARITIES, PRODUCTS, RECENT_ITEMS
from include.kernels import RankedLists

ITEMS = ["b", "d", "a", "new", "sold out"]
USERS = ["", "u1", "u2", "u3"]
START = datetime(2026, 3, 1, tzinfo=UTC)


def make_recent(rows: list[tuple[str, str, int, str, int]]) -> pa.Table:
    """Rows of (user, event type, rank, item, minutes after START), sorted by the first three."""
    columns = list(zip(*sorted(rows), strict=True)) if rows else [[]] * 5
    minutes = [START + timedelta(minutes=minute) for minute in columns[4]]
    arrays = [
        pa.array(column, kind.type)
        for column, kind in zip([*columns[:4], minutes], RECENT_ITEMS, strict=True)
    ]
    return pa.table(arrays, schema=RECENT_ITEMS)


def make_inputs(
    recent: pa.Table, bought: list[tuple[int, int]] = (), products: pa.Table | None = None
) -> Inputs:  # type: ignore[assignment]
    users, items = zip(*bought, strict=True) if bought else ((), ())
    purchased = csr_matrix((np.ones(len(users)), (users, items)), shape=(len(USERS), len(ITEMS)))
    purchased.sort_indices()
    nothing = RankedLists(np.zeros(len(USERS) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
    return Inputs(
        pa.array(USERS),
        pa.array(ITEMS),
        purchased,
        nothing,
        np.array([item != "sold out" for item in ITEMS]),
        min_co_buyers=2,
        products=PRODUCTS.empty_table() if products is None else products,
        recent_items=recent,
    )


def list_slowly(recent: pa.Table, last: int) -> list[list[str]]:
    lists = []
    for user in USERS:
        rows = [row for row in recent.to_pylist() if row["user_id"] == user]
        rows.sort(key=lambda row: (-row["occurred_at"].timestamp(), row["event_type"], row["rank"]))
        lists.append(list(dict.fromkeys(row["item_id"] for row in rows))[:last])
    return lists


def name_lists(lists: RankedLists) -> list[list[str]]:
    return [
        [ITEMS[item] for item in lists.items[start:stop]]
        for start, stop in zip(lists.indptr[:-1], lists.indptr[1:], strict=True)
    ]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("last", [1, 2, 10])
def test_the_last_items_agree_with_a_loop(seed: int, last: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for user in USERS[1:3]:
        for kind in ("cart", "purchase", "view"):
            chosen = rng.permutation(len(ITEMS))[: rng.integers(0, 5)]
            minutes = sorted(rng.integers(0, 4, len(chosen)).tolist(), reverse=True)
            rows += [
                (user, kind, rank, ITEMS[item], minute)
                for rank, (item, minute) in enumerate(zip(chosen, minutes, strict=True), start=1)
            ]
    recent = make_recent(rows)
    assert name_lists(list_last(make_inputs(recent), last)) == list_slowly(recent, last)


def make_similar(rows: list[tuple[str, int, str, float, int]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, ITEM_SIMILARITIES, strict=True)]
    return pa.table(arrays, schema=ITEM_SIMILARITIES)


@pytest.mark.parametrize(
    ("max_buyers", "expected"), [(None, ["new", "b", "a"]), (1, ["new", "a"]), (0, ["new"])]
)
def test_neighbours_need_no_co_buyers_and_may_be_held_to_what_few_bought(
    max_buyers: int | None, expected: list[str]
) -> None:
    recent = make_recent([("u1", "view", 1, "d", 5)])
    similar = make_similar(
        [
            ("d", 1, "sold out", 0.9, 9),
            ("d", 2, "new", 0.8, 0),
            ("d", 3, "b", 0.7, 0),
            ("d", 4, "a", 0.6, 1),
        ]
    )
    inputs = make_inputs(recent, [(2, 0), (3, 0), (2, 2)])
    source = read_source(similar, inputs, Params(max_buyers=max_buyers))
    assert source.costs.tolist() == [0, len(expected), 0, 0]
    lists, because = source.propose(0, len(USERS), 10, inputs.list_hidden())
    assert name_lists(lists) == [[], expected, [], []]
    assert because is not None
    assert {ITEMS[item] for item in because} == {"d"}


def test_what_is_like_several_items_comes_first() -> None:
    recent = make_recent([("u1", "view", 1, "d", 5), ("u1", "purchase", 1, "a", 9)])
    similar = make_similar([("a", 1, "b", 0.6, 0), ("d", 1, "new", 0.8, 0), ("d", 2, "b", 0.5, 0)])
    inputs = make_inputs(recent, [(1, 2)])
    lists, because = read_source(similar, inputs, Params()).propose(1, 2, 10, inputs.list_hidden())
    assert name_lists(lists) == [["b", "new"]]
    assert lists.scores.tolist() == pytest.approx([1.1, 0.8])
    assert because is not None
    assert [ITEMS[item] for item in because] == ["a", "d"]
    lists, _ = read_source(similar, inputs, Params(last=1)).propose(1, 2, 10, inputs.list_hidden())
    assert name_lists(lists) == [["b"]]


def make_products(titles: list[str | None], on_sale: bool | None = True) -> pa.Table:
    rows = [{"item_id": f"i{n}", "title": title, "is_available": on_sale} for n, title in enumerate(titles)]
    return pa.Table.from_pylist(rows, PRODUCTS)


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        (make_products([]), False),
        (make_products(["x", "y", None, None, "", " "]), False),
        (make_products(["x", "y", " x"], None), True),
        (make_products(["x", "x"], False), False),
    ],
)
def test_rows_are_expected_where_two_items_on_sale_have_one_title(products: pa.Table, expected: bool) -> None:
    assert expects_rows(make_inputs(make_recent([]), products=products)) is expected
