from __future__ import annotations

import pyarrow as pa
import pytest

from include.columns import PURCHASES
from include.dataset.tables import (
    conform_table,
    encode_ids,
    find_ids,
    reject_nulls,
    take_ids,
)
from include.errors import RefusedInputError
from tests.purchases import IDS


def test_ids_are_coded_in_the_order_of_code_points() -> None:
    column = pa.chunked_array([list(IDS), [], [*reversed(IDS), "zz"]])
    codes, ids = encode_ids(column)
    assert ids.to_pylist() == sorted({*IDS, "zz"})
    assert take_ids(ids, codes).to_pylist() == column.to_pylist()


def test_no_ids() -> None:
    codes, ids = encode_ids(pa.chunked_array([], pa.string()))
    assert len(codes) == len(ids) == 0


def test_a_negative_code_is_null() -> None:
    _, ids = encode_ids(pa.chunked_array([["b", "a"]]))
    assert take_ids(ids, pa.array([1, -1, 0]).to_numpy()).to_pylist() == ["b", None, "a"]


def test_an_id_that_is_not_there_is_named() -> None:
    with pytest.raises(
        RefusedInputError, match=r"recommendations hold the id 'x', which is not in the window\."
    ):
        find_ids(pa.chunked_array([["a", "x"]]), pa.array(["a", "b"]), "recommendations")


def test_a_missing_column_is_named() -> None:
    table = PURCHASES.empty_table().drop_columns(["price", "user_id"])
    with pytest.raises(ValueError, match=r"The purchases lack the column user_id, price\."):
        conform_table(table, PURCHASES, "purchases")


def test_a_column_of_another_type_is_refused() -> None:
    table = PURCHASES.empty_table().slice(0, 0)
    table = pa.table({**{name: ["x"] for name in table.column_names}})
    with pytest.raises(ValueError, match="do not have the types of their schema"):
        conform_table(table, PURCHASES, "purchases")


ENCODINGS = {
    "large": pa.large_string(),
    "view": pa.string_view(),
    "small dictionaries": pa.dictionary(pa.int8(), pa.string()),
    "large dictionaries": pa.dictionary(pa.int64(), pa.large_string()),
}


@pytest.mark.parametrize("kind", ENCODINGS.values(), ids=ENCODINGS)
def test_ids_in_other_encodings(kind: pa.DataType) -> None:
    chunks = [["b", "a", "단골"], [], ["a", "a", "", "𝄞"]]
    table = pa.table({"user_id": pa.chunked_array([pa.array(chunk).cast(kind) for chunk in chunks])})
    schema = pa.schema([PURCHASES.field("user_id")])
    for encoded in ((), ("user_id",)):
        codes, ids = encode_ids(conform_table(table, schema, "purchases", encoded)["user_id"])
        assert take_ids(ids, codes).to_pylist() == [text for chunk in chunks for text in chunk]
        assert ids.to_pylist() == ["", "a", "b", "단골", "𝄞"]


def test_a_dictionary_may_repeat_an_id_or_hold_one_that_no_row_has() -> None:
    dictionary = pa.array(["b", "unused", "a", "b"])
    column = pa.DictionaryArray.from_arrays(pa.array([3, 0, 2], pa.int32()), dictionary)
    codes, ids = encode_ids(pa.chunked_array([column, column]))
    assert (codes.tolist(), ids.to_pylist()) == ([1, 1, 0, 1, 1, 0], ["a", "b"])


def test_a_null_within_a_dictionary_is_a_null() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array(["a", None]))
    schema = pa.schema([PURCHASES.field("user_id")])
    table = conform_table(pa.table({"user_id": column}), schema, "purchases", ["user_id"])
    with pytest.raises(ValueError, match="1 rows without user_id"):
        reject_nulls(table, ["user_id"], "purchases")
