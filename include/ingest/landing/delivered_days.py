"""Which days have a folder in the landing place, whatever the feed's path makes of a date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from string import Formatter

from include.ingest.storage import Folder
from include.settings import Advertiser, Place

_PARTS = {"Y": r"\d{4}", "m": r"\d\d", "d": r"\d\d", "j": r"\d{3}", "y": r"\d\d", "b": r"\w+", "B": r"\w+"}
_ISO = "%Y-%m-%d"


def list_delivered_days(advertiser: Advertiser, feed: str, most: int) -> list[date]:
    """The newest days that have a folder, newest first. Raises StorageError."""
    path = advertiser.feeds[feed].path
    pieces = _write_format(path, feed).strip("/").split("/")
    landing = Place(uri=advertiser.landing.url, conn_id=advertiser.landing.conn_id)
    return list(islice(_find_days(landing, pieces, ""), most))


def _write_format(path: str, feed: str) -> str:
    """The path as strftime writes it."""
    text = ""
    for literal, name, form, _ in Formatter().parse(path):
        text += literal.replace("%", "%%")
        if name == "feed":
            text += feed.replace("%", "%%")
        elif name == "day":
            text += form or _ISO
    return text


def _find_days(place: Place, pieces: list[str], form: str, text: str = "") -> Iterator[date]:
    """Go through the folders newest name first; `form` and `text` are of the path so far."""
    if not pieces:
        try:
            yield datetime.strptime(text, form).date()
        except ValueError:
            return
        return
    piece, *rest = pieces
    for name in _list_names(place, piece):
        below = Place(uri=f"{place.url}/{name}", conn_id=place.conn_id)
        yield from _find_days(below, rest, f"{form}/{piece}", f"{text}/{name}")


def _list_names(place: Place, piece: str) -> list[str]:
    if "%" not in piece.replace("%%", ""):
        return [piece.replace("%%", "%")]
    pattern = re.compile(
        "".join(
            (re.escape(part[1]) if part[1] not in _PARTS else _PARTS[part[1]])
            if part.startswith("%")
            else re.escape(part)
            for part in re.findall(r"%.|[^%]+", piece)
        )
    )
    entries = Folder(place).list_entries() or []
    return sorted((e.name for e in entries if e.is_folder and pattern.fullmatch(e.name)), reverse=True)
