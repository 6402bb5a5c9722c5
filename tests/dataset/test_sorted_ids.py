"""Merged dictionaries against Python's own sort, on ids that are integers and on such as only seem to be."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.columns import ID_COLUMNS, LINE_COLUMNS, USER_ID
from include.dataset import id_codes, sorted_ids
from include.dataset.id_codes import IdCoder
from include.dataset.lines import Part, code_lines
from include.dataset.sorted_ids import merge_ids
from tests.dataset.test_id_codes import EDGES
from tests.purchases import draw_purchases

PREFIXES = ("", "0", "단골", "1234567", "12345678", "123456789", "a-prefix-of-more-than-sixteen-bytes-")
# Up to eight bytes, of which one integer is made, and more; zeros at the end and elsewhere.
RESTS = st.text("019\0z", max_size=9) | st.text(max_size=4) | st.sampled_from(EDGES)
DICTIONARIES = st.lists(st.lists(RESTS, max_size=12), max_size=7)


def merge(dictionaries: list[pa.StringArray]) -> tuple[list[list[int]], list[str]]:
    places, ids = merge_ids(list(dictionaries), IdCoder())
    ids.validate(full=True)
    return [some.tolist() for some in places], ids.to_pylist()


def merge_slowly(dictionaries: list[list[str]]) -> tuple[list[list[int]], list[str]]:
    ids = sorted({text for texts in dictionaries for text in texts})
    return [[ids.index(text) for text in texts] for texts in dictionaries], ids


@settings(max_examples=500, deadline=None)
@given(DICTIONARIES, st.sampled_from(PREFIXES), st.booleans(), st.integers(0, 2))
def test_places_are_those_among_all_ids(
    dictionaries: list[list[str]], prefix: str, in_order: bool, skip: int
) -> None:
    texts = [[prefix + rest for rest in rests] for rests in dictionaries]
    if in_order:
        texts = [sorted(set(some)) for some in texts]
    arrays = [pa.array(["before"] * skip + some, pa.string()).slice(skip) for some in texts]
    assert merge(arrays) == merge_slowly(texts)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("size", [0, 1, 7, 8])
@pytest.mark.parametrize("parts", [1, 2, 3, 8, 13])
def test_sorted_ids_that_differ_in_eight_bytes_are_integers(
    prefix: str, size: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorted_ids, "_look_up_ids", None)
    rng = np.random.default_rng(0)
    numbers = [rng.integers(0, 90, rng.integers(1, 60)) for _ in range(parts)]
    ends = [{f"{number:0{size}}"[:size] for number in some} for some in numbers]
    texts = [sorted(prefix + end for end in some) for some in ends]
    assert merge([pa.array(some) for some in texts]) == merge_slowly(texts)


@pytest.mark.parametrize(
    "texts",
    [
        *[["b", "a"], ["a", "a"], ["a", "a\0"], ["", "\0"], ["123456789", "a"]],
        *[["aa1", "ba2", "aa3"], ["aa1", "a2", "aa3"], ["12345678x1", "22345678x2", "12345678x3"]],
        *[["123456789a1", "123456780a2", "123456789a3"]],
    ],
)
def test_what_is_no_row_of_ascending_integers_is_looked_up(texts: list[str]) -> None:
    array = pa.array(texts)
    assert sorted_ids._take_keys(array, sorted_ids._find_prefix([array])) is None
    assert merge([array, array]) == merge_slowly([texts, texts])


def test_a_day_without_lines_does_not_hinder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_ids, "_look_up_ids", None)
    table = draw_purchases(0).select(LINE_COLUMNS).sort_by(USER_ID)
    for name in ID_COLUMNS:
        ids = pa.array(sorted(set(table[name].to_pylist())))
        codes = pc.index_in(table[name].combine_chunks(), ids)
        column = pa.DictionaryArray.from_arrays(codes, ids)
        table = table.set_column(table.column_names.index(name), name, column)
    no_chunks = pa.table([pa.chunked_array([], field.type) for field in table.schema], table.schema)
    closed = [table.slice(0, 0), table.schema.empty_table(), no_chunks]
    lines = code_lines([Part(len(part), partial(part.select, LINE_COLUMNS)) for part in (*closed, table)])
    assert len(lines.keys) == len(table) > 0


def test_ids_that_were_numbered_before() -> None:
    coder, numbers = IdCoder(), np.empty(3, np.int32)
    coder.number_ids(pa.chunked_array([["c", "a", "c"]]), numbers)
    places, ids = merge_ids([pa.array(["a", "b"]), None], coder)
    assert ids.to_pylist() == ["a", "b", "c"]
    assert (places[0].tolist(), places[1][numbers].tolist()) == ([0, 1], [2, 0, 2])


def test_more_text_than_arrow_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_codes, "_MOST_BYTES", 10)
    assert merge([pa.array(["12345"]), pa.array(["12345", "67890"])])[1] == ["12345", "67890"]
    with pytest.raises(ValueError, match="more than 2 GiB of text"):
        merge([pa.array(["12345"]), pa.array(["678901"])])
