"""The pages of a Parquet file, by their headers alone: what reading them may cost, and have they checksums?

A few bytes of run lengths stand for millions of values, and one text of a dictionary for as many copies, so
that neither the file's size nor its footer says what a reader will need. Footer and page headers are Thrift:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift. The footer is read here
too, because pyarrow 26 ends the process where the statistics of a column chunk contradict themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from include.ingest.formats.thrift import ThriftError, ThriftReader

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3  # types of pages; 1 is an index
_HEADERS: Final = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}  # the field that describes a page of the type
_ENCODINGS: Final = {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}  # and the field of its encoding in there
_DELTA_BYTE_ARRAY: Final = 7  # a value says how much of the one before it is repeated
_BYTE_ARRAY: Final = 6
_CODECS: Final = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
_UNPACKED: Final = 0
_LONGEST_FOOTER: Final = 1 << 24
_LARGEST_DICTIONARY: Final = 1 << 26  # writers give dictionaries up at about 1 MB


class DamagedPageError(Exception):
    """A footer or page header is not readable."""


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


def inspect_chunks(content: bytes) -> Iterator[tuple[int, Chunk]]:
    """Every column chunk with its column's number, row group by row group. Raises DamagedPageError."""
    view = memoryview(content)
    length = int.from_bytes(view[-8:-4], "little")
    if not 0 < length <= min(len(view) - 8, _LONGEST_FOOTER):
        raise DamagedPageError
    try:
        footer = ThriftReader(view[len(view) - 8 - length :]).read_struct()
        for group in footer.get(4) or ():
            for place, column in enumerate(group[1]):
                yield place, _inspect_chunk(view, column[3])
    except (ThriftError, KeyError, TypeError, AttributeError) as error:
        raise DamagedPageError from error


def _inspect_chunk(content: memoryview, column: dict[int, Any]) -> Chunk:
    """`column` is its ColumnMetaData, by the numbers of the format's fields."""
    pages = list(_list_pages(content, column))
    repeated = 0
    for page in pages if column[1] == _BYTE_ARRAY else ():
        if page.kind == _DICTIONARY:
            repeated = max(repeated, _find_longest(page, column[4]))
        elif page.encoding == _DELTA_BYTE_ARRAY:
            repeated = max(repeated, page.unpacked_bytes)
    return Chunk(
        sum(page.values for page in pages if page.kind in (_DATA, _DATA_V2)),
        sum(page.unpacked_bytes for page in pages),
        repeated,
        all(page.has_checksum for page in pages),
    )


def _list_pages(content: memoryview, column: dict[int, Any]) -> Iterator[_Page]:
    """Up to the last value, as readers do."""
    values, start, dictionary = column[5], column[9], column.get(11, 0)
    if 0 < dictionary < start:
        start = dictionary
    seen = 0
    while seen < values:
        page, start = _read_page(content, start)
        if page.kind in (_DATA, _DATA_V2):
            seen += page.values
        yield page


def _read_page(content: memoryview, start: int) -> tuple[_Page, int]:
    reader = ThriftReader(content, start)
    try:
        fields = reader.read_struct()
        kind, unpacked, packed = fields[1], fields[2], fields[3]
        header = fields.get(_HEADERS.get(kind, -1), {})
        values = header[1] if kind in _HEADERS else 0
        encoding = header.get(_ENCODINGS.get(kind, -1), 0)
    except KeyError as error:
        raise DamagedPageError from error
    end = reader.position + packed
    if min(values, unpacked, packed) < 0 or end > len(content):
        raise DamagedPageError
    page = _Page(kind, values, unpacked, content[reader.position : end], 4 in fields, encoding)
    return page, end


def _find_longest(page: _Page, codec: int) -> int:
    """The longest text of a dictionary page; the page's length where that is not known."""
    if page.unpacked_bytes > _LARGEST_DICTIONARY:
        return page.unpacked_bytes
    packed: bytes | memoryview = page.packed
    try:
        if codec != _UNPACKED:
            packed = pa.decompress(packed, page.unpacked_bytes, _CODECS[codec], asbytes=True)
    except (pa.ArrowException, ValueError, OSError, KeyError):
        return page.unpacked_bytes
    position = longest = 0
    for _ in range(page.values):
        length = int.from_bytes(packed[position : position + 4], "little")
        position += 4 + length
        if position > len(packed):
            break
        longest = max(longest, length)
    return longest
