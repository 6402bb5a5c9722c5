"""Whether all of a day's delivery is there: by a marker, by the mall's manifest, or by quiet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from include.errors import MissingDataError, RejectedDayError
from include.ingest.landing.delivery_manifest import MOST_BYTES, ListedFile, match_files, parse_manifest
from include.ingest.landing.listing import Listing, find_closing, list_day
from include.ingest.landing.names import show_name
from include.settings import Advertiser, Complete


def explain_incomplete(
    advertiser: Advertiser, feed: str, day: date, now: datetime | None = None
) -> str | None:
    """Why the day's delivery is not complete yet, as a sentence; None where it is.

    A day on which the mall is closed is complete. Raises StorageError, and RejectedDayError where waiting
    is of no use.
    """
    listing = list_day(advertiser, feed, day)
    if find_closing(advertiser, day, listing):
        return None
    if listing is None:
        return f"{advertiser.landing_folder(feed, day).url} is not there yet."
    complete = advertiser.feeds[feed].complete
    if complete.marker or complete.manifest:
        try:
            return explain_unannounced(complete, listing)
        except RejectedDayError as error:  # it may be half written
            return f"{listing.url}: {error}"
    if moving := describe_movement(complete, listing, now):
        return f"{listing.url} is not complete: {moving[0]}."
    return None if listing.data else f"{listing.url} has no data file yet."


def explain_unannounced(complete: Complete, listing: Listing) -> str | None:
    """What of marker and manifest, or of the files that the manifest names, is not there; None if nothing.

    Raises RejectedDayError where the manifest is not readable.
    """
    for kind, name in (("marker", complete.marker), ("manifest", complete.manifest)):
        if name and name not in listing.said:
            return f"{listing.url} lacks the {kind} {name} that says it is complete."
    names = [entry.name for entry in listing.data]
    for file, name in match_files(read_listed(complete, listing), names):
        if name is None:
            return f"{listing.url} lacks the file {show_name(file.name)}, which {complete.manifest} names."
    return None


def read_listed(complete: Complete, listing: Listing) -> list[ListedFile]:
    """The files that the mall's manifest names; none where the feed has none. Raises RejectedDayError."""
    if not complete.manifest:
        return []
    entry = listing.said[complete.manifest]
    if entry.problem:
        raise RejectedDayError(f"file {show_name(entry.name)} {entry.problem}.")
    if entry.size_bytes > MOST_BYTES:
        raise RejectedDayError(
            f"the manifest {complete.manifest} is larger than {MOST_BYTES >> 20} MB, which none needs to be."
        )
    ((_, content),) = listing.folder.read_files([entry])
    return parse_manifest(entry.name, content)


def describe_movement(complete: Complete, listing: Listing, now: datetime | None = None) -> list[str]:
    """What seems to be still on its way: uploads in progress, and a file that has just changed.

    A time far in the future is another clock's, and tells nothing; nor do times where something else says
    that all is there.
    """
    now = now or datetime.now(UTC)
    moving = [f"{show_name(entry.name)} is still being uploaded" for entry in listing.unfinished[:3]]
    if complete.marker or complete.manifest:
        return moving
    quiet = timedelta(minutes=complete.quiet_minutes)
    times = [(entry.modified_at, entry.name) for entry in listing.data if entry.modified_at]
    young = [(time, name) for time, name in times if now - quiet < time < now + quiet]
    if young:
        time, name = max(young)
        age = max(0, int((now - time).total_seconds()))
        moving.append(
            f"the newest file, {show_name(name)}, is only {age} seconds old"
            f" (complete.quiet_minutes is {complete.quiet_minutes:g})"
        )
    return moving


def read_announced(complete: Complete, listing: Listing) -> list[tuple[ListedFile, str]]:
    """What the mall's manifest says of the day's files; nothing where the feed has no manifest.

    Raises MissingDataError where the marker, the manifest or a file that it names is not there,
    RejectedDayError.
    """
    if reason := explain_unannounced(complete, listing):
        raise MissingDataError(
            f"{reason} Ask the mall for it; if it never delivers one, change the feed's setting complete."
        )
    matched = match_files(read_listed(complete, listing), [entry.name for entry in listing.data])
    return [(file, name) for file, name in matched if name is not None]
