"""What the mall delivered for one feed and day: is it there, and its files as Arrow tables."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from include.errors import EmptyFileError, MissingDataError, RejectedDayError
from include.ingest.formats.parsing import ParsedFile, find_format
from include.ingest.formats.small_files import parse_files
from include.ingest.landing.completeness import describe_movement, explain_incomplete, read_announced
from include.ingest.landing.delivery_manifest import ListedFile
from include.ingest.landing.listing import Listing, find_closing, list_day, refuse_number
from include.ingest.landing.names import find_lookalikes, show_name
from include.ingest.landing.table_formats import refuse_tables
from include.ingest.limits import SizeLimits, find_limits
from include.ingest.manifest import SourceFile
from include.memory import MB
from include.settings import Advertiser, Feed

__all__ = ["DeliveredFile", "Delivery", "explain_incomplete", "is_delivered", "is_there", "read_delivery"]


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a day: its rows as they were delivered, in its own columns.

    `name` is its name below the day's folder, as `show_name` shows it.
    """

    name: str
    size_bytes: int
    table: pa.Table
    modified_at: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """All files of one feed and day, by name. `fingerprint` is a SHA-256 over their names and contents.

    `sources` also has the empty files, which `files` leaves out. `closing` is what says that the mall was
    closed; '' where nothing does.
    """

    files: tuple[DeliveredFile, ...]
    sources: tuple[SourceFile, ...]
    fingerprint: str
    warnings: tuple[str, ...] = ()
    closing: str = ""

    @property
    def lines(self) -> int:
        return sum(file.table.num_rows for file in self.files)

    @property
    def is_closed(self) -> bool:
        """The mall was closed, and delivered no lines."""
        return bool(self.closing) and not self.lines


def is_there(advertiser: Advertiser, feed: str, day: date) -> bool:
    """The day's folder exists, even if empty. Raises RejectedDayError, StorageError."""
    return list_day(advertiser, feed, day) is not None


def is_delivered(advertiser: Advertiser, feed: str, day: date) -> bool:
    """The day's folder exists and holds at least one data file. Raises RejectedDayError, StorageError."""
    listing = list_day(advertiser, feed, day)
    return listing is not None and bool(listing.data)


def read_delivery(advertiser: Advertiser, feed: str, day: date) -> Delivery:
    """Read every data file of the day.

    Raises MissingDataError where the folder, or what says that it is complete, is not there,
    RejectedDayError where a file is not readable, too large or none, StorageError where the store fails.
    """
    listing = list_day(advertiser, feed, day)
    closing = find_closing(advertiser, day, listing)
    if listing is None:
        if closing:
            return Delivery((), (), hashlib.sha256().hexdigest(), (), closing)
        url = advertiser.landing_folder(feed, day).url
        raise MissingDataError(
            f"the folder {url} is not there. Ask the mall for it; if the mall was closed, name the day in"
            " calendar.closed_dates (or its weekday in calendar.closed_weekdays); else see the feed's path."
        )
    refuse_tables(advertiser, listing)
    settings = advertiser.feeds[feed]
    listed = [] if closing else read_announced(settings.complete, listing)
    limits = find_limits(advertiser)
    _check_files(listing, settings, limits)
    files, empty, fingerprint = _read_files(listing, settings, limits)
    _check_counts(listed, {name: file.table.num_rows for name, file in files.items()})
    return Delivery(
        tuple(
            DeliveredFile(show_name(entry.name), entry.size_bytes, files[entry.name].table, entry.modified_at)
            for entry in listing.data
            if entry.name in files
        ),
        tuple(
            SourceFile(
                show_name(entry.name),
                entry.size_bytes,
                files[entry.name].table.num_rows if entry.name in files else 0,
                entry.modified_at.isoformat() if entry.modified_at else "",
                files[entry.name].has_checksums if entry.name in files else None,
            )
            for entry in listing.data
        ),
        fingerprint,
        (
            *_list_doubts(listing, settings, closing, listed, empty),
            *(warning for file in files.values() for warning in file.warnings),
        ),
        closing,
    )


def _check_files(listing: Listing, feed: Feed, limits: SizeLimits) -> None:
    """Refuse what must not be opened, before anything is. Raises RejectedDayError."""
    for entry in listing.data:
        if entry.problem:
            raise RejectedDayError(f"file {show_name(entry.name)} {entry.problem}.")
    if len(listing.data) > limits.day_files:
        raise refuse_number(listing.url, limits.day_files)
    for entry in listing.data:
        find_format(show_name(entry.name), feed)
        if entry.size_bytes > limits.file_bytes:
            raise RejectedDayError(
                f"file {show_name(entry.name)} has {entry.size_bytes / MB:,.1f} MB, and at most"
                f" {limits.file_bytes / MB:,.1f} MB are read (limits.file_mb; by default a share of"
                f" {limits.owner}); have it delivered in parts, or raise the limit and the memory."
            )


def _read_files(
    listing: Listing, feed: Feed, limits: SizeLimits
) -> tuple[dict[str, ParsedFile], list[str], str]:
    """Each file by name, the names of empty files, and the fingerprint of all."""
    digest = hashlib.sha256()
    parsed: dict[str, ParsedFile] = {}
    empty: dict[str, RejectedDayError] = {}
    rows = 0

    def read() -> Iterator[tuple[str, bytes]]:
        for entry, content in listing.folder.read_files(listing.data):
            digest.update(os.fsencode(entry.name) + f"\0{len(content)}\0".encode())
            digest.update(content)
            yield show_name(entry.name), content

    files = zip(listing.data, parse_files(read(), feed, limits), strict=True)
    for entry, (_, content, file) in files:
        if isinstance(file, RejectedDayError):
            if content.strip() and not isinstance(file, EmptyFileError):
                raise file
            empty[entry.name] = file
            continue
        parsed[entry.name] = file
        rows += file.table.num_rows
        if rows > limits.day_rows:
            raise RejectedDayError(
                f"the day has {rows:,} lines up to file {show_name(entry.name)}, and at most"
                f" {limits.day_rows:,} are read (limits.day_rows; by default a share of {limits.owner});"
                " have it delivered right, or raise the limit and the memory."
            )
    if empty and not parsed:  # alone it is no delivery
        raise next(iter(empty.values()))
    return parsed, list(empty), digest.hexdigest()


def _check_counts(listed: list[tuple[ListedFile, str]], lines: dict[str, int]) -> None:
    """Raises RejectedDayError where a file has not as many lines as the mall's manifest says."""
    for file, name in listed:
        found = lines.get(name, 0)
        if file.lines is not None and file.lines != found:
            raise RejectedDayError(
                f"file {show_name(name)} has {found:,} lines (a header is not counted), and the mall's"
                f" manifest says {file.lines:,}; have it delivered again."
            )


def _list_doubts(
    listing: Listing,
    feed: Feed,
    closing: str,
    listed: list[tuple[ListedFile, str]],
    empty: list[str],
) -> Iterator[str]:
    """What is ingested all the same, as sentences."""
    if closing and listing.data:
        yield f"{closing} says that the mall is closed, and {len(listing.data):,} files are there."
    if listed and (rest := sorted({e.name for e in listing.data} - {name for _, name in listed})):
        yield f"the mall's manifest does not name {_name_some(rest)}."
    if not closing:
        moving = describe_movement(feed.complete, listing)
        yield from (f"{doubt}; a file that comes later is noticed by a later run." for doubt in moving)
    if empty:
        yield f"{_name_some(empty)} {'is' if len(empty) == 1 else 'are'} empty, beside files that are not."
    for names in find_lookalikes(entry.name for entry in listing.data):
        yield f"the names of {_name_some(names)} differ only in case or form: is one of them a copy?"


def _name_some(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{'file' if len(names) == 1 else 'files'} {', '.join(map(show_name, names[:3]))}{more}"
