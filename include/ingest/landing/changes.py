"""Days whose landing folder is no longer what was ingested: late files and deliveries that were corrected."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from include.errors import RejectedDayError, StorageError
from include.ingest.lake import read_manifest
from include.ingest.landing.listing import list_day
from include.ingest.landing.names import show_name
from include.ingest.manifest import Manifest
from include.ingest.storage import Entry
from include.settings import Advertiser, days_between

log = logging.getLogger(__name__)

# Of the former bytes; with less, where files are gone, the landing place may be cleaned up just now.
LEAST_SHARE: Final = 0.5


def find_changed_days(advertiser: Advertiser, feed: str, first: date, last: date) -> list[date]:
    """The days that have a partition whose landing folder now holds something else, or something newer.

    A folder that is gone or emptied, or from which files are gone and nothing else happened, has been cleaned
    up: that is no change. Where files are gone, others have come, and all together are less than half of
    what was ingested, somebody must look: a warning names the day. Raises StorageError.
    """
    changed = []
    for day in days_between(first, last):
        try:
            reason = _explain_change(advertiser, feed, day)
        except RejectedDayError as error:
            log.warning("%s, %s of %s: %s", advertiser.name, feed, day, error)
            continue
        if reason:
            log.info("%s, %s of %s: %s since it was ingested.", advertiser.name, feed, day, reason)
            changed.append(day)
    return changed


def _explain_change(advertiser: Advertiser, feed: str, day: date) -> str | None:
    try:
        manifest = read_manifest(advertiser, feed, day)
    except StorageError as error:  # to be mended by an ingest of that day; the others are looked at
        log.warning("%s, %s of %s: %s", advertiser.name, feed, day, error)
        return None
    listing = list_day(advertiser, feed, day) if manifest else None
    if manifest is None or listing is None:
        return None
    reason = describe_change(manifest, listing.data)
    if reason and _lost_most(manifest, listing.data):
        log.warning(
            "%s, %s of %s: %s since it was ingested, but files are gone and what is left is less than half of"
            " what it was; the lake keeps the day. If this is the whole day, ingest it by hand.",
            advertiser.name,
            feed,
            day,
            reason,
        )
        return None
    return reason


def describe_change(manifest: Manifest, entries: Iterable[Entry]) -> str | None:
    """What has changed in words; None where each file that is there is as the manifest has it."""
    known = {file.name: file for file in manifest.source_files}
    for entry in entries:
        name = show_name(entry.name)
        file = known.get(name)
        if file is None:
            return f"the file {name} has come"
        if file.size_bytes != entry.size_bytes:
            return f"the file {name} has changed its size"
        before = datetime.fromisoformat(file.modified_at) if file.modified_at else None
        if before and entry.modified_at and entry.modified_at > before:
            return f"the file {name} has been written again"
    return None


def _lost_most(manifest: Manifest, entries: Iterable[Entry]) -> bool:
    sizes = {show_name(entry.name): entry.size_bytes for entry in entries}
    is_short = sum(sizes.values()) < LEAST_SHARE * sum(file.size_bytes for file in manifest.source_files)
    return is_short and any(file.name not in sizes for file in manifest.source_files)
