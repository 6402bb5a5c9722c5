"""What is in a day's folder: data files, uploads in progress, and files that say something of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from include.errors import RejectedDayError
from include.ingest.landing.day_folder import DayFolder, open_day
from include.ingest.landing.names import is_aside, is_unfinished
from include.ingest.limits import find_limits
from include.ingest.storage import Entry
from include.settings import Advertiser


@dataclass(frozen=True)
class Listing:
    """`data` are the files to read, by name; `unfinished` the uploads in progress; `said` files of markers.

    `found` are the names of all that is there.
    """

    folder: DayFolder
    data: tuple[Entry, ...]
    unfinished: tuple[Entry, ...]
    said: dict[str, Entry]
    found: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.folder.url


def list_day(advertiser: Advertiser, feed: str, day: date) -> Listing | None:
    """None where the folder is not there. Raises RejectedDayError, StorageError."""
    folder = open_day(advertiser, feed, day)
    limit = find_limits(advertiser).day_files
    most = 2 * limit  # Hadoop puts a checksum file beside each
    entries = folder.list_files(at_most=most + 1)
    if entries is None:
        return None
    if len(entries) > most:
        raise refuse_number(folder.url, limit)
    complete = advertiser.feeds[feed].complete
    words = {complete.marker, complete.manifest, advertiser.calendar.closed_marker}
    others = [entry for entry in entries if entry.name not in words]
    return Listing(
        folder,
        tuple(entry for entry in others if not _has(entry, is_unfinished) and not _has(entry, is_aside)),
        tuple(entry for entry in others if _has(entry, is_unfinished)),
        {entry.name: entry for entry in entries if entry.name in words and not entry.is_folder},
        tuple(entry.name for entry in entries),
    )


def refuse_number(url: str, limit: int) -> RejectedDayError:
    return RejectedDayError(
        f"{url} holds more than {limit:,} files (limits.day_files); have the day delivered in fewer files, or"
        " raise the limit."
    )


def _has(entry: Entry, is_such: Callable[[str], bool]) -> bool:
    return any(map(is_such, entry.name.split("/")))


def find_closing(advertiser: Advertiser, day: date, listing: Listing | None) -> str:
    """What says that the mall is closed on the day; '' where nothing does."""
    if advertiser.calendar.is_closed(day):
        return "the calendar"
    marker = advertiser.calendar.closed_marker
    return f"the file {marker}" if listing is not None and marker in listing.said else ""
