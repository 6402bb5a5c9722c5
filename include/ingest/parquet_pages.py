"""The pages of a Parquet file, by their headers alone: what reading them may cost, and have they checksums?

A few bytes of run lengths stand for millions of values, and one text of a dictionary for as many copies, so
that neither the file's size nor its footer says what a reader will need. Page headers are Thrift's compact
protocol: https://parquet.apache.org/docs/file-format/data-pages/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3  # types of pages; 1 is an index
_HEADERS: Final = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}  # the field that describes a page of the type
_ENCODINGS: Final = {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}  # and the field of its encoding in there
_DELTA_BYTE_ARRAY: Final = 7  # a value says how much of the one before it is repeated
_DEEPEST: Final = 32


class DamagedPageError(Exception):
    """A page header is not readable."""


@dataclass(frozen=True)
class Chunk:
    """One column of one row group.

    `values` counts those of nested lists too. `longest_repeated` is the length in bytes of the longest text
    that a few bytes may stand for: 0 where there is none.
    """

    values: int
    unpacked_bytes: int
    longest_repeated: int
    has_checksums: bool


@dataclass(frozen=True)
class _Page:
    kind: int
    values: int
    unpacked_bytes: int
    packed: memoryview
    has_checksum: bool
    encoding: int


def inspect_chunk(content: bytes, column: Any) -> Chunk:
    """What `column` (metadata of a column chunk) holds. Raises DamagedPageError."""
    pages = list(_list_pages(memoryview(content), column))
    texts = column.physical_type == "BYTE_ARRAY"
    repeated = 0
    for page in pages if texts else ():
        if page.kind == _DICTIONARY:
            repeated = max(repeated, _find_longest(page, column.compression))
        elif page.encoding == _DELTA_BYTE_ARRAY:
            repeated = max(repeated, page.unpacked_bytes)
    return Chunk(
        sum(page.values for page in pages if page.kind in (_DATA, _DATA_V2)),
        sum(page.unpacked_bytes for page in pages),
        repeated,
        all(page.has_checksum for page in pages),
    )


def _list_pages(content: memoryview, column: Any) -> Iterator[_Page]:
    """Up to the last value, as readers do."""
    start = column.data_page_offset
    if column.has_dictionary_page and 0 < (column.dictionary_page_offset or 0) < start:
        start = column.dictionary_page_offset
    seen = 0
    while seen < column.num_values:
        page, start = _read_page(content, start)
        if page.kind in (_DATA, _DATA_V2):
            seen += page.values
        yield page


def _read_page(content: memoryview, start: int) -> tuple[_Page, int]:
    reader = _Reader(content, start)
    try:
        fields = reader.read_struct()
        kind, unpacked, packed = fields[1], fields[2], fields[3]
        header = fields.get(_HEADERS.get(kind, -1), {})
        values = header[1] if kind in _HEADERS else 0
        encoding = header.get(_ENCODINGS.get(kind, -1), 0)
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise DamagedPageError from error
    end = reader.position + packed
    if min(values, unpacked, packed) < 0 or end > len(content):
        raise DamagedPageError
    page = _Page(kind, values, unpacked, content[reader.position : end], 4 in fields, encoding)
    return page, end


def _find_longest(page: _Page, compression: str) -> int:
    """The longest text of a dictionary page; the page's length where that is not known."""
    packed: bytes | memoryview = page.packed
    try:
        if compression not in ("UNCOMPRESSED", "NONE"):
            packed = pa.decompress(packed, page.unpacked_bytes, compression.lower(), asbytes=True)
    except (pa.ArrowException, ValueError, OSError):
        return page.unpacked_bytes
    position = longest = 0
    for _ in range(page.values):
        length = int.from_bytes(packed[position : position + 4], "little")
        position += 4 + length
        if position > len(packed):
            break
        longest = max(longest, length)
    return longest


class _Reader:
    """Thrift's compact protocol: structs as {field: value}, where texts and lists are left out."""

    def __init__(self, content: memoryview, position: int) -> None:
        self.content = content
        self.position = position

    def read_struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise DamagedPageError
        fields: dict[int, Any] = {}
        field = 0
        while head := self._read_byte():
            field = field + (head >> 4) if head >> 4 else self._read_signed()
            fields[field] = self._read_value(head & 15, depth)
        return fields

    def _read_value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._read_byte()
        if kind in (4, 5, 6):
            return self._read_signed()
        if kind == 7:
            self.position += 8
        elif kind == 8:
            length = self._read_unsigned()
            self.position += length
        elif kind in (9, 10):
            self._skip_list(depth)
        elif kind == 12:
            return self.read_struct(depth + 1)
        else:
            raise DamagedPageError
        return None

    def _skip_list(self, depth: int) -> None:
        head = self._read_byte()
        length = head >> 4 if head >> 4 < 15 else self._read_unsigned()
        if length > len(self.content) or depth > _DEEPEST:
            raise DamagedPageError
        for _ in range(length):
            if head & 15 in (1, 2):
                self.position += 1
            else:
                self._read_value(head & 15, depth + 1)

    def _read_byte(self) -> int:
        value = self.content[self.position]
        self.position += 1
        return value

    def _read_unsigned(self) -> int:
        value = shift = 0
        while shift < 64:
            byte = self._read_byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise DamagedPageError

    def _read_signed(self) -> int:
        value = self._read_unsigned()
        return (value >> 1) ^ -(value & 1)
