"""Codes against Python's own sort, on ids in any order and twice, in text and in dictionaries."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.dataset import id_codes
from include.dataset.id_codes import encode_ids, find_ids, merge_ids, split_codes, take_ids
from include.errors import RefusedInputError
from tests.purchases import IDS

TEXTS = st.lists(st.sampled_from((*IDS, "", "\0", "a\0", "aa")) | st.text(max_size=9), max_size=12)
DICTIONARIES = st.lists(TEXTS, max_size=7)


@settings(max_examples=300, deadline=None)
@given(DICTIONARIES, st.integers(0, 2))
def test_codes_are_indices_among_all_ids(dictionaries: list[list[str]], skip: int) -> None:
    arrays = [pa.array(["before"] * skip + some, pa.string()).slice(skip) for some in dictionaries]
    codes, ids = merge_ids(arrays)
    ids.validate(full=True)
    expected = sorted({text for texts in dictionaries for text in texts})
    assert ids.to_pylist() == expected
    assert [some.tolist() for some in codes] == [
        [expected.index(text) for text in texts] for texts in dictionaries
    ]


@settings(max_examples=300, deadline=None)
@given(DICTIONARIES, st.booleans())
def test_a_column_is_its_codes_and_their_ids(chunks: list[list[str]], is_encoded: bool) -> None:
    arrays = [pa.array(texts, pa.string()) for texts in chunks]
    if is_encoded:
        arrays = [
            pa.DictionaryArray.from_arrays(pa.array(range(len(array)), pa.int32()), array) for array in arrays
        ]
    column = pa.chunked_array(arrays, arrays[0].type if arrays else pa.string())
    codes, ids = split_codes(column)
    assert [ids[code].as_py() for code in codes.to_pylist()] == [text for texts in chunks for text in texts]


def test_a_dictionary_may_hold_an_id_that_no_row_has() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([2], pa.int32()), pa.array(["b", "b", "a"]))
    codes, ids = split_codes(pa.chunked_array([column]))
    assert (codes.to_pylist(), ids.to_pylist()) == ([2], ["b", "b", "a"])


def test_more_text_than_arrow_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """In place of 2 GiB of text."""

        type = pa.string()

        def __len__(self) -> int:
            return 1

        def dictionary_encode(self) -> None:
            raise pa.ArrowCapacityError("array cannot contain more than 2147483646 bytes")

    monkeypatch.setattr(id_codes.pa, "chunked_array", lambda *_: Full())
    with pytest.raises(RefusedInputError, match="more than 2 GiB of text"):
        merge_ids([pa.array(["12345"])])


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


def test_a_dictionary_may_repeat_an_id_or_hold_one_that_no_row_has() -> None:
    dictionary = pa.array(["b", "unused", "a", "b"])
    column = pa.DictionaryArray.from_arrays(pa.array([3, 0, 2], pa.int32()), dictionary)
    codes, ids = encode_ids(pa.chunked_array([column, column]))
    assert (codes.tolist(), ids.to_pylist()) == ([1, 1, 0, 1, 1, 0], ["a", "b"])
