"""Integer codes for ids: the order of the codes is the order of the ids, by code point.

A window holds the same ids a dozen times over, in thirty files. Each is looked up once in a hash table with
open addressing; the distinct ones lie one after the other in one buffer, as Arrow has them.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel

_ROWS: Final = 1 << 18  # numbered at once, so that no more is reserved than what they could add
_BATCH: Final = 256
# A slot holds the upper half of an id's hash, whose first bits are the slot's own place, then its number.
_NUMBER: Final = np.uint64(0xFFFFFFFF)
_FREE: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_MOST_BYTES: Final = 2**31 - 1  # of the distinct ids together; Arrow's offsets are 32-bit


class IdCoder:
    """Numbers ids as they come, from several threads at once, and sorts the distinct ones at the end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._table = np.full(1 << 10, _FREE, np.uint64)
        self._offsets = np.zeros(1, np.int32)
        self._text = np.empty(0, np.uint8)
        self._count = np.int64(0)

    def number_ids(self, column: pa.ChunkedArray, numbers: NDArray[np.int32]) -> None:
        """Write to numbers (n,) that of each id: how many distinct ones came before it.

        The column is of pa.string(), or of dictionaries of it, without nulls; all of a dictionary's ids are
        numbered. Raises ValueError when the distinct ids have more than 2 GiB of text.
        """
        known, places = pa.array([], pa.string()), np.empty(0, np.int32)
        start = 0
        for chunk in column.chunks:
            part = numbers[start : start + len(chunk)]
            start += len(chunk)
            if not pa.types.is_dictionary(column.type):
                self._number_chunk(chunk, part)
                continue
            if not chunk.dictionary.equals(known):  # a file's chunks share one
                known, places = chunk.dictionary, np.empty(len(chunk.dictionary), np.int32)
                self._number_chunk(known, places)
            np.take(places, chunk.indices.to_numpy(), out=part, mode="clip")

    def _number_chunk(self, chunk: pa.StringArray, numbers: NDArray[np.int32]) -> None:
        with self._lock:
            for first in range(0, len(chunk), _ROWS):
                self._number_part(chunk.slice(first, _ROWS), numbers[first : first + _ROWS])

    def _number_part(self, part: pa.StringArray, numbers: NDArray[np.int32]) -> None:
        _, offset_buffer, text_buffer = part.buffers()
        offsets = np.frombuffer(offset_buffer, np.int32)[part.offset : part.offset + len(part) + 1]
        text = np.frombuffer(text_buffer or b"", np.uint8)
        self._reserve(len(part), int(offsets[-1] - offsets[0]))
        self._count = _number_ids(offsets, text, numbers, self._table, self._offsets, self._text, self._count)

    def _reserve(self, rows: int, size: int) -> None:
        """Make room for so many ids of so many bytes together, and leave half of the table free."""
        count = int(self._count)
        most = count + rows
        check_size(int(self._offsets[count]) + size)
        self._offsets = _grow(self._offsets, most + 1)
        self._text = _grow(self._text, int(self._offsets[count]) + size + 1)  # one more, to be fetched
        if len(self._table) < 2 * most:
            former = self._table
            self._table = np.full(1 << (2 * most - 1).bit_length(), _FREE, np.uint64)
            _fill_table(self._table, former)

    def sort_ids(self) -> tuple[NDArray[np.int32], pa.StringArray]:
        """The place (m,) of each number among the sorted distinct ids, and these (m,)."""
        offsets, text = pa.py_buffer(self._offsets), pa.py_buffer(self._text)
        distinct = pa.StringArray.from_buffers(self._count, offsets, text)
        order = sort_texts(distinct)
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        return place, distinct.take(pa.array(order))


def check_size(size: int) -> None:
    """Raises ValueError for more bytes of distinct ids together than Arrow's offsets count."""
    if size > _MOST_BYTES:
        raise ValueError("The ids have more than 2 GiB of text; they are too long or too many.")


def sort_texts(texts: pa.StringArray) -> NDArray[np.int64]:
    """The order (n,) by code point of texts (n,) without nulls.

    The eight bytes after what all have in common decide as one integer; text is compared where they tie.
    """
    if len(texts) < 2:
        return np.arange(len(texts))
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    keys = _take_keys(offsets, np.frombuffer(texts.buffers()[2] or b"", np.uint8))
    order = np.argsort(keys)
    starts = np.append(True, np.diff(keys[order]) != 0)
    tied = np.flatnonzero(~(starts & np.append(starts[1:], True)))
    if len(tied):
        rows = order[tied]
        ties = pa.table({"run": np.cumsum(starts)[tied], "text": texts.take(pa.array(rows))})
        by = [("run", "ascending"), ("text", "ascending")]
        order[tied] = rows[pc.sort_indices(ties, sort_keys=by).to_numpy()]
    return order


def _grow(array: NDArray, size: int) -> NDArray:
    if size <= len(array):
        return array
    grown = np.empty(max(size, len(array) * 3 // 2), array.dtype)
    grown[: len(array)] = array
    return grown


@compile_kernel
def _number_ids(
    offsets: NDArray[np.int32],
    text: NDArray[np.uint8],
    numbers: NDArray[np.int32],
    table: NDArray[np.uint64],
    known_offsets: NDArray[np.int32],
    known_text: NDArray[np.uint8],
    count: np.int64,
) -> np.int64:
    """Fill `numbers`, add what is new to the known ids, and return how many these are now.

    In batches, because memory is what it waits for: the looks into the table of one batch do not depend on
    each other, so the processor makes many at a time; then those into the offsets, then those into the text.
    Each has a loop of its own that does nothing else, or fewer of them fit into the processor at once.
    """
    mask, shift = np.uint64(len(table) - 1), _find_shift(table)
    hashes = np.empty(_BATCH, np.uint64)
    entries = np.empty(_BATCH, np.uint64)
    starts = np.empty(_BATCH, np.int64)
    stops = np.empty(_BATCH, np.int64)
    fetched = np.empty(_BATCH, np.uint8)
    for first in range(0, len(numbers), _BATCH):
        size = min(_BATCH, len(numbers) - first)
        for i in range(size):
            hashes[i] = _hash_text(text, offsets[first + i], offsets[first + i + 1])
        for i in range(size):
            entries[i] = table[hashes[i] >> shift]
        for i in range(size):
            slot = hashes[i] >> shift
            while entries[i] != _FREE and (entries[i] ^ hashes[i]) > _NUMBER:
                slot = (slot + np.uint64(1)) & mask
                entries[i] = table[slot]
        for i in range(size):
            known = np.uint64(0) if entries[i] == _FREE else entries[i] & _NUMBER
            starts[i], stops[i] = known_offsets[known], known_offsets[known + np.uint64(1)]
        for i in range(size):
            fetched[i] = known_text[starts[i]]
        for i in range(size):
            start, stop = offsets[first + i], offsets[first + i + 1]
            same = entries[i] != _FREE and stops[i] - starts[i] == stop - start
            if same and stop - start >= 8:
                same = _read_word(text, start) == _read_word(known_text, starts[i])
                same &= _read_word(text, stop - 8) == _read_word(known_text, stops[i] - 8)
            if same and not 8 <= stop - start <= 16:
                same = _is_same(text, start, stop, known_text, starts[i], stops[i])
            number = np.int64(entries[i] & _NUMBER)
            if not same:
                number, count = _add_id(table, hashes[i], text, start, stop, known_offsets, known_text, count)
            numbers[first + i] = number
    return count


@compile_kernel
def _add_id(
    table: NDArray[np.uint64],
    hashed: np.uint64,
    text: NDArray[np.uint8],
    start: int,
    stop: int,
    known_offsets: NDArray[np.int32],
    known_text: NDArray[np.uint8],
    count: np.int64,
) -> tuple[np.int64, np.int64]:
    """The number of an id that may be new, and how many are known now."""
    mask = np.uint64(len(table) - 1)
    slot = hashed >> _find_shift(table)
    while table[slot] != _FREE:
        number = np.int64(table[slot] & _NUMBER)
        if (table[slot] ^ hashed) <= _NUMBER and _is_same(
            text, start, stop, known_text, known_offsets[number], known_offsets[number + 1]
        ):
            return number, count
        slot = (slot + np.uint64(1)) & mask
    table[slot] = (hashed & ~_NUMBER) | np.uint64(count)
    end = known_offsets[count]
    for byte in range(stop - start):
        known_text[end + byte] = text[start + byte]
    known_offsets[count + 1] = end + stop - start
    return count, count + 1


@compile_kernel
def _find_shift(table: NDArray[np.uint64]) -> np.uint64:
    """What leaves of a hash the bits that count the slots, at most 32 of them."""
    shift = np.uint64(64)
    while np.uint64(len(table)) >> (np.uint64(64) - shift) > np.uint64(1):
        shift -= np.uint64(1)
    return shift


@compile_kernel
def _fill_table(table: NDArray[np.uint64], former: NDArray[np.uint64]) -> None:
    """Put the slots of a smaller table into an empty one; in about the same order, so memory is quick."""
    mask, shift = np.uint64(len(table) - 1), _find_shift(table)
    for entry in former:
        if entry != _FREE:
            slot = entry >> shift
            while table[slot] != _FREE:
                slot = (slot + np.uint64(1)) & mask
            table[slot] = entry


@compile_kernel
def _hash_text(text: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """Eight bytes at a time, of which the last may overlap those before them; mixed as MurmurHash3 does."""
    factor = np.uint64(0x9E3779B97F4A7C15)
    mixed = np.uint64(stop - start) * factor
    if stop - start < 8:
        for place in range(start, stop):
            mixed = (mixed ^ np.uint64(text[place])) * factor
    else:
        for place in range(start, stop - 8, 8):
            mixed = (mixed ^ _read_word(text, place)) * factor
            mixed ^= mixed >> np.uint64(32)
        mixed = (mixed ^ _read_word(text, stop - 8)) * factor
    mixed = (mixed ^ (mixed >> np.uint64(32))) * factor
    return mixed ^ (mixed >> np.uint64(29))


@compile_kernel
def _is_same(
    text: NDArray[np.uint8],
    start: int,
    stop: int,
    other: NDArray[np.uint8],
    other_start: int,
    other_stop: int,
) -> bool:
    size = stop - start
    if other_stop - other_start != size:
        return False
    if size < 8:
        place = 0
        while place < size and text[start + place] == other[other_start + place]:
            place += 1
        return place == size
    for place in range(0, size - 8, 8):
        if _read_word(text, start + place) != _read_word(other, other_start + place):
            return False
    return _read_word(text, stop - 8) == _read_word(other, other_stop - 8)


@compile_kernel
def _read_word(text: NDArray[np.uint8], start: int) -> np.uint64:
    """Eight bytes, written out so that the compiler makes one load of them."""
    place = np.uint64(start)  # unsigned, so that no index could count from the end
    word = np.uint64(text[place])
    word |= np.uint64(text[place + np.uint64(1)]) << np.uint64(8)
    word |= np.uint64(text[place + np.uint64(2)]) << np.uint64(16)
    word |= np.uint64(text[place + np.uint64(3)]) << np.uint64(24)
    word |= np.uint64(text[place + np.uint64(4)]) << np.uint64(32)
    word |= np.uint64(text[place + np.uint64(5)]) << np.uint64(40)
    word |= np.uint64(text[place + np.uint64(6)]) << np.uint64(48)
    word |= np.uint64(text[place + np.uint64(7)]) << np.uint64(56)
    return word


@compile_kernel
def _take_keys(offsets: NDArray[np.int32], text: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The eight bytes (n,) after the beginning that all texts share, big-endian; zeros after a text's end."""
    common = offsets[1] - offsets[0]
    for row in range(1, len(offsets) - 1):
        common = min(common, offsets[row + 1] - offsets[row])
        for byte in range(common):
            if text[offsets[row] + byte] != text[offsets[0] + byte]:
                common = byte
                break
    keys = np.empty(len(offsets) - 1, np.uint64)
    for row in range(len(keys)):
        key = np.uint64(0)
        for byte in range(8):
            place = offsets[row] + common + byte
            value = text[place] if place < offsets[row + 1] else 0
            key = (key << np.uint64(8)) | np.uint64(value)
        keys[row] = key
    return keys
