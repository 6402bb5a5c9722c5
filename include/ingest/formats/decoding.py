"""Delivered text of any encoding as UTF-8."""

from __future__ import annotations

import codecs
from typing import Final

import pyarrow as pa

from include.errors import RejectedDayError

_PIECE: Final = 1 << 22
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 1_000


def decode(name: str, content: bytes, encoding: str) -> bytes:
    """The content as UTF-8 without a byte order mark. Raises RejectedDayError, naming the line."""
    known = codecs.lookup(encoding).name
    _check_marks(name, content, known)
    if known in ("utf-8", "utf-8-sig", "ascii") and _is_utf8(content, known):
        return content[3:] if content.startswith(codecs.BOM_UTF8) else content
    decoder = codecs.getincrementaldecoder(encoding)()
    text = bytearray()
    try:
        for start in range(0, len(content), _PIECE):
            piece = decoder.decode(bytes(content[start : start + _PIECE]), start + _PIECE >= len(content))
            text += piece.encode("utf-8")
    except UnicodeError:
        line = count_lines(bytes(text), len(text)) + 1
        if len(content) > len(text):  # the piece that failed begins there, at least
            line += _count_good_lines(content[start : start + _PIECE], encoding)
        raise RejectedDayError(
            f"file {name}, line {line}: is not {encoding} text;"
            " set the feed's csv.encoding to what the mall writes."
        ) from None
    if text.startswith(codecs.BOM_UTF8):
        del text[:3]
    return text  # type: ignore[return-value]  # a bytearray serves as bytes, and is not copied


def count_lines(text: bytes, end: int) -> int:
    """How many lines end before a position; a line ends with \\n, \\r\\n or \\r."""
    lines = text.count(b"\n", 0, end)
    if b"\r" in text:
        lines += text.count(b"\r", 0, end) - text.count(b"\r\n", 0, end)
    return lines


def _is_utf8(content: bytes, encoding: str) -> bool:
    if encoding == "ascii":
        return content.isascii()
    ends = pa.array([0, len(content)], pa.int64()).buffers()[1]
    try:
        text = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(content))
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _count_good_lines(piece: bytes, encoding: str) -> int:
    """Line ends before the first byte that is not of the encoding."""
    try:
        bytes(piece).decode(encoding)
    except UnicodeDecodeError as error:
        piece = bytes(piece[: error.start])
    except UnicodeError:
        return 0
    good = piece.decode(encoding, errors="ignore").encode("utf-8", errors="ignore")
    return count_lines(good, len(good))


def _check_marks(name: str, content: bytes, encoding: str) -> None:
    """Refuse what is plainly another Unicode encoding than the feed's."""
    for mark, family in _MARKS:
        if content.startswith(mark):
            if not encoding.startswith(family):
                raise _encoded_as(name, f"begins with the mark of {family}", family)
            return
    if encoding.startswith(("utf-16", "utf-32")):
        return
    sample = content[:_SAMPLE]
    if sample.count(b"\0") * 5 < len(sample) or not sample:
        return
    width = 4 if sample.count(b"\0\0") * 5 > len(sample) and b"\0\0\0" in sample else 2
    order = "le" if sample[0] else "be"
    raise _encoded_as(name, "holds NUL characters in between its letters", f"utf-{8 * width}-{order}")


def _encoded_as(name: str, why: str, encoding: str) -> RejectedDayError:
    return RejectedDayError(f"file {name} {why}: set the feed's csv.encoding: {encoding}.")
