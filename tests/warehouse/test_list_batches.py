"""Ranked rows as lists, against a grouping that is slow and obvious, in Python and in PostgreSQL."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import Engine, text

from include.columns import RECENT_ITEMS, USER_RECOMMENDATIONS
from include.errors import RejectedReleaseError
from include.tables import load_table
from include.warehouse.postgres.copy_format import ARRAYS
from include.warehouse.postgres.list_batches import gather_lists
from include.warehouse.postgres.load import copy_lists

TABLE = load_table("user_recommendations")
IDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
ENTRIES = st.lists(st.tuples(IDS, st.floats(width=32), st.none() | IDS), min_size=1, max_size=6)
LISTS = st.lists(st.tuples(IDS, ENTRIES), max_size=8, unique_by=lambda owned: owned[0])

Lists = list[tuple[str, list[tuple[str, float, str | None]]]]


def make_rows(lists: Lists) -> pa.RecordBatch:
    rows = [
        {"user_id": user, "rank": rank, "item_id": item, "score": score, "because_item_id": reason}
        for user, entries in lists
        for rank, (item, score, reason) in enumerate(entries, start=1)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=USER_RECOMMENDATIONS)


def cut(rows: pa.RecordBatch, places: list[int]) -> list[pa.RecordBatch]:
    """In batches, some of them empty, that end at these places."""
    ends = [*sorted(min(place, rows.num_rows) for place in places), rows.num_rows]
    return [rows.slice(start, end - start) for start, end in zip([0, *ends], ends, strict=False)]


def read(batches: list[pa.RecordBatch]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (batch.owners["user_id"][place].as_py(), batch.entries.slice(first, end - first).to_pylist())
        for batch in gather_lists(batches, TABLE, "these rows")
        for place, (first, end) in enumerate(zip(batch.bounds, batch.bounds[1:], strict=False))
    ]


def gather_slowly(rows: pa.RecordBatch) -> list[tuple[str, list[dict[str, Any]]]]:
    listed = ("item_id", "score", "because_item_id")
    return [
        (user, [{name: row[name] for name in listed} for row in group])
        for user, group in groupby(rows.to_pylist(), key=lambda row: row["user_id"])
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LISTS, st.lists(st.integers(0, 48), max_size=6))
def test_lists_are_carried_over_from_batch_to_batch(lists: Lists, places: list[int]) -> None:
    rows = make_rows(lists)
    assert repr(read(cut(rows, places))) == repr(gather_slowly(rows))


@pytest.mark.integration
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(LISTS, st.lists(st.integers(0, 48), max_size=6))
def test_lists_arrive_as_they_were(warehouse: Engine, lists: Lists, places: list[int]) -> None:
    rows = make_rows(lists)
    reader = pa.RecordBatchReader.from_batches(rows.schema, cut(rows, places))
    with warehouse.begin() as connection:
        columns = 'user_id text, item_id text[] COLLATE "C", score real[], because_item_id text[]'
        connection.execute(text(f"CREATE TEMP TABLE stored ({columns}) ON COMMIT DROP"))
        table = sql.Identifier("pg_temp", "stored")
        assert copy_lists(connection, table, reader, TABLE, "these rows") == rows.num_rows
        found = connection.execute(text("SELECT * FROM stored")).all()
    stored = [
        (
            user,
            [
                dict(zip(("item_id", "score", "because_item_id"), entry, strict=True))
                for entry in zip(*arrays, strict=True)
            ],
        )
        for user, *arrays in found
    ]
    expected = gather_slowly(rows)
    # A real comes back by its shortest decimals.
    for _, entries in stored:
        for entry in entries:
            entry["score"] = pa.scalar(entry["score"], pa.float32()).as_py()
    assert repr(sorted(stored, key=repr)) == repr(sorted(expected, key=repr))


def test_an_owner_that_comes_again_has_two_lists() -> None:
    entry = [("P1", 1.0, None)]
    again = [*cut(make_rows([("A", entry)]), []), *cut(make_rows([("A", entry * 2)]), [])]
    assert [(user, len(entries)) for user, entries in read(again)] == [("A", 1), ("A", 2)]


@pytest.mark.parametrize("places", [[], [1], [2], [3], [1, 2, 3, 4]])
@pytest.mark.parametrize(
    ("ranks", "row"), [([2, 1, 2, 1, 2], 1), ([1, 3, 1, 2, 1], 2), ([1, 2, 1, 1, 3], 5), ([1, 2, 2, 1, 2], 3)]
)
def test_ranks_with_gaps(ranks: list[int], row: int, places: list[int]) -> None:
    """The user's id is said of no row, for users are persons."""
    rows = make_rows([("A", [("P1", 1.0, None)] * 2), ("B", [("P1", 1.0, None)] * 3)])
    rows = rows.set_column(1, "rank", pa.array(ranks, pa.int32()))
    with pytest.raises(
        RejectedReleaseError, match=rf"these rows has lists .*row {row} has rank {ranks[row - 1]},"
    ):
        read(cut(rows, places))


def test_a_list_in_pieces() -> None:
    rows = make_rows([("A", [("P1", 1.0, None)] * 2), ("B", [("P1", 1.0, None)])])
    with pytest.raises(RejectedReleaseError, match=r"row 3 has rank 2, which does not follow") as caught:
        read([rows.take(pa.array([0, 2, 1]))])
    assert "'A'" not in str(caught.value)


def test_an_item_is_named() -> None:
    similar = load_table("item_similarities")
    rows = pa.record_batch(
        {
            "item_id": pa.array(["P1", "P2"]),
            "rank": pa.array([1, 2], pa.int32()),
            "similar_item_id": pa.array(["P3", "P3"]),
            "score": pa.array([1.0, 1.0], pa.float32()),
            "co_buyers": pa.array([1, 1], pa.int32()),
        }
    )
    with pytest.raises(
        RejectedReleaseError, match=r"item_similarities \(als\) has lists .*row 2 of item_id 'P2'"
    ):
        list(gather_lists([rows], similar, "item_similarities (als)"))


def test_an_owner_of_two_columns() -> None:
    rows = [("A", "view", 1), ("A", "view", 2), ("A", "purchase", 1), ("B", "purchase", 1)]
    batch = pa.RecordBatch.from_pylist(
        [
            {"user_id": u, "event_type": e, "rank": r, "item_id": "P1", "occurred_at": None}
            for u, e, r in rows
        ],
        schema=RECENT_ITEMS,
    )
    (lists,) = [
        pa.concat_batches(
            [found.owners for found in gather_lists([batch], load_table("recent_items"), "rows")]
        )
    ]
    assert [tuple(row.values()) for row in lists.to_pylist()] == [
        ("A", "view"),
        ("A", "purchase"),
        ("B", "purchase"),
    ]


@pytest.mark.integration
def test_the_types_of_arrays_are_those_of_the_server(warehouse: Engine) -> None:
    known = {"bool": pa.bool_(), "int4": pa.int32(), "int8": pa.int64(), "text": pa.string()}
    known |= {"float4": pa.float32(), "float8": pa.float64(), "timestamptz": RECENT_ITEMS.field(4).type}
    with warehouse.connect() as connection:
        for name, kind in known.items():
            number = connection.execute(text(f"SELECT '{name}[]'::regtype::oid::int")).scalar_one()
            assert ARRAYS[kind] == number
    assert set(ARRAYS) == set(known.values())
