"""The fields of each line of a text file, plain or packed by gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.errors import RefusedInputError
from include.evaluation.split_files.forms import SEPARATORS

_BLOCK = 1 << 25  # bytes of text that are split at once
_GZIP, _ZIP, _MARK = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a file that are not blank.

    separator: a key of SEPARATORS. fields: lists of pa.string(), a list for each line, in pieces; numbers:
    (lines,) which line of the file each is, from 1; counts: (lines,) how many fields it has, at least one.
    """

    path: Path
    separator: str
    fields: list[pa.ListArray]
    numbers: NDArray[np.int64]
    counts: NDArray[np.int64]

    def name(self, line: int) -> str:
        """Where a line (its index) is, to begin a sentence with."""
        return f"{self.path.name}, line {self.numbers[line]:,}"

    def take_first(self, count: int) -> list[list[str]]:
        """The fields of the first lines, or of all if there are fewer."""
        taken: list[list[str]] = []
        for piece in self.fields:
            taken += piece.slice(0, count - len(taken)).to_pylist()
            if len(taken) == count:
                break
        return taken

    def drop_first(self) -> Lines:
        """The lines without the first one."""
        fields = [piece for piece in (self.fields[0].slice(1), *self.fields[1:]) if len(piece)]
        return Lines(self.path, self.separator, fields, self.numbers[1:], self.counts[1:])

    def column(self, index: int) -> pa.ChunkedArray:
        """The field of that index of each line; all have one."""
        return pa.chunked_array([pc.list_element(piece, index) for piece in self.fields], pa.string())


def read_lines(path: Path, separator: str | None = None) -> Lines:
    """Split each line into its fields, by `separator` or by that of the first line that has one.

    Several spaces, or tabs among them, separate as one does. White space around a field, and quotation marks
    around it, are no part of it. Raises RefusedInputError for a file that cannot be read, is no text in
    UTF-8, or holds nothing.
    """
    data = _read_bytes(path)
    separator = separator or _find_separator(path, data)
    fields, numbers, before = [], [], 0
    for block in _cut_blocks(path, data):
        lines = pc.split_pattern(pa.array([block], pa.string()), "\n").flatten()
        lines = pc.utf8_trim_whitespace(lines)
        held = pc.not_equal(lines, "").to_numpy(zero_copy_only=False)
        held_lines = lines if held.all() else lines.filter(pa.array(held))
        fields.append(_split_fields(held_lines, separator, block))
        numbers.append(before + 1 + np.flatnonzero(held))
        before += len(lines)
    number = np.concatenate(numbers)
    counts = np.concatenate([piece.value_lengths().to_numpy(zero_copy_only=False) for piece in fields])
    if not len(number):
        raise RefusedInputError(f"{path.name} holds nothing; name a file with pairs of user and item.")
    return Lines(path, separator, [piece for piece in fields if len(piece)], number, counts.astype(np.int64))


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
    except FileNotFoundError:
        raise RefusedInputError(f"{path} is not there; name a file that is.") from None
    except IsADirectoryError:
        raise RefusedInputError(f"{path} is a folder; name a file in it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise RefusedInputError(f"{path.name} is packed by gzip and not whole; fetch it again.") from None
    except OSError as error:
        raise RefusedInputError(f"{path} cannot be read: {error.strerror}.") from None
    if data.startswith(_ZIP):
        raise RefusedInputError(f"{path.name} is a zip archive; unpack it and name the file that it holds.")
    data = data.removeprefix(_MARK)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _find_separator(path: Path, data: bytes) -> str:
    """That of the first line that has one; without any in the first million bytes, a space."""
    text = data[: 1 << 20].decode("utf-8", errors="replace")
    for line in map(str.strip, text.split("\n")):
        for name, mark in SEPARATORS.items():
            if mark in line:
                return name
    return "space"


def _cut_blocks(path: Path, data: bytes) -> Iterator[str]:
    """Whole lines in UTF-8, without the end of the last one."""
    start = 0
    while True:
        end = data.find(b"\n", start + _BLOCK)
        piece = data[start:] if end < 0 else data[start:end]
        try:
            text = piece.decode("utf-8")
            fault = text.find("\0")
        except UnicodeDecodeError as error:
            text, fault = "", error.start
        if fault >= 0:
            offset = len(text[:fault].encode()) if text else fault
            line = data.count(b"\n", 0, start + offset) + 1
            raise RefusedInputError(
                f"{path.name}, line {line:,}: holds bytes that are no text in UTF-8; save the file as UTF-8."
            )
        yield text
        if end < 0:
            return
        start = end + 1


def _split_fields(lines: pa.StringArray, separator: str, text: str) -> pa.ListArray:
    """The fields of each of the lines, which are those of the text."""
    if separator == "space":
        split = pc.ascii_split_whitespace(lines)
    else:
        split = pc.split_pattern(lines, SEPARATORS[separator])
    values = split.values
    if separator != "space" and (" " in text or "\t" in text):
        values = pc.utf8_trim_whitespace(values)
    if '"' in text:
        values = pc.replace_substring_regex(values, '^"(.*)"$', r"\1")
    return pa.ListArray.from_arrays(split.offsets, values)
