"""The binary rows of COPY, against a composer that is slow and obvious."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from include.columns import RELEASE_TABLES
from include.warehouse.postgres.copy_format import TYPES, compose_batch

Y2K = datetime(2000, 1, 1, tzinfo=UTC)
MOMENT = pa.timestamp("us", tz="UTC")


def pack(kind: pa.DataType, value: Any) -> bytes:
    if value is None:
        return struct.pack(">i", -1)
    if kind == pa.string():
        content = value.encode()
    elif kind == MOMENT:
        since = value - Y2K
        content = struct.pack(">q", (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
    else:
        formats = {pa.bool_(): "?", pa.int32(): "i", pa.int64(): "q", pa.float32(): "f", pa.float64(): "d"}
        content = struct.pack(">" + formats[kind], value)
    return struct.pack(">i", len(content)) + content


def compose_slowly(batch: pa.RecordBatch) -> bytes:
    columns = [(column.type, column.to_pylist()) for column in batch.columns]
    return b"".join(
        struct.pack(">h", len(columns)) + b"".join(pack(kind, values[row]) for kind, values in columns)
        for row in range(batch.num_rows)
    )


def odd_batch() -> pa.RecordBatch:
    return pa.record_batch(
        {
            "text": pa.array(["", None, "단골 🛒", "a" * 300, "\\N", "x"]),
            "none": pa.array([None] * 6, pa.string()),
            "small": pa.array([1, -1, None, 2**31 - 1, -(2**31), 0], pa.int32()),
            "large": pa.array([1, -1, None, 2**63 - 1, -(2**63), 0], pa.int64()),
            "real": pa.array([0.1, math.nan, math.inf, -math.inf, None, -0.0], pa.float32()),
            "double": pa.array([0.1, None, math.inf, -math.inf, 5e-324, -0.0]),
            "flag": pa.array([True, False, None, True, False, True]),
            "moment": pa.array([Y2K, None, datetime(1969, 1, 1, tzinfo=UTC), Y2K, Y2K, Y2K], MOMENT),
        }
    )


@pytest.mark.parametrize(("start", "length"), [(0, 6), (0, 0), (1, 1), (2, 4), (5, 1)])
def test_rows_are_composed_as_the_format_says(start: int, length: int) -> None:
    batch = odd_batch().slice(start, length)
    assert compose_batch(batch).tobytes() == compose_slowly(batch)


def test_what_stands_under_a_null_is_not_sent() -> None:
    buffers = [pa.py_buffer(b"\x01"), pa.py_buffer(struct.pack("=iii", 0, 1, 6)), pa.py_buffer(b"ahidden")]
    batch = pa.record_batch({"text": pa.Array.from_buffers(pa.string(), 2, buffers)})
    assert batch["text"].to_pylist() == ["a", None]
    assert compose_batch(batch).tobytes() == compose_slowly(batch)


@pytest.mark.integration
def test_the_types_are_those_of_the_server(warehouse: Engine) -> None:
    known = {"bool": pa.bool_(), "int4": pa.int32(), "int8": pa.int64(), "text": pa.string()}
    known |= {"float4": pa.float32(), "float8": pa.float64(), "timestamptz": MOMENT}
    with warehouse.connect() as connection:
        for name, kind in known.items():
            number = connection.execute(text(f"SELECT '{name}'::regtype::oid::int")).scalar_one()
            assert TYPES[kind] == number
    assert set(TYPES) == set(known.values())


def test_every_published_column_can_be_sent() -> None:
    assert {field.type for schema in RELEASE_TABLES.values() for field in schema} <= set(TYPES)
