"""Whether the landing place can be read and the lake be written, and what lies in the first."""

from __future__ import annotations

import uuid
from pathlib import Path

from include.commands.findings import Finding, catch_failures
from include.connections import find_connection, name_variable
from include.errors import SettingsError, StorageError
from include.settings import Advertiser, Place

_SHOWN = 5


def check_places(advertiser: Advertiser) -> list[Finding]:
    from include.ingest.apart import check_apart

    found: list[Finding] = []
    with catch_failures(found, advertiser.name, "landing"):
        _check_connection(advertiser.landing)
        found += _check_landing(advertiser)
    with catch_failures(found, advertiser.name, "lake"):
        check_apart(advertiser)
        _check_connection(advertiser.lake)
        found.append(_check_lake(advertiser))
    return found


def _check_connection(place: Place) -> None:
    """Raises SettingsError for one that is named and not there: runs would go on without credentials."""
    if place.conn_id and place.connection and find_connection(place.conn_id) is None:
        variable = name_variable(place.conn_id)
        raise SettingsError(
            f"there is no connection {place.conn_id} for {place.url}: set {variable}, or add it in Airflow's"
            " UI."
        )


def _check_landing(advertiser: Advertiser) -> list[Finding]:
    from include.ingest.storage import Folder

    name = advertiser.name
    entries = Folder(advertiser.landing).list_entries()
    url = advertiser.landing.url
    if entries is None:
        said = f"{url} is not there: correct landing.uri or DANGOL_DATA, or ask the mall to deliver."
        return [Finding(name, "landing", "wrong", said)]
    found = [Finding(name, "landing", "right", f"{url} can be read.")]
    for feed in advertiser.feeds:
        with catch_failures(found, name, feed):
            found.append(_check_feed(advertiser, feed, [entry.name for entry in entries]))
    return found


def _check_feed(advertiser: Advertiser, feed: str, names: list[str]) -> Finding:
    from include.ingest.landing import explain_incomplete
    from include.ingest.landing.delivered_days import list_delivered_days

    name, settings = advertiser.name, advertiser.feeds[feed]
    days = list_delivered_days(advertiser, feed, most=1)
    if not days:
        holds = f"it holds {', '.join(map(repr, names[:_SHOWN]))}" if names else "it is empty"
        said = f"no folder of a day is like {settings.path!r} below {advertiser.landing.url}: {holds}"
        if settings.required:
            return Finding(name, feed, "wrong", f"{said}; correct feeds.{feed}.path, or wait for the mall.")
        return Finding(name, feed, "doubtful", f"{said}; the feed is not required, so its days are skipped.")
    newest = days[0]
    if newest < advertiser.schedule.start_date:
        said = (
            f"the newest day there is {newest}, before schedule.start_date {advertiser.schedule.start_date}"
        )
        return Finding(
            name, feed, "doubtful", f"{said}: no run asks for it; move start_date to the first day."
        )
    reason = explain_incomplete(advertiser, feed, newest)
    note = f", not complete yet: {reason}" if reason else ", complete."
    return Finding(name, feed, "right", f"the newest day there is {newest}{note}")


def _check_lake(advertiser: Advertiser) -> Finding:
    """Write a file and remove it again, in the lake, or in what is there of the way to it."""
    from include.ingest.storage import Folder

    url = advertiser.lake.url
    place = Place(uri=_find_existing(url), conn_id=advertiser.lake.conn_id)
    probe = f".dangol-check-{uuid.uuid4().hex}"
    folder = Folder(place)
    folder.write_file(probe, b"")
    try:
        folder.remove_file(probe)
    except FileNotFoundError:
        raise StorageError(f"{place.url}/{probe} was written and is not there.") from None
    made = "" if place.url == url else f"; the first ingest makes it, below {place.url}"
    return Finding(advertiser.name, "lake", "right", f"{url} can be written{made}.")


def _find_existing(url: str) -> str:
    """The place itself, or of a local one the nearest folder above it that is there."""
    if not url.startswith("file://"):
        return url
    path = Path(url.removeprefix("file://"))
    there = next((each for each in (path, *path.parents) if each.exists()), path)
    if not there.is_dir():
        raise StorageError(f"{url}: {there} is a file; a folder is expected there.")
    return f"file://{there}"
