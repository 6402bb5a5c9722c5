"""Small CSV files of one header parsed as one text, so that a day in thousands of files costs by its lines.

Only where that cannot change what a file says: lines that each end with one line feed, without quotation
marks and without blank lines. Whatever is wrong with the text of several files is left to the parsing of
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from include.errors import RejectedDayError
from include.ingest.formats.parsing import ParsedFile, find_format, parse_file
from include.ingest.limits import SizeLimits
from include.settings import Feed

_SMALL: Final = 1 << 16
_MOST_AT_ONCE: Final = 1 << 22
_ODD: Final = (b'"', b"'", b"\r", b"\0", b"\n\n", b"\\", b"\xef\xbb\xbf")

File = tuple[str, bytes]
Parsed = tuple[str, bytes, ParsedFile | RejectedDayError]


def parse_files(files: Iterable[File], feed: Feed, limits: SizeLimits) -> Iterator[Parsed]:
    """Each file (its name safe to show, its content) with what `parse_file` makes of it, or its refusal.

    In their order.
    """
    batch: list[File] = []
    header, size = b"", 0
    for name, content in files:
        first = _find_header(name, content, feed)
        if batch and (first != header or size + len(content) > _MOST_AT_ONCE):
            yield from _parse_batch(batch, header, feed, limits)
            batch, size = [], 0
        if first is None:
            yield _parse_one(name, content, feed, limits)
            continue
        header = first
        batch.append((name, content))
        size += len(content)
    if batch:
        yield from _parse_batch(batch, header, feed, limits)


def _find_header(name: str, content: bytes, feed: Feed) -> bytes | None:
    """The header line of a file that may be parsed together with others; None for any other."""
    csv = feed.csv
    if len(content) > _SMALL or csv.skip_lines or csv.skip_last_lines or not csv.header:
        return None
    if csv.encoding.lower().replace("_", "-") not in ("utf-8", "utf8") or csv.quote not in "\"'":
        return None
    if not name.lower().endswith(".csv") or find_format(name, feed) != "csv":
        return None
    header, line_end, lines = content.partition(b"\n")
    is_odd = any(odd in content for odd in _ODD) or header.lower().startswith(b"sep=")
    # A line of blanks is one to some and none to others.
    if is_odd or not line_end or not header.strip() or not lines or not lines.strip() or b" \n" in lines:
        return None
    return header


def _parse_batch(batch: list[File], header: bytes, feed: Feed, limits: SizeLimits) -> Iterator[Parsed]:
    if len(batch) > 1:
        bodies = [content[len(header) + 1 :].removesuffix(b"\n") for _, content in batch]
        text = b"\n".join([header, *bodies]) + b"\n"
        counts = [body.count(b"\n") + 1 for body in bodies]
        try:
            together = parse_file(batch[0][0], text, feed, limits)
        except RejectedDayError:
            together = None
        if together is not None and together.table.num_rows == sum(counts) and not together.warnings:
            start = 0
            for (name, content), count in zip(batch, counts, strict=True):
                yield name, content, replace(together, table=together.table.slice(start, count))
                start += count
            return
    for name, content in batch:
        yield _parse_one(name, content, feed, limits)


def _parse_one(name: str, content: bytes, feed: Feed, limits: SizeLimits) -> Parsed:
    try:
        return name, content, parse_file(name, content, feed, limits)
    except RejectedDayError as error:
        return name, content, error
