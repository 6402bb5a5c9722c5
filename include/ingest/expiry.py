"""What the lake lets go of by the advertiser's `keep`: whole days, and quarantined lines before them.

Ages count back from the newest day that the lake holds rows of, not from the clock, so that a mall of the
past keeps its days. Of a day its manifest goes first: from then on there is no partition, wherever the
removal was killed, and what is left of its files goes the next time. Where only the quarantine has expired,
its files go and the manifest stays as it is, for another ingest may be replacing it.

Files that no manifest names any more go as well, whatever their day. Only what is called as the lake calls
its files is ever removed: what a mall has delivered may lie near them.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from include.errors import PermanentError, StorageError
from include.feeds.base import Catalogue
from include.feeds.registry import FEEDS, load_feed
from include.ingest import lake
from include.ingest.storage import Entry, Folder, explain_storage_errors, read_time
from include.settings import Advertiser, Place
from include.settings.place import BLENDS, RUNS

log = logging.getLogger(__name__)

_FILE: Final = re.compile(r"/dt=([^/]+)/([^/]+)$")
# Also one that a killed ingest has left under a temporary name.
_DATA: Final = re.compile(r"\.?(accepted|quarantined|lines)-.*")
_QUARANTINE: Final = re.compile(r"\.?quarantined-.*")
# A store that is down would refuse each of a thousand days, and take its time for each.
_MOST_FAILURES: Final = 3


@dataclass(frozen=True)
class Kept:
    """Days before `rows` expire, quarantined lines before `quarantine`. `newest` is the newest with rows."""

    newest: date
    rows: date
    quarantine: date


@dataclass(frozen=True)
class Expired:
    """One feed: it has no partition before `before` any more, but for the days `held`.

    `days` and `quarantines` are how many went this time.
    """

    feed: str
    before: date
    held: tuple[date, ...]
    days: int
    quarantines: int


def find_kept(advertiser: Advertiser) -> Kept | None:
    """None where the lake has no rows of the advertiser. Raises StorageError.

    A day in the future does not count: a mistaken one must not let go of all others.
    """
    today = datetime.now(advertiser.zone).date()
    folders = {feed: set(lake.list_folders(advertiser, feed)) for feed in _list_feeds(advertiser)}
    for day in sorted(set().union(*folders.values()), reverse=True):
        if day <= today and any(
            _has_rows(advertiser, feed, day) for feed, days in folders.items() if day in days
        ):
            return count_back(advertiser, day)
    return None


def count_back(advertiser: Advertiser, newest: date) -> Kept:
    """A day's quarantine goes with its partition at the latest."""
    keep = advertiser.keep
    return Kept(
        newest,
        newest - timedelta(days=keep.partitions),
        newest - timedelta(days=min(keep.quarantine, keep.partitions)),
    )


def refuse_expired(advertiser: Advertiser, feed: str, day: date, kept: Kept | None) -> PermanentError | None:
    """The error for a day that would expire as soon as it was ingested."""
    if kept is None or day >= kept.rows:
        return None
    return PermanentError(
        f"{advertiser.name}, {feed} of {day}: {explain_limit(advertiser, kept)}, so this day would expire"
        f" at once; raise keep.partitions in {advertiser.name}.yaml to have it."
    )


def explain_limit(advertiser: Advertiser, kept: Kept) -> str:
    days = f"{advertiser.keep.partitions:,} days before the newest of the lake, {kept.newest}"
    return f"the lake keeps days from {kept.rows} on (keep.partitions: {days})"


def expire_lake(advertiser: Advertiser) -> list[Expired]:
    """Let go of what is too old, of every feed that the lake has, also one that the YAML has no more.

    Of a catalogue the newest of the days before stays: it is what the first windows after them go by, and
    names nobody. What cannot be removed stays for the next time, with a warning. Raises StorageError where
    the lake cannot be listed.
    """
    kept = find_kept(advertiser)
    return [_expire_feed(advertiser, feed, kept) for feed in _list_feeds(advertiser)] if kept else []


def _expire_feed(advertiser: Advertiser, feed: str, kept: Kept) -> Expired:
    files = _list_files(advertiser, feed)
    old = [day for day in files if day < kept.rows]
    leaving = set(old) - _find_newest_catalogue(advertiser, feed, old)
    quarantines = {
        day: names
        for day, entries in files.items()
        if day < kept.quarantine and day not in leaving and (names := _list_quarantines(entries))
    }
    failures: list[StorageError] = []
    gone = _remove_each(sorted(leaving), lambda day: _remove_day(advertiser, feed, day, files[day]), failures)
    cleared = _remove_each(
        sorted(quarantines),
        lambda day: _remove_files(lake.open_partition(advertiser, feed, day), quarantines[day]),
        failures,
    )
    crowded = [day for day, entries in files.items() if day not in leaving and _may_have_unnamed(entries)]
    _remove_each(crowded, lambda day: _remove_unnamed(advertiser, feed, day, files[day]), failures)
    if failures:
        log.warning(
            "%s, %s: what has expired stays for the next ingest: %s", advertiser.name, feed, failures[0]
        )
    held = tuple(sorted(set(old) - set(gone)))
    return Expired(feed, kept.rows, held, len(gone), len(cleared))


def _remove_each(
    days: Iterable[date], remove: Callable[[date], None], failures: list[StorageError]
) -> list[date]:
    """The days that went; the errors of others are added to `failures`, until they are too many."""
    gone = []
    for day in days:
        if len(failures) >= _MOST_FAILURES:
            break
        try:
            remove(day)
            gone.append(day)
        except StorageError as error:
            failures.append(error)
    return gone


def _remove_day(advertiser: Advertiser, feed: str, day: date, entries: Sequence[Entry]) -> None:
    """A young file that the manifest does not name may be one that another ingest is about to name."""
    folder = lake.open_partition(advertiser, feed, day)
    manifest = lake.read_manifest_leniently(folder)
    named = lake.list_named_files(manifest) if manifest else []
    latest = datetime.now(UTC) - lake.UNNAMED_FILE_LIFE
    left = [
        entry.name
        for entry in entries
        if entry.name in named or entry.modified_at is None or entry.modified_at <= latest
    ]
    _remove_files(folder, [lake.MANIFEST, *(name for name in left if name != lake.MANIFEST)])
    if folder.local is not None:
        with suppress(OSError):  # not empty, or gone
            folder.local.rmdir()


def _may_have_unnamed(entries: Sequence[Entry]) -> bool:
    """More than one file of a kind, or files without a manifest: only then is the manifest worth reading."""
    kinds = Counter(match[1] for entry in entries if (match := _DATA.fullmatch(entry.name)))
    return max(kinds.values()) > 1 or all(entry.name != lake.MANIFEST for entry in entries)


def _remove_unnamed(advertiser: Advertiser, feed: str, day: date, entries: Sequence[Entry]) -> None:
    """Remove what killed ingests have left, and what a replaced manifest named, once nobody can want it."""
    latest = datetime.now(UTC) - lake.UNNAMED_FILE_LIFE
    folder = lake.open_partition(advertiser, feed, day)
    manifest = lake.read_manifest_leniently(folder)
    written = [entry.modified_at for entry in entries if entry.name == lake.MANIFEST]
    if written and (manifest is None or any(time is None or time > latest for time in written)):
        return  # a damaged one is for an ingest to mend; what a young one has replaced may be being read
    named = lake.list_named_files(manifest) if manifest else []
    _remove_files(
        folder,
        [
            entry.name
            for entry in entries
            if _DATA.fullmatch(entry.name)
            and entry.name not in named
            and entry.modified_at is not None
            and entry.modified_at <= latest
        ],
    )


def _remove_files(folder: Folder, names: Iterable[str]) -> None:
    for name in names:
        with suppress(FileNotFoundError):
            folder.remove_file(name)


def _find_newest_catalogue(advertiser: Advertiser, feed: str, days: Iterable[date]) -> set[date]:
    """The newest of the days with rows, if the feed is a catalogue."""
    if feed in FEEDS and isinstance(load_feed(feed).role, Catalogue):
        for day in sorted(days, reverse=True):
            if _has_rows(advertiser, feed, day):
                return {day}
    return set()


def _has_rows(advertiser: Advertiser, feed: str, day: date) -> bool:
    """A day with a damaged manifest has none, until another ingest mends it."""
    manifest = lake.read_manifest_leniently(lake.open_partition(advertiser, feed, day))
    return manifest is not None and manifest.accepted_rows > 0


def _list_quarantines(entries: Iterable[Entry]) -> list[str]:
    return [entry.name for entry in entries if _QUARANTINE.fullmatch(entry.name)]


def _list_feeds(advertiser: Advertiser) -> list[str]:
    folder = Folder(Place(uri=f"{advertiser.lake.url}/{advertiser.name}", conn_id=advertiser.lake.conn_id))
    entries = folder.list_entries() or []
    return [entry.name for entry in entries if entry.is_folder and entry.name not in (RUNS, BLENDS)]


def _list_files(advertiser: Advertiser, feed: str) -> dict[date, list[Entry]]:
    """The lake's files of each day that has data files, by few requests whatever the number of days."""
    folder = lake.open_feed(advertiser, feed)
    with explain_storage_errors(f"list {folder.url}"):
        folder.store.invalidate_cache()
        found = folder.store.find(folder.path, detail=True)
    files = defaultdict(list)
    for path, info in found.items():
        match = _FILE.search(path.removeprefix(folder.path))
        if match and (day := lake.parse_day(match[1])):
            entry = Entry(match[2], info["size"] or 0, False, read_time(info))
            if entry.name == lake.MANIFEST or _DATA.fullmatch(entry.name):
                files[day].append(entry)
    return {
        day: entries
        for day, entries in files.items()
        if any(_DATA.fullmatch(entry.name) for entry in entries)
    }
