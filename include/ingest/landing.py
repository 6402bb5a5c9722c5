"""What the mall delivered for one feed and day: is it there, and its files as Arrow tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from include.errors import MissingDataError, RejectedDayError, StorageError
from include.ingest.limits import find_limits
from include.ingest.parsing import find_format, parse_file
from include.ingest.storage import Entry, Folder
from include.settings import Advertiser


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a day: its rows as they were delivered, in its own columns."""

    name: str
    size_bytes: int
    table: pa.Table
    modified_at: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """All files of one feed and day, by name. `fingerprint` is a SHA-256 over their names and contents."""

    files: tuple[DeliveredFile, ...]
    fingerprint: str

    @property
    def lines(self) -> int:
        return sum(file.table.num_rows for file in self.files)


def is_there(advertiser: Advertiser, feed: str, day: date) -> bool:
    """The day's folder exists, even if empty. Raises StorageError."""
    return _open_folder(advertiser, feed, day).list_entries() is not None


def is_delivered(advertiser: Advertiser, feed: str, day: date) -> bool:
    """The day's folder exists and holds at least one data file. Raises StorageError."""
    return bool(_keep_data(_open_folder(advertiser, feed, day).list_entries() or []))


def explain_incomplete(advertiser: Advertiser, feed: str, day: date) -> str | None:
    """Why the day's delivery is not complete yet, as a sentence; None where it is. Raises StorageError."""
    if is_delivered(advertiser, feed, day):
        return None
    return f"{_open_folder(advertiser, feed, day).url} has no data file yet."


def read_delivery(advertiser: Advertiser, feed: str, day: date) -> Delivery:
    """Read every data file of the day.

    Raises MissingDataError where the folder is not there, RejectedDayError where a file is not readable,
    StorageError where the store fails.
    """
    folder = _open_folder(advertiser, feed, day)
    entries = folder.list_entries()
    if entries is None:
        raise MissingDataError(
            f"the folder {folder.url} is not there; it was not delivered, or the feed's path is wrong."
        )
    settings = advertiser.feeds[feed]  # type: ignore[index]
    limits = find_limits(advertiser)
    digest = hashlib.sha256()
    files = []
    for entry in _keep_data(entries):
        if entry.is_folder:
            raise RejectedDayError(
                f"{folder.url} holds a folder, {entry.name}; the day's files must lie in it directly."
            )
        find_format(entry.name, settings)  # before a file of another kind is read whole
        try:
            content = folder.read_file(entry.name)
        except FileNotFoundError:
            raise StorageError(f"{folder.url}/{entry.name} vanished while the day was read.") from None
        digest.update(f"{entry.name}\0{len(content)}\0".encode())
        digest.update(content)
        parsed = parse_file(entry.name, content, settings, limits)
        files.append(DeliveredFile(entry.name, len(content), parsed.table, entry.modified_at))
    return Delivery(tuple(files), digest.hexdigest())


def _open_folder(advertiser: Advertiser, feed: str, day: date) -> Folder:
    return Folder(advertiser.landing_folder(feed, day))


def _keep_data(entries: list[Entry]) -> list[Entry]:
    """Without marker, hidden and checksum files, such as _SUCCESS, .part-0.crc and _temporary."""
    return [
        entry
        for entry in entries
        if not entry.name.startswith((".", "_")) and not entry.name.endswith(".crc")
    ]
