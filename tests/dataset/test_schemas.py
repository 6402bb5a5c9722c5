from __future__ import annotations

import pyarrow as pa
import pytest

from include.columns import PURCHASES
from include.dataset.id_codes import encode_ids, take_ids
from include.dataset.schemas import conform_table, reject_nulls


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


def test_a_null_within_a_dictionary_is_a_null() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array(["a", None]))
    schema = pa.schema([PURCHASES.field("user_id")])
    table = conform_table(pa.table({"user_id": column}), schema, "purchases", ["user_id"])
    with pytest.raises(ValueError, match="1 rows without user_id"):
        reject_nulls(table, ["user_id"], "purchases")
