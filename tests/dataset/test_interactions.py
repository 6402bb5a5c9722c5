from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from include.columns import ID_COLUMNS, INTERACTIONS, LINE_COLUMNS, PURCHASES, USER_ID
from include.dataset.interactions import Interactions
from include.dataset.lines import WindowPart, code_lines
from include.dataset.netting import TIE_COLUMNS, net_lines, net_purchases
from tests.purchases import (
    IDS,
    START,
    Line,
    draw_purchases,
    make_interactions,
    make_purchases,
    shuffle_rows,
)

LINES = st.lists(
    st.tuples(
        st.sampled_from(["o1", "o2"]),
        st.sampled_from(IDS[:4]),
        st.sampled_from(IDS[3:8]),
        st.sampled_from([1.0, 2.0, 0.1, 0.0, -1.0, -3.0, -0.1]),
        st.sampled_from([1.0, 2.5, None]),
        st.integers(0, 5),
    ),
    max_size=50,
)


def count_slowly(net: pa.Table) -> Interactions:
    """The lines of net purchases, one by one, in dictionaries."""
    count: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], int] = {}
    timestamps = net["purchased_at"].cast(pa.int64()).to_pylist()
    for row, timestamp in zip(net.to_pylist(), timestamps, strict=True):
        pair = row["user_id"], row["item_id"]
        count[pair] = count.get(pair, 0) + 1
        latest[pair] = max(latest.get(pair, timestamp), timestamp)
    users, items = (sorted({pair[place] for pair in count}) for place in (0, 1))
    matrix = np.zeros((len(users), len(items)), np.float32)
    for (user, item), lines in count.items():
        matrix[users.index(user), items.index(item)] = lines
    timestamp = np.array([latest[pair] for pair in sorted(count)], np.int64)
    ids = (pa.array(users, pa.string()), pa.array(items, pa.string()))
    return Interactions(csr_matrix(matrix), *ids, timestamp)


def assert_same(left: Interactions, right: Interactions) -> None:
    assert left.user_ids.equals(right.user_ids)
    assert left.item_ids.equals(right.item_ids)
    assert (left.user_items != right.user_items).nnz == 0
    assert np.array_equal(left.occurred_at, right.occurred_at)


@pytest.mark.parametrize("seed", range(5))
def test_counts_the_lines_of_each_pair(seed: int) -> None:
    purchases = draw_purchases(seed)
    interactions = Interactions.from_purchases(purchases)
    count: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], object] = {}
    for row in purchases.to_pylist():
        pair = row["user_id"], row["item_id"]
        count[pair] = count.get(pair, 0) + 1
        latest[pair] = max(latest.get(pair, row["purchased_at"]), row["purchased_at"])
    assert interactions.to_table().to_pylist() == [
        {"user_id": user, "item_id": item, "weight": count[user, item], "occurred_at": latest[user, item]}
        for user, item in sorted(count)
    ]
    dense = interactions.user_items.toarray()
    users, items = interactions.user_ids.to_pylist(), interactions.item_ids.to_pylist()
    assert users == sorted({user for user, _ in count})
    assert items == sorted({item for _, item in count})
    assert all(dense[users.index(user), items.index(item)] == n for (user, item), n in count.items())
    assert dense.sum() == purchases.num_rows


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("lines", [0, 1, 60])
def test_goes_to_a_table_and_back(lines: int, encoded: bool) -> None:
    interactions = Interactions.from_purchases(draw_purchases(1, lines=lines))
    table = encode_ids(interactions.to_table()) if encoded else interactions.to_table()
    assert_same(Interactions.from_table(table), interactions)
    assert_same(Interactions.from_table(shuffle_rows(table)), interactions)


def add_slowly(parts: list[tuple[float, Interactions]]) -> dict[tuple[str, str], tuple[float, object]]:
    found: dict[tuple[str, str], tuple[float, object]] = {}
    for weight, part in parts:
        for row in part.to_table().to_pylist():
            pair = row["user_id"], row["item_id"]
            total, latest = found.get(pair, (0.0, row["occurred_at"]))
            found[pair] = total + weight * row["weight"], max(latest, row["occurred_at"])
    return found


@pytest.mark.parametrize("weights", [(1.0,), (2.0,), (1.0, 0.25), (0.5, 3.0, 1.0)])
def test_parts_are_added_pair_by_pair(weights: tuple[float, ...]) -> None:
    """Each with users and items of its own; the second has none at all."""
    sizes = [(9, 8, 30), (5, 12, 0), (12, 3, 30)]
    parts = [
        (weight, Interactions.from_purchases(draw_purchases(seed, *size)))
        for seed, (weight, size) in enumerate(zip(weights, sizes, strict=False))
    ]
    together = Interactions.add_up(parts)
    rows = together.to_table().to_pylist()
    expected = add_slowly(parts)
    assert [(row["user_id"], row["item_id"]) for row in rows] == sorted(expected)
    assert {(row["user_id"], row["item_id"]): (row["weight"], row["occurred_at"]) for row in rows} == expected
    assert_same(together, Interactions.from_table(together.to_table()))
    if weights == (1.0,):
        assert together is parts[0][1], "today's matrix, bit by bit"


def test_the_order_of_rows_does_not_show() -> None:
    purchases = draw_purchases(2)
    assert_same(Interactions.from_purchases(shuffle_rows(purchases)), Interactions.from_purchases(purchases))


def test_is_what_implicit_reads() -> None:
    matrix = Interactions.from_purchases(draw_purchases(3)).user_items
    assert isinstance(matrix, csr_matrix)
    assert (matrix.dtype, matrix.indices.dtype, matrix.indptr.dtype) == (np.float32, np.int32, np.int32)
    matrix.has_canonical_format = False
    assert csr_matrix(matrix).has_sorted_indices


def test_no_purchases() -> None:
    interactions = Interactions.from_purchases(PURCHASES.empty_table())
    assert (interactions.users, interactions.items, interactions.user_items.nnz) == (0, 0, 0)
    assert interactions.to_table().equals(INTERACTIONS.empty_table())


def test_one_user_and_one_item() -> None:
    interactions = Interactions.from_purchases(
        make_purchases([("a", "u", "i", 5, 1.0, 3), ("b", "u", "i", 1, 1.0, 9), ("c", "u", "i", 1, 1.0, 4)])
    )
    assert interactions.to_table().to_pylist() == [
        {"user_id": "u", "item_id": "i", "weight": 3, "occurred_at": START + timedelta(minutes=9)}
    ]
    assert interactions.binary().toarray().tolist() == [[1]]


def test_a_pair_given_twice_is_refused() -> None:
    table = make_interactions([[1, 2]], ["a", "b"]).to_table()
    with pytest.raises(ValueError, match="a user and item twice"):
        Interactions.from_table(pa.concat_tables([table, table]))


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_that_counts_nothing_is_refused(weight: float) -> None:
    table = make_interactions([[1]], ["a"]).to_table()
    place = table.column_names.index("weight")
    table = table.set_column(place, INTERACTIONS.field("weight"), pa.array([weight], pa.float32()))
    with pytest.raises(ValueError, match="not a positive number"):
        Interactions.from_table(table)


def keep(table: pa.Table) -> pa.Table:
    return table


def encode_ids(table: pa.Table) -> pa.Table:
    """In dictionaries in the order in which the ids come; one for each of two chunks."""
    half = len(table) // 2
    for name in ID_COLUMNS:
        chunks = [part.combine_chunks().dictionary_encode() for part in split(table[name], half)]
        column = pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def split(column: pa.ChunkedArray, row: int) -> list[pa.ChunkedArray]:
    return [column.slice(0, row), column.slice(row)]


def sort_ids(table: pa.Table) -> pa.Table:
    """In order of user, with sorted dictionaries that hold an id more."""
    table = table.sort_by(USER_ID)
    for name in ID_COLUMNS:
        ids = pa.array(sorted({*table[name].to_pylist(), "no line's"}))
        codes = pc.index_in(table[name].combine_chunks(), ids)
        column = pa.DictionaryArray.from_arrays(codes, ids)
        table = table.set_column(table.column_names.index(name), name, column)
    return table


MIXED = [sort_ids, encode_ids, keep, keep]
ENCODINGS = st.sampled_from([[sort_ids] * 4, [encode_ids] * 4, [keep] * 4, MIXED])


@settings(max_examples=300, deadline=None)
@given(LINES, st.integers(0, 3), st.integers(1, 4), ENCODINGS)
def test_a_window_in_parts_is_what_netting_and_counting_say(
    lines: list[Line], seed: int, parts: int, encodings: list[Callable[[pa.Table], pa.Table]]
) -> None:
    """With order ids and prices read for ties alone, and users and items dropped that have nothing left."""
    purchases = shuffle_rows(make_purchases(lines), seed)
    cuts = np.linspace(0, len(lines), parts + 1).astype(int)
    cut = [purchases.slice(first, stop - first) for first, stop in pairwise(cuts)]
    tables = [encode(table) for table, encode in zip(cut, encodings, strict=False)]
    purchases = pa.concat_tables([table.cast(purchases.schema) for table in tables])
    coded = code_lines([WindowPart(len(table), partial(table.select, LINE_COLUMNS)) for table in tables])
    net = net_lines(coded, lambda rows: purchases.take(pa.array(rows)).select(TIE_COLUMNS))
    expected = net_purchases(purchases)
    interactions = Interactions.from_lines(net)
    assert_same(interactions, count_slowly(expected))
    assert_same(interactions, Interactions.from_purchases(expected))
    left = np.sort(net.quantity[net.quantity > 0])
    assert left.tolist() == sorted(expected["quantity"].to_pylist())


def test_order_ids_are_read_for_ties_of_cancelled_pairs_alone() -> None:
    lines = [
        *[("b", "u", "i", 3.0, 1.0, 0), ("a", "u", "i", 1.0, 1.0, 0), ("c", "u", "i", -3.0, 1.0, 1)],
        *[("b", "u", "j", 3.0, 1.0, 0), ("a", "u", "j", 1.0, 1.0, 0)],
        *[("b", "v", "i", 3.0, 1.0, 0), ("a", "v", "i", 1.0, 1.0, 2), ("c", "v", "i", -1.0, 1.0, 3)],
    ]
    purchases = make_purchases(lines)
    asked: list[int] = []

    def read(rows: np.ndarray) -> pa.Table:
        asked.extend(rows.tolist())
        return purchases.take(pa.array(rows))

    net = net_lines(code_lines([WindowPart(len(purchases), lambda: purchases)]), read)
    assert sorted(asked) == [0, 1]
    assert net.quantity.tolist() == [0, 1, 0, 3, 1, 3, 0, 0]


@pytest.mark.parametrize("newest", [1, 2, 3, 99])
@pytest.mark.parametrize("seed", range(4))
def test_a_capped_history_holds_the_newest_items(seed: int, newest: int) -> None:
    interactions = Interactions.from_purchases(draw_purchases(seed, items=12))
    rows = interactions.to_table().to_pylist()
    kept = []
    for user in interactions.user_ids.to_pylist():
        history = [row for row in rows if row["user_id"] == user]
        history.sort(key=lambda row: (-row["occurred_at"].timestamp(), row["item_id"]))
        kept += sorted(history[:newest], key=lambda row: row["item_id"])
    capped = interactions.cap_history(newest)
    assert capped.to_table().to_pylist() == kept
    assert capped.user_ids.equals(interactions.user_ids)
    assert_same(capped, Interactions.from_table(capped.to_table()))
    if newest == 99:
        assert_same(capped, interactions)


def test_an_item_that_no_capped_history_holds_is_dropped() -> None:
    lines = [("a", "u", "old", 1, 1.0, 0), ("a", "u", "new", 1, 1.0, 1), ("a", "v", "new", 1, 1.0, 0)]
    capped = Interactions.from_purchases(make_purchases(lines)).cap_history(1)
    assert capped.item_ids.to_pylist() == ["new"]
    assert capped.user_items.toarray().tolist() == [[1], [1]]


def test_an_empty_window_and_a_cap_of_nothing() -> None:
    empty = Interactions.from_purchases(PURCHASES.empty_table())
    assert_same(empty.cap_history(1), empty)
    with pytest.raises(ValueError, match="at least one item"):
        empty.cap_history(0)
