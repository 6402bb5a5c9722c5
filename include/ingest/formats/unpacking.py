"""Packed content unpacked in pieces, up to a limit, and content of another kind known by its first bytes."""

from __future__ import annotations

import re
import zlib
from typing import Final

import pyarrow as pa

from include.errors import RejectedDayError
from include.ingest.limits import SizeLimits
from include.memory import MB

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
PACKED_SUFFIXES: Final = (".gz", ".zst")
_SUFFIXES: Final = {"gz": "gzip", "zst": "zstd"}
_PIECE: Final = 1 << 15  # of gzip: it becomes 32 MB at most, and the rest after a member's end is copied
_KINDS: Final = (
    (rb"PK\x03\x04.{,4096}\[Content_Types\]\.xml", "an Excel workbook (xlsx)"),
    (rb"PK\x03\x04", "a zip archive"),
    (rb"\xd0\xcf\x11\xe0", "an Excel workbook (xls)"),
    (rb"PAR1[^,;|\t\r\n]", "Parquet"),
    (rb"BZh[1-9]1AY&SY", "packed with bzip2"),
    (rb"\xfd7zXZ\0", "packed with xz"),
    (rb"Obj\x01", "Avro"),
    (rb"ORC[^ -~]", "ORC"),
    (rb"%PDF-", "a PDF document"),
    (rb"(?:\xef\xbb\xbf)?\s*+<(?:!doctype html|html)", "an HTML page"),
    (rb"(?:\xef\xbb\xbf)?\s*+<\?xml", "XML"),
    (rb'(?:\xef\xbb\xbf)?\s*+(?:\[\s*+)?\{\s*+"', "JSON"),
)


def unpack(name: str, content: bytes, limits: SizeLimits) -> tuple[bytes, tuple[str, ...]]:
    """The content without gzip or zstd around it, which may be there twice, and warnings.

    Raises RejectedDayError where it is damaged or longer than the limit.
    """
    warnings: tuple[str, ...] = ()
    for layer in range(3):
        kind = _find_packing(name, content, layer)
        if kind is None:
            break
        if layer == 2:
            raise RejectedDayError(f"file {name} is packed three times; ask for it packed once.")
        content = (
            _unpack_gzip(name, content, limits) if kind == "gzip" else _unpack_zstd(name, content, limits)
        )
        if layer == 1:
            warnings = (f"file {name} is packed twice ({kind} within another); it was read.",)
    if len(content) > limits.unpacked_bytes:
        raise _too_long(name, limits)
    return content, warnings


def name_kind(content: bytes) -> str | None:
    """What the first bytes say that the content is, where that is no CSV; None where they say nothing."""
    start = bytes(content[:8192])
    for pattern, kind in _KINDS:
        if re.match(pattern, start, re.DOTALL | re.IGNORECASE):
            return kind
    return None


def _find_packing(name: str, content: bytes, layer: int) -> str | None:
    """By the first bytes; by the suffix where they are of no packing, so that damage is named."""
    for magic, kind in ((_GZIP, "gzip"), (_ZSTD, "zstd")):
        if content.startswith(magic):
            return kind
    if layer or not content:
        return None
    return _SUFFIXES.get(name.lower().rpartition(".")[2])


def _unpack_gzip(name: str, content: bytes, limits: SizeLimits) -> bytes:
    """All members of a gzip file; zeros may follow them."""
    unpacked = bytearray()
    member = zlib.decompressobj(wbits=31)
    begun = False
    view = memoryview(content)
    try:
        for start in range(0, len(view), _PIECE):
            rest = bytes(view[start : start + _PIECE])
            while rest:
                if not begun and unpacked and not rest.lstrip(b"\0"):
                    break
                unpacked += member.decompress(rest)
                begun, rest = True, member.unused_data
                if len(unpacked) > limits.unpacked_bytes:
                    raise _too_long(name, limits)
                if member.eof:
                    member, begun = zlib.decompressobj(wbits=31), False
    except zlib.error:
        where = "holds something else after its end" if unpacked and not begun else "is damaged"
        raise _not_readable(name, "gzip", where) from None
    if begun:
        raise _not_readable(name, "gzip", "is cut short")
    return unpacked  # type: ignore[return-value]  # a bytearray serves as bytes, and is not copied


def _unpack_zstd(name: str, content: bytes, limits: SizeLimits) -> bytes:
    unpacked = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
            while piece := stream.read(4 * MB):
                unpacked += piece
                if len(unpacked) > limits.unpacked_bytes:
                    raise _too_long(name, limits)
    except (OSError, pa.ArrowException):
        raise _not_readable(name, "zstd", "is damaged or cut short") from None
    return unpacked  # type: ignore[return-value]


def _not_readable(name: str, kind: str, why: str) -> RejectedDayError:
    return RejectedDayError(
        f"file {name} is not readable as {kind}: it {why}; ask for it to be delivered again."
    )


def _too_long(name: str, limits: SizeLimits) -> RejectedDayError:
    return RejectedDayError(
        f"file {name} holds more than {limits.unpacked_bytes / MB:,.0f} MB when unpacked, which is"
        f" limits.unpacked_mb (by default a share of {limits.owner}); have it delivered in several files, or"
        " raise that limit."
    )
