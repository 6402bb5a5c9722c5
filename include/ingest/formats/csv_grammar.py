"""What a line of a CSV file is: RFC 4180 as regular expressions, strict about quotes.

A quote opens a value only at its beginning, closes it only before a delimiter or a line end, and within it
is doubled, or escaped. A quote inside a value that does not begin with one is a character like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from include.settings import CsvFormat

_LINE_END = rb"(?:\r\n?|\n)"


@dataclass(frozen=True)
class Grammar:
    """Three characters, as bytes. Without `quote` there are no quoted values, without `escape` no escapes.

    Where it is `flat`, no value spans lines. Texts must end with a line end.
    """

    delimiter: bytes
    quote: bytes | None
    escape: bytes | None
    flat: bool = False

    @cached_property
    def quoted(self) -> re.Pattern[bytes]:
        """A quoted value, whatever follows it."""
        if self.quote is None:
            return re.compile(rb"(?!)")
        quote = re.escape(self.quote)
        inner = rb"(?:[^" + quote + self._no_line_end + self._escaped[0] + rb"]++|" + quote * 2
        return re.compile(quote + inner + self._escaped[1] + rb")*+" + quote, re.DOTALL)

    @cached_property
    def value(self) -> re.Pattern[bytes]:
        """One value, and the delimiter or line end behind it."""
        return re.compile(rb"(?P<value>" + self._value + rb")(?:" + self._after + rb")", re.DOTALL)

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        """One line with its end; its values may span several lines of the file."""
        more = rb"(?:" + re.escape(self.delimiter) + self._value + rb")*+"
        return re.compile(self._value + more + _LINE_END, re.DOTALL)

    def is_flat(self, text: bytes, start: int) -> bool:
        """Every line keeps to the grammar, and no value spans lines. Of 20 MB in about 0.2 s."""
        flat = replace(self, flat=True)
        match = re.compile(rb"(?:" + flat.record.pattern + rb")*+", re.DOTALL).match(text, start)
        return match is not None and match.end() == len(text)

    def records(self, text: bytes, start: int) -> Iterator[tuple[int, int]]:
        """Where each line begins and ends, its line end included, up to the first that breaks the grammar."""
        match = self.record.match
        while found := match(text, start):
            yield start, found.end()
            start = found.end()

    def count(self, line: bytes) -> int:
        """How many values a line has that keeps to the grammar."""
        if all(mark is None or mark not in line for mark in (self.quote, self.escape)):
            return line.count(self.delimiter) + 1
        return sum(1 for _ in self.value.finditer(line))

    def split(self, line: bytes) -> list[str]:
        """The values of a line that keeps to the grammar, without their quotes and escapes."""
        return [self._clean(found["value"]).decode("utf-8") for found in self.value.finditer(line)]

    @cached_property
    def _no_line_end(self) -> bytes:
        return rb"\r\n" if self.flat else b""

    @cached_property
    def _escaped(self) -> tuple[bytes, bytes]:
        """The escape as a character that is none of a class, and an alternative of an escaped character."""
        if self.escape is None:
            return b"", b""
        escape = re.escape(self.escape)
        return escape, rb"|" + escape + (rb"[^\r\n]" if self.flat else rb".")

    @cached_property
    def _after(self) -> bytes:
        return re.escape(self.delimiter) + rb"|" + _LINE_END

    @cached_property
    def _value(self) -> bytes:
        stops = rb"\r\n" + re.escape(self.delimiter)
        plain = rb"(?:[^" + stops + self._escaped[0] + rb"]++" + self._escaped[1] + rb")*+"
        if self.quote is None:
            return plain
        closed = self.quoted.pattern + rb"(?=[" + stops + rb"])"
        return rb"(?:" + closed + rb"|(?!" + re.escape(self.quote) + rb")" + plain + rb")"

    def _clean(self, value: bytes) -> bytes:
        is_quoted = self.quote is not None and value.startswith(self.quote)
        if is_quoted:
            value = value[1:-1]
        marks = re.escape(self.escape) + rb"(.)" if self.escape else rb"(?!)()"
        if self.quote is not None and is_quoted:
            marks += rb"|" + re.escape(self.quote) + rb"(" + re.escape(self.quote) + rb")"
        return re.sub(marks, lambda found: found[found.lastindex or 1], value, flags=re.DOTALL)


def make_grammar(csv: CsvFormat) -> Grammar:
    """The feed's grammar. An escape that is the quote itself means what is usual: it is doubled."""
    quote = None if csv.quoting == "none" else csv.quote.encode()
    escape = csv.escape.encode() if csv.escape and csv.escape != csv.quote else None
    return Grammar(csv.delimiter.encode(), quote, escape)


def list_cells(line: bytes, delimiter: bytes, quote: bytes | None) -> list[bytes]:
    """The values of one line of the file read by itself, whatever its quotes do: never an error.

    What begins with a quote and ends with one before a delimiter is one value; every other quote counts as
    a character like any other.
    """
    line = line.rstrip(b"\r\n")
    if quote is None or quote not in line:
        return line.split(delimiter)
    between, mark = re.escape(delimiter), re.escape(quote)
    quoted = mark + rb"(?:[^" + mark + rb"]++|" + mark * 2 + rb")*+" + mark + rb"(?=" + between + rb"|\Z)"
    value = re.compile(rb"(?:" + quoted + rb"|[^" + between + rb"]*+)", re.DOTALL)
    cells, start = [], 0
    while start <= len(line):
        end = value.match(line, start).end()  # type: ignore[union-attr]  # it matches the empty text
        cells.append(line[start:end])
        start = end + 1
    return cells
