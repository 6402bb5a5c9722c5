"""One numbering for the ids of several dictionaries, each of which has its own.

Where the dictionaries are sorted and their ids differ in eight bytes at most, the ids are integers, and pairs
of dictionaries are merged until one is left; otherwise every id is looked up in a hash table.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.dataset.id_codes import IdCoder, check_size
from include.kernels.compiling import compile_kernel

_WORD = np.uint64(8)
_LEFT, _RIGHT = np.uint8(1), np.uint8(2)


def merge_ids(
    dictionaries: list[pa.StringArray | None], coder: IdCoder
) -> tuple[list[NDArray[np.int32]], pa.StringArray]:
    """The place of each dictionary's ids, (its size,) each, among all distinct ids by code point, and these.

    A dictionary is pa.string() without nulls; it may be in any order and hold an id twice. In place of one
    there may be None: then it is the place of each of the coder's numbers, and the coder has numbered some
    ids already. The list is emptied, for its text to be let go as soon as it is not needed. Raises ValueError
    when the distinct ids have more than 2 GiB of text.
    """
    texts = [ids for ids in dictionaries if ids is not None]
    prefix = _find_prefix(texts)
    runs = _take_runs(texts, prefix) if len(texts) == len(dictionaries) else None
    texts.clear()
    if runs is None:
        return _look_up_ids(dictionaries, coder)
    dictionaries.clear()
    places, distinct = _merge_runs(runs)
    return places, _write_ids(distinct, prefix)


def _find_prefix(dictionaries: list[pa.StringArray]) -> bytes:
    """What all ids begin with, if the dictionaries are sorted."""
    ends = [ids[place].as_py().encode() for ids in dictionaries if len(ids) for place in (0, -1)]
    first, last = min(ends, default=b""), max(ends, default=b"")
    shorter = min(len(first), len(last))
    return first[: next((place for place in range(shorter) if first[place] != last[place]), shorter)]


def _take_runs(dictionaries: list[pa.StringArray], prefix: bytes) -> list[NDArray[np.uint64]] | None:
    runs = []
    for ids in dictionaries:
        if (keys := _take_keys(ids, prefix)) is None:
            return None
        runs.append(keys)
    return runs


def _take_keys(ids: pa.StringArray, prefix: bytes) -> NDArray[np.uint64] | None:
    """The ids as integers (n,) that ascend; None where that cannot be."""
    if not len(ids):
        return np.empty(0, np.uint64)
    offsets = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
    text = np.frombuffer(ids.buffers()[2] or b"", np.uint8)
    keys = np.empty(len(ids), np.uint64)
    padded = np.frombuffer(prefix + bytes(8), np.uint8)
    return keys if _fill_keys(offsets, text, padded, len(prefix), keys) else None


def _look_up_ids(
    dictionaries: list[pa.StringArray | None], coder: IdCoder
) -> tuple[list[NDArray[np.int32]], pa.StringArray]:
    numbers: list[NDArray[np.int32] | None] = []
    while dictionaries:
        if (ids := dictionaries.pop(0)) is None:
            numbers.append(None)
            continue
        numbers.append(some := np.empty(len(ids), np.int32))
        coder.number_ids(pa.chunked_array([ids]), some)
    place, distinct = coder.sort_ids()
    return [place if some is None else place[some] for some in numbers], distinct


def _merge_runs(runs: list[NDArray[np.uint64]]) -> tuple[list[NDArray[np.int32]], NDArray[np.uint64]]:
    """The place of each key among all distinct ones, and these; each run ascends. Empties the list.

    Neighbours are merged until one run is left, and each merged key notes whence it came; so the places in
    the last run go back to the first ones without a search.
    """
    if not runs:
        return [], np.empty(0, np.uint64)
    origins = []
    while len(runs) > 1:
        alone = [runs.pop()] if len(runs) % 2 else []
        pairs = [_merge_pair(runs.pop(0), runs.pop(0)) for _ in range(len(runs) // 2)]
        origins.append([origin for _, origin in pairs])
        runs += [keys for keys, _ in pairs] + alone
    distinct = runs.pop()
    places = [np.arange(len(distinct), dtype=np.int32)]
    for level in reversed(origins):
        rest = places[len(level) :]
        places = [half for origin in level for half in _split(places.pop(0), origin)] + rest
    return places, distinct


def _merge_pair(
    left: NDArray[np.uint64], right: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """The distinct keys (n,) of two runs, and in which of them each is (n,): _LEFT, _RIGHT or both."""
    keys = np.empty(len(left) + len(right), np.uint64)
    origin = np.empty(len(keys), np.uint8)
    count = _merge_two(left, right, keys, origin)
    return keys[:count], origin[:count]


def _split(
    places: NDArray[np.int32], origin: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The places of the keys that came from the left, and of those from the right."""
    sizes = [int(np.count_nonzero(origin & side)) for side in (_LEFT, _RIGHT)]
    left, right = (np.empty(size + 1, np.int32) for size in sizes)  # one more, which the kernel writes to
    _split_places(places, origin, left, right)
    return left[:-1], right[:-1]


def _write_ids(keys: NDArray[np.uint64], prefix: bytes) -> pa.StringArray:
    """The ids (n,) that the keys stand for."""
    ends = np.cumsum(_measure_keys(keys))
    check_size(len(prefix) * len(keys) + int(ends[-1]))
    offsets = (ends + len(prefix) * np.arange(len(keys) + 1)).astype(np.int32)
    text = np.empty(offsets[-1], np.uint8)
    _write_texts(keys, np.frombuffer(prefix, np.uint8), offsets, text)
    return pa.StringArray.from_buffers(len(keys), pa.py_buffer(offsets), pa.py_buffer(text))


@compile_kernel
def _fill_keys(
    offsets: NDArray[np.int32],
    text: NDArray[np.uint8],
    prefix: NDArray[np.uint8],
    common: int,
    keys: NDArray[np.uint64],
) -> bool:
    """Whether keys, the eight bytes after the prefix, ascend and have all that their ids differ in.

    A zero byte at an id's end could not be told from what fills up a shorter one. `prefix` has eight bytes
    more than are `common`, so that words can be read of it.
    """
    last = np.uint64(0)
    for row in range(len(keys)):
        start, stop = offsets[row], offsets[row + 1]
        size = stop - start - common
        if not 0 <= size <= 8 or (size and text[stop - 1] == 0):
            return False
        if start + common + 8 <= len(text):
            differing = np.uint64(0)
            for place in range(0, common, 8):
                differing |= _cut_word(
                    _read_big(text, start + place) ^ _read_big(prefix, place), common - place
                )
            key = _cut_word(_read_big(text, start + common), size)
        else:
            differing = key = np.uint64(0)
            for byte in range(common):
                differing |= np.uint64(text[start + byte] ^ prefix[byte])
            for byte in range(8):
                key = (key << _WORD) | np.uint64(text[start + common + byte] if byte < size else 0)
        if differing or (row and key <= last):
            return False
        keys[row] = last = key
    return True


@compile_kernel
def _cut_word(word: np.uint64, size: int) -> np.uint64:
    """Its first `size` bytes, and zeros after them."""
    spare = _WORD * (_WORD - np.uint64(min(size, 8)))
    return (word >> spare) << spare if size else np.uint64(0)


@compile_kernel
def _read_big(text: NDArray[np.uint8], start: int) -> np.uint64:
    """Eight bytes as a big-endian integer, written out so that the compiler makes one load of them."""
    place = np.uint64(start)
    word = np.uint64(text[place]) << np.uint64(56)
    word |= np.uint64(text[place + np.uint64(1)]) << np.uint64(48)
    word |= np.uint64(text[place + np.uint64(2)]) << np.uint64(40)
    word |= np.uint64(text[place + np.uint64(3)]) << np.uint64(32)
    word |= np.uint64(text[place + np.uint64(4)]) << np.uint64(24)
    word |= np.uint64(text[place + np.uint64(5)]) << np.uint64(16)
    word |= np.uint64(text[place + np.uint64(6)]) << np.uint64(8)
    word |= np.uint64(text[place + np.uint64(7)])
    return word


@compile_kernel
def _merge_two(
    left: NDArray[np.uint64],
    right: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    origin: NDArray[np.uint8],
) -> np.int64:
    """How many distinct keys there are; without branches, which no processor could foresee."""
    a = b = count = np.int64(0)
    while a < len(left) and b < len(right):
        first, second = left[a], right[b]
        keys[count] = min(first, second)
        is_left, is_right = np.int64(first <= second), np.int64(second <= first)
        origin[count] = is_left | (is_right << 1)
        a, b, count = a + is_left, b + is_right, count + 1
    for place in range(a, len(left)):
        keys[count], origin[count] = left[place], _LEFT
        count += 1
    for place in range(b, len(right)):
        keys[count], origin[count] = right[place], _RIGHT
        count += 1
    return count


@compile_kernel
def _split_places(
    places: NDArray[np.int32],
    origin: NDArray[np.uint8],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> None:
    """A place is written to both sides; on that which it is not from, the next one takes its room."""
    a = b = np.int64(0)
    for place in range(len(places)):
        left[a] = right[b] = places[place]
        a += np.int64(origin[place] & _LEFT)
        b += np.int64(origin[place] >> 1)


@compile_kernel
def _measure_keys(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """0 and then how many bytes of each key are before the zeros that fill it up (n + 1,)."""
    sizes = np.zeros(len(keys) + 1, np.int64)
    for row in range(len(keys)):
        rest = keys[row]
        while rest != np.uint64(0):
            sizes[row + 1] += 1
            rest = rest << _WORD
    return sizes


@compile_kernel
def _write_texts(
    keys: NDArray[np.uint64],
    prefix: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    text: NDArray[np.uint8],
) -> None:
    for row in range(len(keys)):
        start, rest = offsets[row], keys[row]
        for byte in range(len(prefix)):
            text[start + byte] = prefix[byte]
        for place in range(start + len(prefix), offsets[row + 1]):
            text[place] = rest >> np.uint64(56)
            rest = rest << _WORD
