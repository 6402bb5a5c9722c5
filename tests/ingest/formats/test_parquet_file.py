"""Parquet of any type and size, whole and damaged."""

from __future__ import annotations

import decimal
import io
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import RejectedDayError
from include.ingest.formats.parsing import ParsedFile, parse_file
from include.ingest.limits import SizeLimits
from include.memory import MB
from include.settings import Feed
from tests.conftest import SHARED_DATA
from tests.ingest.formats.parsed import LIMITS, SECRET, refuse

CASES = SHARED_DATA.parent / "cases"


def write(table: pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def read(content: bytes, limits: SizeLimits = LIMITS) -> ParsedFile:
    return parse_file("a.parquet", content, Feed(), limits)


def refuse_parquet(content: bytes, limits: SizeLimits = LIMITS) -> str:
    return refuse(content, name="a.parquet", limits=limits)


UUID = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.mark.parametrize(
    ("column", "kind", "first"),
    [
        (pa.array(["web", "app"]).dictionary_encode(), pa.string(), "web"),
        (pa.array(["a", "b"], pa.string_view()), pa.large_string(), "a"),
        (pa.array([b"a", b"b"], pa.binary_view()), pa.large_binary(), b"a"),
        (pa.array([["a"], None], pa.list_(pa.string_view())), pa.large_string(), '["a"]'),
        (pa.array([{"a": "x", "b": b"\xff"}, None]), pa.large_string(), '{"a": "x", "b": "ff"}'),
        (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())), pa.large_string(), '[["k", 1]]'),
        (pa.array([[1, 2], [3, 4]], pa.list_(pa.int32(), 2)), pa.large_string(), "[1, 2]"),
        (
            pa.ExtensionArray.from_storage(pa.uuid(), pa.array([UUID, None], pa.binary(16))),
            pa.large_string(),
            "00112233-4455-6677-8899-aabbccddeeff",
        ),
        (
            pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None])),
            pa.string(),
            '{"a": 1}',
        ),
        (pa.array([1, 0], pa.int8()).cast(pa.bool8()), pa.int8(), 1),
        (pa.array([1.5, None], pa.float16()), pa.float32(), 1.5),
        (pa.array([decimal.Decimal("1.20"), None]), pa.decimal128(3, 2), decimal.Decimal("1.20")),
        (pa.array([1, 2], pa.duration("s")), pa.duration("s"), None),
        (pa.array([1, 2], pa.time64("us")), pa.time64("us"), None),
        (pa.array([1, 2], pa.timestamp("us")), pa.timestamp("us"), None),
        (pa.array([1, 2], pa.timestamp("us", "Asia/Seoul")), pa.timestamp("us", "Asia/Seoul"), None),
        (pa.nulls(2), pa.large_string(), None),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_every_type_becomes_one_that_arrow_works_on(column: pa.Array, kind: pa.DataType, first: Any) -> None:
    rows = pa.table({"x": column, "n": [1, 2]})
    table = read(write(rows)).table
    assert table.schema.field("x").type == kind
    assert first is None or table.column("x")[0].as_py() == first
    assert table.take([1, 0]).filter(pa.array([True, False])).num_rows == 1
    assert table.group_by("x").aggregate([("n", "sum")]).num_rows in (1, 2)
    assert len(table.column("x").cast(pa.large_string())) == 2
    assert read(write(rows.slice(0, 0))).table.schema.field("x").type == kind


def test_dictionaries_may_differ_between_row_groups() -> None:
    stream = io.BytesIO()
    groups = [pa.table({"x": pa.array(values).dictionary_encode()}) for values in (["a", "b"], ["c", None])]
    with pq.ParquetWriter(stream, groups[0].schema) as writer:
        for group in groups:
            writer.write_table(group)
    assert read(stream.getvalue()).table.column("x").to_pylist() == ["a", "b", "c", None]


def test_int96_is_an_instant() -> None:
    times = [datetime(2026, 3, 10, 5), datetime(9999, 12, 31)]  # the second is beyond nanoseconds
    rows = pa.table({"tags": [["a"], []], "at": pa.array(times, pa.timestamp("us")), "n": [1, 2]})
    column = read(write(rows, use_deprecated_int96_timestamps=True)).table.column("at")
    assert column.type == pa.timestamp("us", "UTC")
    assert column.to_pylist() == [time.replace(tzinfo=UTC) for time in times]


@pytest.mark.parametrize(
    "name", ["category_columns", "int96", "nested_views", "uuid_column", "big_float_ids"]
)
def test_the_collected_cases_are_read(name: str) -> None:
    files = list((CASES / name).glob("landing/**/*.parquet"))
    if not files:
        pytest.skip(f"the case {name} is not beside the shared data")
    for file in files:
        assert read(file.read_bytes()).table.num_rows == 1


def test_columns_of_the_same_name_and_none_at_all() -> None:
    assert read(write(pa.table([[1], [2]], names=["a", "a"]))).table.column_names == ["a", "a"]
    assert read(write(pa.table({"a": [1, 2]}).select([]))).table.column_names == []


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_checksums_are_found(codec: str, version: str) -> None:
    rows = pa.table({"a": [f"a{n % 9}" for n in range(5_000)], "b": range(5_000), "c": [[1, 2]] * 5_000})
    for has_checksums in (True, False):
        content = write(
            rows,
            compression=codec,
            data_page_version=version,
            write_page_checksum=has_checksums,
            data_page_size=1_000,
            row_group_size=2_000,
        )
        parsed = read(content)
        assert parsed.has_checksums is has_checksums
        assert parsed.table.column("a").equals(rows.column("a"))


def test_a_bit_that_flipped_is_noticed_by_its_checksum() -> None:
    content = bytearray(write(pa.table({"a": range(500)}), write_page_checksum=True, compression="none"))
    content[2_000] ^= 1
    assert "does not have its checksum" in refuse_parquet(bytes(content))


def test_flipped_bits_end_in_a_table_or_a_sentence() -> None:
    rows = pa.table(
        {
            "a": [f"a{n}" for n in range(99)],
            "b": [["x", "y"]] * 99,
            "c": pa.array(range(99), pa.timestamp("us")),
            "d": np.linspace(0, 1, 99),
        }
    )
    chance = random.Random(7)
    refused = 0
    for options in ({}, {"write_page_checksum": True, "compression": "zstd"}, {"use_dictionary": False}):
        whole = write(rows, **options)
        for _ in range(400):
            content = bytearray(whole)
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            try:
                assert read(bytes(content)).table.num_columns <= 4
            except RejectedDayError as error:
                refused += 1
                assert str(error).isprintable()
    assert refused > 400


def test_statistics_that_contradict_themselves_do_not_end_the_process() -> None:
    """pyarrow 26 ends it when asked for the metadata of such a column chunk."""
    whole = write(pa.table({"a": [["x", "y"]] * 99}))
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in range(footer, len(whole) - 8):
        for bit in range(8):
            content = bytearray(whole)
            content[place] ^= 1 << bit
            try:
                read(bytes(content))
            except RejectedDayError as error:
                assert str(error).startswith("file a.parquet ")


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1PAR1", b"PAR1" + b"\xff" * 40 + b"PAR1", b"a,b\n1,2\n"]
)
def test_what_is_no_parquet(content: bytes) -> None:
    assert "a.parquet is not readable as Parquet" in refuse_parquet(content)


def test_many_rows_by_run_lengths_are_refused_by_the_footer() -> None:
    stream = io.BytesIO()
    rows = pa.table({"a": np.zeros(1_000_000, np.int64), "b": ["x"] * 1_000_000})
    with pq.ParquetWriter(stream, rows.schema) as writer:
        for _ in range(3):
            writer.write_table(rows)
    message = refuse_parquet(stream.getvalue())
    assert "more than 1,000,000 lines, and limits.day_rows is 1,000,000" in message
    assert read(write(rows)).table.num_rows == 1_000_000


def repeat_text(length: int, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array([0] * times, pa.int32()), pa.array([SECRET + "x" * length])
    )


def test_a_long_value_is_named_by_its_place() -> None:
    rows = pa.table({"n": range(3), "a": ["x", "y", SECRET + "z" * 2 * MB]})
    message = refuse_parquet(write(rows))
    assert (
        "a.parquet, row 3: the value in column 2 has 2,097,169 bytes, and limits.value_kb is 1,024" in message
    )
    assert SECRET not in message
    assert "limits.value_kb" in refuse_parquet(write(pa.table({"a": repeat_text(100 * MB, 50)})))


def test_few_bytes_that_stand_for_many_texts() -> None:
    limits = replace(LIMITS, unpacked_bytes=64 * MB)
    for options in ({}, {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}}):
        content = write(pa.table({"a": repeat_text(500_000, 300).cast(pa.string())}), **options)
        assert len(content) < MB
        assert "takes more than 128 MB in memory, twice limits.unpacked_mb" in refuse_parquet(content, limits)
        assert read(content, replace(limits, unpacked_bytes=96 * MB)).table.num_rows == 300


@pytest.mark.parametrize("element", [pa.int8(), pa.string()])
def test_a_list_of_millions(element: pa.DataType) -> None:
    values = pa.array(np.zeros(6_000_000, np.int8)).cast(element)
    content = write(pa.table({"a": pa.ListArray.from_arrays(pa.array([0, 6_000_000], pa.int32()), values)}))
    assert len(content) < MB
    assert "limits.unpacked_mb" in refuse_parquet(content)


def test_too_many_columns_and_too_deep_ones() -> None:
    assert "101 columns, and limits.columns is 100" in refuse_parquet(
        write(pa.table({f"c{n}": [1] for n in range(101)}))
    )
    kind, value = pa.int32(), 1
    for _ in range(60):
        kind, value = pa.list_(kind), [value]  # type: ignore[list-item, assignment]
    assert "not readable as Parquet" in refuse_parquet(write(pa.table({"a": pa.array([value], kind)})))


def test_text_that_is_not_utf8_is_named() -> None:
    assert "not UTF-8" in refuse_parquet(write(pa.table({"a": pa.array([b"caf\xe9"]).view(pa.string())})))


def test_a_packed_parquet_file_is_read(tmp_path: Path) -> None:
    content = pa.compress(write(pa.table({"a": [1]})), "gzip", asbytes=True)
    assert parse_file("a.parquet.gz", content, Feed(), LIMITS).table.num_rows == 1
