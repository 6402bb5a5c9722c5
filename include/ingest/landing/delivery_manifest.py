"""The mall's own list of a day's files and their lines, a file that is there when the others are complete.

As JSON: `{"files": [{"name": "part-0.csv", "lines": 1505}, …]}`, the list alone, or `{"part-0.csv": 1505}`.
As text: a line for each file, its name and its count with a comma, semicolon, tab or blank between them;
a header line and lines that begin with # are no files. `file`, `path`, `rows` and the like are understood,
and a count may be missing. Names may be paths: they are looked for from their end. Counts are of data: a
CSV's header line is not one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from include.errors import RejectedDayError
from include.ingest.landing.names import show_name

MOST_BYTES: Final = 1 << 24
_NAMES: Final = ("name", "file", "path", "file_name", "filename", "key", "url")
_COUNTS: Final = ("lines", "rows", "count", "line_count", "row_count", "records", "record_count")
_TEXT_LINE: Final = re.compile(r"(?P<name>.+?)(?:\s*[,;\t ]\s*(?P<count>\d+))?")
_HEADER: Final = re.compile(rf"(?:{'|'.join(_NAMES)})(?:\s*[,;\t ]\s*\w+)?", re.IGNORECASE)


@dataclass(frozen=True)
class ListedFile:
    """A file that the manifest names; `lines` is None where it does not say how many."""

    name: str
    lines: int | None


def parse_manifest(name: str, content: bytes) -> list[ListedFile]:
    """Raises RejectedDayError where that is no manifest, or names a file twice."""
    text = content.decode("utf-8-sig", errors="surrogateescape")
    try:
        is_json = text.lstrip().startswith(("{", "["))
        files = list(_read_json(json.loads(text)) if is_json else _read_text(text))
    except (ValueError, RecursionError):
        raise RejectedDayError(
            f"the manifest {show_name(name)} is not readable; it must be JSON such as"
            ' {"files": [{"name": "part-0.csv", "lines": 1505}]}, or lines of name,count.'
        ) from None
    if not files:
        raise RejectedDayError(f"the manifest {show_name(name)} names no file.")
    (named, times) = Counter(file.name for file in files).most_common(1)[0]
    if times > 1:
        raise RejectedDayError(f"the manifest {show_name(name)} names {show_name(named)} more than once.")
    return files


def _read_json(found: Any) -> Iterator[ListedFile]:
    if isinstance(found, Mapping):
        listed = next((found[key] for key in ("files", "entries") if key in found), None)
        if listed is None or isinstance(listed, Mapping):
            for name, lines in (found if listed is None else listed).items():
                yield ListedFile(_read_name(name), _read_count(lines))
            return
        found = listed
    if not isinstance(found, list):
        raise ValueError
    for file in found:
        if isinstance(file, Mapping):
            yield ListedFile(_read_name(_pick(file, _NAMES)), _read_count(_pick(file, _COUNTS)))
        else:
            yield ListedFile(_read_name(file), None)


def _pick(file: Mapping[str, Any], keys: Iterable[str]) -> Any:
    known = {key.lower(): value for key, value in file.items()}
    return next((known[key] for key in keys if key in known), None)


def _read_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip("/ "):
        raise ValueError
    return value.strip()


def _read_count(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def _read_text(text: str) -> Iterator[ListedFile]:
    if "\0" in text:
        raise ValueError
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    for line in lines[1:] if lines and _HEADER.fullmatch(lines[0]) else lines:
        match = _TEXT_LINE.fullmatch(line)
        assert match is not None
        name = match["name"].strip().strip('"')
        yield ListedFile(_read_name(name), int(match["count"]) if match["count"] else None)


def match_files(listed: Iterable[ListedFile], names: Iterable[str]) -> list[tuple[ListedFile, str | None]]:
    """For each file of the manifest which of the day's `names` it means, if any."""
    known = {_split(name): name for name in names}
    deepest = max(map(len, known), default=0)
    matched = []
    for file in listed:
        parts = _split(file.name)
        tails = (parts[-count:] for count in range(min(deepest, len(parts)), 0, -1))
        matched.append((file, next((known[tail] for tail in tails if tail in known), None)))
    return matched


def _split(name: str) -> tuple[str, ...]:
    return tuple(part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", "."))
