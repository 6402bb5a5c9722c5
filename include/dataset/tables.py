"""From Arrow columns of ids to integer codes and back, in one order for everybody: by code point."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.id_codes import IdCoder
from include.kernels.compiling import compile_kernel
from include.kernels.threads import run_slices


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
    """Code each id by its place among the sorted distinct ids.

    Returns codes (n,) and ids (m,) such that ids[codes[r]] is row r's id. The order is by code point,
    which is also the order of UTF-8 bytes, of Python's `sorted` and of PostgreSQL's collation "C".
    The column is of pa.string(), or of dictionaries of it, and must hold no null.
    """
    coder, numbers = IdCoder(), np.empty(len(column), np.int32)
    coder.number_ids(column, numbers)
    place, ids = coder.sort_ids()
    return drop_unused(place[numbers], ids)


def drop_unused(codes: NDArray[np.int32], ids: pa.StringArray) -> tuple[NDArray[np.int32], pa.StringArray]:
    """The codes (n,) among those ids alone that have a row, and these; the order stays."""
    used = np.zeros(len(ids), np.bool_)
    run_slices(lambda rows: _mark_used(codes[rows], used), len(codes))
    if used.all():
        return codes, ids
    places, left = np.cumsum(used, dtype=np.int32) - np.int32(1), np.empty(len(codes), np.int32)
    run_slices(lambda rows: look_up_places(codes[rows], places, left[rows]), len(codes))
    return left, ids.filter(pa.array(used))


@compile_kernel
def _mark_used(codes: NDArray[np.int32], used: NDArray[np.bool_]) -> None:
    for code in codes:
        used[code] = True


@compile_kernel
def look_up_places(codes: NDArray[np.int32], places: NDArray[np.int32], found: NDArray[np.int32]) -> None:
    """Write to found (n,) the place of each code (n,); it may be the same array."""
    for row in range(len(codes)):
        found[row] = places[codes[row]]


def find_ids(column: pa.ChunkedArray, ids: pa.StringArray, what: str) -> NDArray[np.int64]:
    """The place of each id of a column (n,) in `ids`.

    Raises ValueError when one is not there.
    """
    found = pc.index_in(column, value_set=ids)
    if found.null_count:
        stranger = column.filter(pc.is_null(found))[0].as_py()
        raise ValueError(f"The {what} hold the id {stranger!r}, which is not in the window.")
    return found.to_numpy().astype(np.int64)


def take_ids(ids: pa.StringArray, codes: NDArray[np.integer]) -> pa.StringArray:
    """The ids (n,) of codes (n,); null where the code is negative."""
    if len(codes) and codes.min() < 0:
        return ids.take(pa.array(codes, mask=codes < 0))
    return ids.take(pa.array(codes))


def mark_starts(*keys: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True (n,) on the first row of each run of equal keys; the rows must be sorted by them."""
    starts = np.zeros(len(keys[0]), np.bool_)
    if len(starts):
        starts[0] = True
        for key in keys:
            starts[1:] |= key[1:] != key[:-1]
    return starts


def number_rows(starts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """0, 1, 2 … (n,) within each run, from the marks of `mark_starts`."""
    first = np.flatnonzero(starts)
    return np.arange(len(starts)) - np.repeat(first, np.diff(first, append=len(starts)))
