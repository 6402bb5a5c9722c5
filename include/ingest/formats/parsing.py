"""One delivered file's bytes as an Arrow table: Parquet as it is, CSV and JSON lines as text alone.

Nothing here trusts the bytes: whatever is wrong with them is a RejectedDayError of one sentence, which
quotes no line, because lines hold personal data. Reading stops at the limits of a delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from include.errors import RejectedDayError
from include.ingest.formats.csv_file import parse_csv
from include.ingest.formats.json_lines import parse_json_lines
from include.ingest.formats.parquet_file import parse_parquet
from include.ingest.formats.unpacking import PACKED_SUFFIXES, name_kind, unpack
from include.ingest.limits import SizeLimits
from include.settings import Feed

_SUFFIXES: Final = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
    ".json": "json_lines",
}
_KINDS: Final = {
    "parquet": (None, "Parquet"),
    "csv": (None, "CSV"),
    "json_lines": (None, "JSON", "JSON lines"),
}
_CURES: Final = {
    "Parquet": "name it .parquet, or set the feed's format: parquet",
    "JSON": "name it .jsonl, or set the feed's format: json_lines",
}


@dataclass(frozen=True)
class ParsedFile:
    """One file's rows in its own columns, of types that every Arrow function works on.

    `has_checksums`: every column chunk of a Parquet file has checksums, so that damage is noticed; None for
    text.
    """

    table: pa.Table
    warnings: tuple[str, ...] = ()
    has_checksums: bool | None = None


def find_format(name: str, feed: Feed) -> str:
    """`parquet`, `csv` or `json_lines`: by the file's suffix, else by the feed's setting.

    A suffix for packed content may follow. Raises RejectedDayError.
    """
    stem = name.lower()
    for packed in PACKED_SUFFIXES:
        stem = stem.removesuffix(packed)
    for suffix, form in _SUFFIXES.items():
        if stem.endswith(suffix):
            return form
    if feed.format is None:
        raise RejectedDayError(
            f"file {name} has none of the suffixes {', '.join(_SUFFIXES)}, with or without"
            f" {' or '.join(PACKED_SUFFIXES)}; rename it, or set the feed's format."
        )
    return feed.format


def parse_file(name: str, content: bytes, feed: Feed, limits: SizeLimits) -> ParsedFile:
    """All rows and columns of one file, of which `name` is safe to show.

    Raises EmptyFileError where there is not even a header, else RejectedDayError, naming the file (and the
    line, for text).
    """
    form = find_format(name, feed)
    content, warnings = unpack(name, content, limits)
    kind = name_kind(content)
    if kind not in _KINDS[form]:
        cure = _CURES.get(kind or "", "ask for it as text")
        raise RejectedDayError(f"file {name} is {kind} and not {_KINDS[form][-1]}; {cure}.")
    if form == "parquet":
        table, has_checksums = parse_parquet(name, content, limits)
        return ParsedFile(table, warnings, has_checksums)
    if form == "json_lines":
        return ParsedFile(parse_json_lines(name, content, feed.csv.encoding, limits), warnings)
    return ParsedFile(parse_csv(name, content, feed.csv, limits), warnings)
