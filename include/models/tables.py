"""From Arrow columns of ids to integer codes and back, in one order for everybody: by code point."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def conform_table(table: pa.Table, schema: pa.Schema, what: str) -> pa.Table:
    """The columns of `schema` in its order and types.

    Raises ValueError when a column is missing or its values do not fit the type.
    """
    if missing := [name for name in schema.names if name not in table.column_names]:
        raise ValueError(f"The {what} lack the column {', '.join(missing)}.")
    try:
        return table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"The {what} do not have the types of their schema: {reason}.") from None


def reject_nulls(table: pa.Table, columns: list[str], what: str) -> None:
    """Raises ValueError when one of the columns holds a null."""
    for name in columns:
        if nulls := table[name].null_count:
            raise ValueError(f"The {what} have {nulls} rows without {name}; validate them first.")


def encode_ids(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.StringArray]:
    """Code each id by its place among the sorted distinct ids.

    Returns codes (n,) and ids (m,) such that ids[codes[r]] is row r's id. The order is by code point,
    which is also the order of UTF-8 bytes, of Python's `sorted` and of PostgreSQL's collation "C".
    The column must hold no null.
    """
    if not len(column):
        return np.empty(0, np.int64), pa.array([], pa.string())
    encoded = column.dictionary_encode().unify_dictionaries()
    distinct = encoded.chunk(0).dictionary
    order = pc.sort_indices(distinct).to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    found = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks])
    return place[found], distinct.take(order)


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
