"""From Arrow columns of ids to integer codes and back, in one order for everybody: by code point."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.id_codes import merge_ids, split_codes
from include.errors import RefusedInputError


def conform_table(table: pa.Table, schema: pa.Schema, what: str, encoded: Collection[str] = ()) -> pa.Table:
    """The columns of `schema` in its order and types; those of `encoded` may stay in dictionaries.

    Raises ValueError when a column is missing or its values do not fit the type.
    """
    if missing := [name for name in schema.names if name not in table.column_names]:
        raise ValueError(f"The {what} lack the column {', '.join(missing)}.")
    fields = [
        pa.field(field.name, pa.dictionary(pa.int32(), field.type))
        if field.name in encoded and _is_encoded(table[field.name])
        else field
        for field in schema
    ]
    try:
        return table.select(schema.names).cast(pa.schema(fields))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"The {what} do not have the types of their schema: {reason}.") from None


def _is_encoded(column: pa.ChunkedArray) -> bool:
    """Whether it is in dictionaries without nulls, which the column's own count of nulls leaves out."""
    is_dictionary = pa.types.is_dictionary(column.type)
    return is_dictionary and not any(chunk.dictionary.null_count for chunk in column.chunks)


def reject_nulls(table: pa.Table, columns: list[str], what: str) -> None:
    """Raises ValueError when one of the columns holds a null."""
    for name in columns:
        if nulls := table[name].null_count:
            raise ValueError(f"The {what} have {nulls} rows without {name}; validate them first.")


def encode_ids(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """Code each id by its index among the sorted distinct ids.

    Returns codes (n,) and ids (m,) such that ids[codes[r]] is row r's id; every id has a row. The column is
    of pa.string(), or of dictionaries of it, and must hold no null.
    """
    numbers, known = split_codes(column)
    [codes], ids = merge_ids([known])
    return drop_unused(codes[numbers.to_numpy()], ids)


def drop_unused(codes: NDArray[np.int32], ids: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """The codes (n,) among those ids alone that have a row, and these; the order stays."""
    used = np.zeros(len(ids), np.bool_)
    used[codes] = True
    if used.all():
        return codes, ids
    return (np.cumsum(used, dtype=np.int32) - np.int32(1))[codes], ids.filter(pa.array(used))


def find_ids(column: pa.ChunkedArray, ids: pa.StringArray, what: str) -> NDArray[np.int64]:
    """The index in `ids` of each id of a column (n,), which may be in dictionaries without nulls.

    Raises RefusedInputError where one is not there, a dictionary's own included.
    """
    if pa.types.is_dictionary(column.type) and not column.null_count:
        codes = [np.empty(0, np.int64)]
        for chunk in column.chunks:
            code_of = find_ids(pa.chunked_array([chunk.dictionary]), ids, what)
            codes.append(code_of[chunk.indices.to_numpy(zero_copy_only=False)])
        return np.concatenate(codes)
    column = column.cast(pa.string())
    found = pc.index_in(column, value_set=ids)
    if found.null_count:
        stranger = column.filter(pc.is_null(found))[0].as_py()
        raise RefusedInputError(f"The {what} hold the id {stranger!r}, which is not in the window.")
    return found.to_numpy().astype(np.int64)


def take_ids(ids: pa.StringArray, codes: NDArray[np.integer]) -> pa.StringArray:
    """The ids (n,) of codes (n,); null where the code is negative."""
    if len(codes) and codes.min() < 0:
        return ids.take(pa.array(codes, mask=codes < 0))
    return ids.take(pa.array(codes))
