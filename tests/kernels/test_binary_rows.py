from __future__ import annotations

import itertools
import struct

import numpy as np
import pytest

from include.kernels import ByteColumn, compose_lists, compose_rows


def draw_column(rng: np.random.Generator, rows: int) -> ByteColumn:
    """With bytes before and after its values, and under those that are not valid."""
    bounds = 3 + np.append(0, np.cumsum(rng.integers(0, 300, rows))).astype(np.int32)
    content = rng.integers(0, 256, bounds[-1] + 5).astype(np.uint8)
    return ByteColumn(content, bounds, rng.random(rows) < 0.7)


def compose_slowly(columns: list[ByteColumn], rows: int) -> bytes:
    out = b""
    for row in range(rows):
        out += struct.pack(">h", len(columns))
        for content, bounds, valid in columns:
            value = content[bounds[row] : bounds[row + 1]].tobytes()
            out += struct.pack(">i", len(value)) + value if valid[row] else struct.pack(">i", -1)
    return out


@pytest.mark.parametrize("rows", [0, 1, 40])
@pytest.mark.parametrize("count", [0, 1, 3, 300])
def test_each_row_and_value_has_its_size_before_it(count: int, rows: int) -> None:
    rng = np.random.default_rng(rows)
    columns = [draw_column(rng, rows) for _ in range(count)]
    assert compose_rows(columns, rows).tobytes() == compose_slowly(columns, rows)


def test_the_columns_stay_as_they_were() -> None:
    column = draw_column(np.random.default_rng(1), 9)
    before = [array.copy() for array in column]
    compose_rows([column, column], 9)
    assert all((array == former).all() for array, former in zip(column, before, strict=True))


def compose_lists_slowly(
    owners: list[ByteColumn], entries: list[tuple[int, ByteColumn]], bounds: np.ndarray
) -> bytes:
    def put(column: ByteColumn, row: int) -> bytes:
        value = column.content[column.bounds[row] : column.bounds[row + 1]].tobytes()
        return struct.pack(">i", len(value)) + value if column.valid[row] else struct.pack(">i", -1)

    out = b""
    for place, (first, end) in enumerate(itertools.pairwise(bounds)):
        out += struct.pack(">h", len(owners) + len(entries))
        out += b"".join(put(column, place) for column in owners)
        for kind, column in entries:
            has_null = not column.valid[first:end].all()
            array = struct.pack(">iiIii", 1, has_null, kind, end - first, 1)
            array += b"".join(put(column, row) for row in range(first, end))
            out += struct.pack(">i", len(array)) + array
    return out


@pytest.mark.parametrize("lengths", [[], [1], [1, 1, 5], [40, 2, 1, 300]])
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_is_a_row_of_arrays(lengths: list[int], count: int) -> None:
    rng = np.random.default_rng(len(lengths))
    bounds = np.append(0, np.cumsum(np.array(lengths, np.int64)))
    owners = [draw_column(rng, len(lengths)) for _ in range(count)]
    entries = [(25 + place, draw_column(rng, sum(lengths))) for place in range(count)]
    assert compose_lists(owners, entries, bounds).tobytes() == compose_lists_slowly(owners, entries, bounds)
