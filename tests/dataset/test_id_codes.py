"""The hash table and the sort against Python's own, on ids that differ where a shortcut would not look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.dataset import id_codes
from include.dataset.id_codes import IdCoder, sort_texts
from tests.purchases import IDS

# Around eight bytes, of which one word is made: prefixes, zeros, and differences before, in and after a word.
EDGES = (
    *IDS,
    *("", "\0", "\0\0", "a\0", "aa", "1234567", "12345678", "12345679", "123456789", "12345678\0"),
    *("x12345678", "1234567812345678", "1234567912345678", "12345678123456781", "12345678" * 9),
)
TEXTS = st.lists(st.sampled_from(EDGES) | st.text(max_size=20), max_size=60)


def code(column: pa.ChunkedArray) -> tuple[list[int], list[str]]:
    coder, numbers = IdCoder(), np.empty(len(column), np.int32)
    coder.number_ids(column, numbers)
    place, ids = coder.sort_ids()
    ids.validate(full=True)
    return place[numbers].tolist(), ids.to_pylist()


def code_slowly(texts: list[str]) -> tuple[list[int], list[str]]:
    ids = sorted(set(texts))
    return [ids.index(text) for text in texts], ids


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 60), st.integers(0, 3))
def test_codes_are_places_among_the_sorted_ids(texts: list[str], cut: int, skip: int) -> None:
    chunks = [pa.array(part, pa.string()) for part in (["before"] * skip + texts[:cut], texts[cut:])]
    column = pa.chunked_array([chunks[0].slice(skip), chunks[1]], pa.string())
    assert code(column) == code_slowly(texts)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.text(max_size=9), st.integers(0, 3))
def test_sorts_by_code_point(texts: list[str], prefix: str, skip: int) -> None:
    array = pa.array([prefix + text for text in texts], pa.string()).slice(skip)
    assert array.take(pa.array(sort_texts(array))).to_pylist() == sorted(array.to_pylist())


def test_the_table_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_codes, "_ROWS", 700)
    rng = np.random.default_rng(0)
    texts = [str(number) for number in rng.integers(0, 30_000, 40_000)]
    assert code(pa.chunked_array([texts[:999], texts[999:]])) == code_by_dict(texts)
    entries = {id_codes._hash_text(np.frombuffer(t.encode(), np.uint8), 0, len(t)) >> 56 for t in set(texts)}
    assert len(entries) == 256, "the upper bits differ as much as they can"


def code_by_dict(texts: list[str]) -> tuple[list[int], list[str]]:
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return [places[text] for text in texts], list(places)


def test_ids_whose_hashes_are_the_same() -> None:
    table = np.full(8, id_codes._FREE, np.uint64)
    offsets, known = np.zeros(9, np.int32), np.zeros(9, np.uint8)
    text = np.frombuffer(b"abcab", np.uint8)
    found, count = [], np.int64(0)
    for place in range(5):
        number, count = id_codes._add_id(table, np.uint64(7), text, place, place + 1, offsets, known, count)
        found.append(number)
    assert (found, count) == ([0, 1, 2, 0, 1], 3)


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 24, 36, 40])
def test_ids_that_are_met_under_a_hash_that_is_not_theirs(size: int) -> None:
    known = b"1234567890" * 4
    for place in range(size):
        check_told_apart(known[:size], known[:place] + b"x" + known[place + 1 : size])
    check_told_apart(known[:size], known[: size - 1])


def check_told_apart(known: bytes, asked: bytes) -> None:
    table, offsets, texts = (
        np.full(8, id_codes._FREE, np.uint64),
        np.zeros(4, np.int32),
        np.zeros(90, np.uint8),
    )
    text = np.frombuffer(known + asked, np.uint8)
    bounds = np.array([len(known), len(text)], np.int32)
    hashed = np.uint64(id_codes._hash_text(text, *bounds))
    _, count = id_codes._add_id(table, hashed, text, 0, len(known), offsets, texts, np.int64(0))
    numbers = np.empty(1, np.int32)
    count = id_codes._number_ids(bounds, text, numbers, table, offsets, texts, count)
    assert (numbers.tolist(), count, texts[: offsets[2]].tobytes()) == ([1], 2, known + asked)


def test_threads_change_nothing() -> None:
    rng = np.random.default_rng(1)
    parts = [pa.chunked_array([[str(n) for n in rng.integers(0, 900, 500)]]) for _ in range(12)]
    coder = IdCoder()
    with ThreadPoolExecutor(4) as pool:
        numbers = np.empty((len(parts), 500), np.int32)
        list(pool.map(coder.number_ids, parts, numbers))
    place, ids = coder.sort_ids()
    texts = [text for part in parts for text in part.to_pylist()]
    assert ids.to_pylist() == sorted(set(texts))
    assert ids.take(pa.array(place[numbers.ravel()])).to_pylist() == texts


def test_more_text_than_arrow_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_codes, "_MOST_BYTES", 10)
    with pytest.raises(ValueError, match="more than 2 GiB of text"):
        IdCoder().number_ids(pa.chunked_array([["12345", "678901"]]), np.empty(2, np.int32))
