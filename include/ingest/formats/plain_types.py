"""Arrow columns of any type as columns of types that take, filter, cast and group_by work on."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def make_plain(column: pa.Array) -> pa.Array:
    """The same values: of dictionaries, views, extensions and run lengths what they stand for.

    UUIDs become their usual text; nested values become JSON, as those of JSON lines; columns without any
    value and intervals become text.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return _map_values(column.storage, lambda value: str(uuid.UUID(bytes=value)))
        return make_plain(column.storage)
    if pa.types.is_dictionary(kind):
        return make_plain(column.dictionary_decode())
    if pa.types.is_run_end_encoded(kind):
        return make_plain(pc.run_end_decode(column))
    if pa.types.is_nested(kind):
        return _map_values(column, lambda value: json.dumps(value, ensure_ascii=False, default=_write))
    if pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    if pa.types.is_interval(kind):
        return _map_values(column, str)
    return column


def count_leaves(kind: pa.DataType) -> int:
    """How many columns of a Parquet file hold a column of that type."""
    if isinstance(kind, pa.BaseExtensionType):
        return count_leaves(kind.storage_type)
    if pa.types.is_nested(kind) and not pa.types.is_run_end_encoded(kind):
        return sum(count_leaves(kind.field(place).type) for place in range(kind.num_fields))
    return 1


def _map_values(column: pa.Array, write: Any) -> pa.Array:
    values = (None if value is None else write(value) for value in column.to_pylist())
    return pa.array(values, pa.large_string())


def _write(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return str(value)
