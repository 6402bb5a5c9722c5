"""Integer codes for ids: the order of the codes is the order of the ids, by code point.

That is also the order of UTF-8 bytes, of Python's `sorted` and of PostgreSQL's collation "C".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.errors import RefusedInputError


def split_codes(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.StringArray]:
    """The codes (n,) of a column, int32, and the ids that they count, in any order.

    The column is of pa.string(), or of dictionaries of it, and must hold no null. Of a dictionary all ids
    are there, those too that no row has. Raises RefusedInputError when the ids have more than 2 GiB of text.
    """
    if not len(column):  # a closed day, whose file may have no dictionary
        return pa.chunked_array([], pa.int32()), pa.array([], pa.string())
    is_encoded = pa.types.is_dictionary(column.type)
    try:
        coded = column.unify_dictionaries() if is_encoded else column.dictionary_encode()
    except pa.ArrowCapacityError as error:
        raise _refuse_size() from error
    return pa.chunked_array([chunk.indices for chunk in coded.chunks]), coded.chunk(0).dictionary


def merge_ids(dictionaries: Sequence[pa.StringArray]) -> tuple[list[NDArray[np.int32]], pa.StringArray]:
    """The code of each dictionary's ids, (its size,) each, and the distinct ids that they count, sorted.

    A dictionary is pa.string() without nulls; it may be in any order and hold an id twice. Raises
    RefusedInputError when the distinct ids have more than 2 GiB of text.
    """
    numbers, ids = split_codes(pa.chunked_array(dictionaries, pa.string()))
    order = pc.sort_indices(ids).to_numpy()
    code = np.empty(len(ids), np.int32)
    code[order] = np.arange(len(ids), dtype=np.int32)
    codes = code[numbers.to_numpy()]
    ends = np.cumsum([0, *map(len, dictionaries)])
    return [codes[first:stop] for first, stop in pairwise(ends)], ids.take(pa.array(order))


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


def find_ids(column: pa.ChunkedArray, ids: pa.StringArray, what: str) -> NDArray[np.int32]:
    """The index (int32) in `ids` of each id of a column (n,), which may be in dictionaries without nulls.

    Raises RefusedInputError where one is not there, a dictionary's own included.
    """
    if pa.types.is_dictionary(column.type) and not column.null_count:
        codes = [np.empty(0, np.int32)]
        for chunk in column.chunks:
            code_of = find_ids(pa.chunked_array([chunk.dictionary]), ids, what)
            codes.append(code_of[chunk.indices.to_numpy(zero_copy_only=False)])
        return np.concatenate(codes)
    column = column.cast(pa.string())
    found = pc.index_in(column, value_set=ids)
    if found.null_count:
        stranger = column.filter(pc.is_null(found))[0].as_py()
        raise RefusedInputError(f"The {what} hold the id {stranger!r}, which is not in the window.")
    return found.to_numpy()


def take_ids(ids: pa.StringArray, codes: NDArray[np.integer]) -> pa.StringArray:
    """The ids (n,) of codes (n,); null where the code is negative."""
    if len(codes) and codes.min() < 0:
        return ids.take(pa.array(codes, mask=codes < 0))
    return ids.take(pa.array(codes))


def _refuse_size() -> RefusedInputError:
    return RefusedInputError("The ids have more than 2 GiB of text; they are too long or too many.")
