"""Tables whose files are not their rows: Delta Lake, Iceberg and Hudi keep removed rows among them."""

from __future__ import annotations

import re
from typing import Final

from include.errors import RejectedDayError
from include.ingest.landing.listing import Listing
from include.ingest.storage import Folder, explain_storage_errors
from include.settings import Advertiser, Place

_KINDS: Final = {"_delta_log": "a Delta Lake table", ".hoodie": "a Hudi table"}
_ICEBERG: Final = re.compile(r"(?:.*/)?metadata/[^/]*\.metadata\.json(?:\.gz)?")


def refuse_tables(advertiser: Advertiser, listing: Listing) -> None:
    """Raises RejectedDayError where the day's folder, or one above it up to the landing place, is a table."""
    for name in listing.found:
        marks = [part for part in name.split("/") if part in _KINDS]
        if marks or _ICEBERG.fullmatch(name):
            raise _refuse(listing.url, marks[0] if marks else "")
    for folder in _list_above(advertiser, listing.url):
        if mark := _find_mark(folder):
            raise _refuse(folder.url, mark.removeprefix("metadata"))


def _refuse(url: str, mark: str) -> RejectedDayError:
    kind = _KINDS.get(mark, "an Iceberg table")
    return RejectedDayError(
        f"{url} is {kind} (it holds {mark or 'metadata/….metadata.json'}), whose files also hold rows that"
        " were changed or removed; have each day's rows exported as plain Parquet or CSV files into a folder"
        " of their own."
    )


def _list_above(advertiser: Advertiser, url: str) -> list[Folder]:
    """The folders above the day's, from the landing place down."""
    top = advertiser.landing.url.rstrip("/")
    parts = url.removeprefix(f"{top}/").split("/")[:-1]
    urls = ["/".join([top, *parts[:count]]) for count in range(len(parts) + 1)]
    return [Folder(Place(uri=each, conn_id=advertiser.landing.conn_id)) for each in urls]


def _find_mark(folder: Folder) -> str:
    for name in (*_KINDS, "metadata"):
        names = _list_names(folder, name)
        if names and (name in _KINDS or any(_ICEBERG.fullmatch(f"metadata/{each}") for each in names)):
            return name
    return ""


def _list_names(folder: Folder, name: str) -> list[str]:
    if folder.local is not None:
        inner = folder.local / name
        return [path.name for path in inner.iterdir()] if inner.is_dir() else []
    try:
        with explain_storage_errors(f"list {folder.url}/{name}"):
            found = folder.store.ls(f"{folder.path}/{name}", detail=False)
            return [path.rpartition("/")[2] for path in found]
    except FileNotFoundError:
        return []
