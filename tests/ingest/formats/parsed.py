"""What a file's bytes become: rows, or one sentence."""

from __future__ import annotations

import pytest

from include.errors import RejectedDayError
from include.ingest.formats.parsing import ParsedFile, parse_file
from include.ingest.limits import SizeLimits
from include.memory import MB
from include.settings import CsvFormat, Feed

SECRET = "buyer@example.com"
LIMITS = SizeLimits(
    file_bytes=64 * MB,
    unpacked_bytes=128 * MB,
    day_rows=1_000_000,
    day_files=100,
    columns=100,
    value_bytes=MB,
    owner="the memory of this test",
)


def parse(
    content: str | bytes, feed: Feed | None = None, name: str = "a.csv", limits: SizeLimits = LIMITS
) -> ParsedFile:
    content = content.encode() if isinstance(content, str) else content
    return parse_file(name, content, feed or Feed(), limits)


def read_rows(content: str | bytes, form: CsvFormat | None = None) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    rows: list[dict[str, str]] = parse(content, Feed(csv=form or CsvFormat())).table.to_pylist()
    return rows


def refuse(
    content: str | bytes,
    form: CsvFormat | None = None,
    name: str = "a.csv",
    limits: SizeLimits = LIMITS,
    kind: type[RejectedDayError] = RejectedDayError,
) -> str:
    """The sentence with which a file is refused: one line, of characters that any table can hold."""
    with pytest.raises(kind) as caught:
        parse(content, Feed(csv=form or CsvFormat()), name, limits)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert message.isprintable()
    assert name in message
    assert message.endswith(".")
    return message
