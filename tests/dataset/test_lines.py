from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.columns import ID_COLUMNS, LINE_COLUMNS, USER_ID
from include.dataset.grouping import split_keys
from include.dataset.lines import CodedLines, WindowPart, code_lines
from tests.purchases import draw_purchases


def encode_sorted(table: pa.Table) -> pa.Table:
    """As a day's Arrow file has it: in order of user, ids in one sorted dictionary each."""
    table = table.select(LINE_COLUMNS).sort_by(USER_ID)
    for name in ID_COLUMNS:
        ids = pa.array(sorted(set(table[name].to_pylist())), pa.string())
        codes = pc.index_in(table[name].combine_chunks(), ids)
        column = pa.DictionaryArray.from_arrays(codes, ids)
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def encode_chunks(table: pa.Table) -> pa.Table:
    """Two chunks, with a dictionary of its own each, in order of the rows."""
    halves = [table.slice(0, len(table) // 2), table.slice(len(table) // 2)]
    for name in ID_COLUMNS:
        halves = [
            half.set_column(half.column_names.index(name), name, half[name].dictionary_encode())
            for half in halves
        ]
    return pa.concat_tables(halves)


def code_slowly(tables: list[pa.Table]) -> list[tuple]:
    rows = [row for table in tables for row in table.select(LINE_COLUMNS).to_pylist()]
    lines = [(row["user_id"], row["item_id"], number) for number, row in enumerate(rows)]
    return [(*line, rows[line[2]]["quantity"], rows[line[2]]["purchased_at"]) for line in sorted(lines)]


def list_lines(lines: CodedLines) -> list[tuple]:
    items, rows = split_keys(lines.keys)
    users = np.repeat(np.arange(len(lines.user_ids)), np.diff(lines.starts))
    times = pa.array(lines.timestamps[rows]).cast(pa.timestamp("us", tz="UTC"))
    columns = (lines.user_ids.take(pa.array(users)), lines.item_ids.take(pa.array(items)), pa.array(rows))
    every = [column.to_pylist() for column in (*columns, pa.array(lines.quantity[rows]), times)]
    return list(zip(*every, strict=True))


def make_part(table: pa.Table) -> WindowPart:
    return WindowPart(len(table), partial(table.select, LINE_COLUMNS))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.integers(0, 30), st.sampled_from([None, encode_sorted, encode_chunks])
        ),
        max_size=5,
    )
)
def test_lines_are_those_of_the_parts(kinds: list[tuple]) -> None:
    tables = [draw_purchases(seed, lines=count) for seed, count, _ in kinds]
    tables = [encode(table) if encode else table for table, (*_, encode) in zip(tables, kinds, strict=True)]
    lines = code_lines([make_part(table) for table in tables])
    assert list_lines(lines) == code_slowly(tables)
    assert lines.user_ids.to_pylist() == sorted({row[0] for row in code_slowly(tables)})
    assert lines.item_ids.to_pylist() == sorted({row[1] for row in code_slowly(tables)})


def test_no_parts() -> None:
    lines = code_lines([])
    assert (len(lines.keys), lines.starts.tolist(), lines.user_ids.to_pylist()) == (0, [0], [])


def test_a_day_without_lines_does_not_hinder() -> None:
    table = encode_sorted(draw_purchases(0))
    no_chunks = pa.table([pa.chunked_array([], field.type) for field in table.schema], table.schema)
    closed = [table.slice(0, 0), table.schema.empty_table(), no_chunks]
    lines = code_lines([make_part(part) for part in (*closed, table)])
    assert list_lines(lines) == code_slowly([table])
    assert len(lines.keys) > 0


@pytest.mark.parametrize("name", LINE_COLUMNS)
def test_a_null_is_refused(name: str) -> None:
    table = draw_purchases(0)
    index = table.column_names.index(name)
    broken = table.set_column(index, name, pa.nulls(len(table), table.schema.field(name).type))
    with pytest.raises(ValueError, match=f"The purchases have 60 rows without {name}"):
        code_lines([make_part(table), make_part(broken)])
