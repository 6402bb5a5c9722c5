from __future__ import annotations

import struct

import numpy as np
import pytest

from include.kernels import ByteColumn, compose_rows


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
