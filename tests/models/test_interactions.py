from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from include.models.columns import INTERACTIONS, PURCHASES
from include.models.interactions import Interactions
from tests.models.purchases import START, draw_purchases, make_interactions, make_purchases, shuffle_rows


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


@pytest.mark.parametrize("lines", [0, 1, 60])
def test_goes_through_parquet_and_back(lines: int) -> None:
    interactions = Interactions.from_purchases(draw_purchases(1, lines=lines))
    sink = pa.BufferOutputStream()
    pq.write_table(interactions.to_table(), sink)
    read = pq.read_table(pa.BufferReader(sink.getvalue()))
    assert_same(Interactions.from_table(read), interactions)
    assert_same(Interactions.from_table(shuffle_rows(read)), interactions)


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


@pytest.mark.parametrize("newest", [1, 2, 3, 100])
@pytest.mark.parametrize("seed", range(3))
def test_a_capped_basket_is_the_newest_items(seed: int, newest: int) -> None:
    interactions = Interactions.from_purchases(draw_purchases(seed))
    rows = interactions.to_table().to_pylist()
    rows.sort(key=lambda row: row["item_id"])
    rows.sort(key=lambda row: row["occurred_at"], reverse=True)
    left: dict[str, int] = {}
    kept = []
    for row in rows:
        left[row["user_id"]] = left.get(row["user_id"], newest) - 1
        if left[row["user_id"]] >= 0:
            kept.append(row)
    expected = Interactions.from_table(pa.Table.from_pylist(kept, schema=INTERACTIONS))
    capped = interactions.cap_baskets(newest)
    assert_same(capped, expected)
    shuffled = Interactions.from_table(shuffle_rows(interactions.to_table(), seed))
    assert_same(shuffled.cap_baskets(newest), expected)


def test_nobody_s_basket_is_capped_and_none_is_capped_to_nothing() -> None:
    empty = make_interactions([], [])
    assert_same(empty.cap_baskets(3), empty)
    with pytest.raises(ValueError, match="to 1 item at least, not to 0"):
        empty.cap_baskets(0)


def test_columns_are_selected_by_id() -> None:
    interactions = make_interactions([[1, 0, 2], [0, 3, 0]], ["a", "b", "c"])
    assert interactions.select_items(pa.array(["c", "a"])).toarray().tolist() == [[2, 1], [0, 0]]
    with pytest.raises(ValueError, match="'z', which is not in the window"):
        interactions.select_items(pa.array(["z"]))
