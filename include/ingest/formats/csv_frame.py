"""Where in a CSV file's text its header begins and its data end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from include.errors import RejectedDayError
from include.ingest.formats.decoding import count_lines
from include.settings import CsvFormat

_LINE: Final = re.compile(rb"[^\r\n]*+(?:\r\n?|\n)")
_BLANK_LINES: Final = re.compile(rb"[\r\n]*+")
_SEP_LINE: Final = re.compile(rb"""(["']?)sep=([^\r\n])\1(?:\r\n?|\n)""", re.IGNORECASE)


@dataclass(frozen=True)
class Frame:
    """The text up to the data's end; its header begins at `start`.

    `skipped` is how many lines of the file are missing in front of the text.
    """

    text: bytes
    start: int
    skipped: int = 0

    def find_line(self, position: int) -> int:
        """The line of the file, from 1, at a position of the text."""
        return self.skipped + count_lines(self.text, position) + 1


def find_frame(name: str, text: bytes, csv: CsvFormat) -> Frame:
    """Without the lines that the feed's settings skip, blank lines and Excel's `sep=` line.

    Raises RejectedDayError where nothing is left, or `sep=` names another delimiter than the feed.
    """
    if csv.skip_last_lines:
        text = _cut_last_lines(text, csv.skip_last_lines)
    start = 0
    for _ in range(csv.skip_lines):
        line = _LINE.match(text, start)
        start = line.end() if line else len(text)
    start = _skip_blank_lines(text, start)
    if found := _SEP_LINE.match(text, start):
        delimiter = found[2].decode("ascii", errors="replace")
        if delimiter != csv.delimiter:
            raise RejectedDayError(
                f"file {name} names another delimiter above its header (sep=): set the feed's csv.delimiter:"
                f" {_quote(delimiter)}."
            )
        start = _skip_blank_lines(text, found.end())
    if start == len(text):
        raise RejectedDayError(
            f"file {name} has no line left for a header, when csv.skip_lines and csv.skip_last_lines are"
            " left out."
        )
    return Frame(text, start)


def _cut_last_lines(text: bytes, lines: int) -> bytes:
    """Without the last lines; blank ones among and below them do not count."""
    end = len(text)
    for _ in range(lines):
        while end and text[end - 1] in b"\r\n":
            end -= 1
        end = max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, end)) + 1
    return text[:end]


def _skip_blank_lines(text: bytes, start: int) -> int:
    found = _BLANK_LINES.match(text, start)
    return found.end() if found else start


def _quote(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'
