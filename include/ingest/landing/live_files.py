"""What the mall says between its deliveries: the files in the folder `live` of the landing place.

`blocked_items.csv` and `just_bought.csv`, or parts of them such as `just_bought-2.jsonl.gz`, in any format
that a feed may have, with our names of columns. The mall replaces them as often as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import EmptyFileError, RejectedDayError
from include.ingest.formats.parsing import parse_file
from include.ingest.landing.day_folder import DayFolder
from include.ingest.landing.names import is_aside, is_unfinished, show_name
from include.ingest.limits import find_limits, too_large
from include.ingest.storage import Entry, Folder
from include.ingest.values.ids import IdCase, clean_ids
from include.ingest.values.text import clean_text
from include.ingest.values.timestamps import parse_timestamps
from include.memory import MB
from include.settings import Advertiser, Feed, Place

FOLDER: Final = "live"

# A moment further ahead is a mistake, and a row of it would never be forgotten.
_AHEAD: Final = timedelta(days=1)
_FEED: Final = Feed()


@dataclass(frozen=True)
class LiveFile:
    """What the files of a table have: ids and `moment`, which each line needs; the others may be absent."""

    table: str
    ids: tuple[str, ...]
    moment: str
    text: str | None = None
    until: str | None = None


LIVE_FILES: Final = (
    LiveFile("blocked_items", ("item_id",), "blocked_at", text="reason", until="until"),
    LiveFile("just_bought", ("user_id", "item_id"), "bought_at"),
)


@dataclass(frozen=True)
class LiveRows:
    """The rows of a table that are right, with all its columns; of the files' `lines`, `wrong` are not."""

    rows: list[dict[str, Any]]
    files: int
    lines: int
    wrong: int


def read_live_files(advertiser: Advertiser, live: LiveFile, now: datetime | None = None) -> LiveRows:
    """The files of a table, in the order of their names; no rows where there are none.

    Raises RejectedDayError for a file that cannot be read or lacks a column, and StorageError where one
    changes meanwhile.
    """
    folder = _open_folder(advertiser)
    limits = find_limits(advertiser)
    entries = [entry for entry in folder.list_files(limits.day_files) or [] if _is_of(entry.name, live.table)]
    for entry in entries:
        if entry.problem:
            raise RejectedDayError(f"file {show_name(entry.name)} {entry.problem}.")
        if entry.size_bytes > limits.file_bytes:
            size = f"{entry.size_bytes / MB:,.1f} MB"
            raise too_large(show_name(entry.name), size, "file_mb", limits.file_bytes // MB)
    rows: list[dict[str, Any]] = []
    lines = 0
    for name, table in _parse(advertiser, folder, entries):
        lines += table.num_rows
        rows += _read_rows(advertiser, live, name, table, now or datetime.now(UTC))
    return LiveRows(rows, len(entries), lines, lines - len(rows))


def _open_folder(advertiser: Advertiser) -> DayFolder:
    landing = advertiser.landing
    place = Place(uri=f"{landing.url.rstrip('/')}/{FOLDER}", conn_id=landing.conn_id)
    return DayFolder(Folder(place), Folder(landing))


def _is_of(name: str, table: str) -> bool:
    stem = name.partition(".")[0]
    return (stem == table or stem.startswith(f"{table}-")) and not is_unfinished(name) and not is_aside(name)


def _parse(advertiser: Advertiser, folder: DayFolder, entries: list[Entry]) -> list[tuple[str, pa.Table]]:
    limits = find_limits(advertiser)
    parsed = []
    for entry, content in folder.read_files(entries):
        name = show_name(entry.name)
        try:
            parsed.append((name, parse_file(name, content, _FEED, limits).table))
        except EmptyFileError:
            continue
    return parsed


def _read_rows(
    advertiser: Advertiser, live: LiveFile, name: str, table: pa.Table, now: datetime
) -> list[dict[str, Any]]:
    if missing := [column for column in (*live.ids, live.moment) if column not in table.column_names]:
        raise RejectedDayError(
            f"file {name} has no column {', '.join(missing)}, but {', '.join(table.column_names)}; have it"
            " written with our names of columns (docs/how-to/serve-ads.md)."
        )
    good = np.ones(table.num_rows, bool)
    columns: dict[str, pa.Array] = {}
    for column in live.ids:
        ids = clean_ids(table.column(column), _FEED.nulls(column), _find_case(advertiser))
        columns[column] = ids.values
        good &= np.array(pc.is_valid(ids.values)) & np.array(pc.is_null(ids.exact))
        good &= np.array(pc.is_null(ids.printable))
    moments, _ = _read_times(advertiser, table, live.moment)
    columns[live.moment] = moments
    good &= np.array(pc.less_equal(moments, pa.scalar(now + _AHEAD, moments.type)).fill_null(False))
    if live.text is not None:
        columns[live.text] = _read_text(table, live.text)
    if live.until is not None:
        columns[live.until], is_wrong = _read_times(advertiser, table, live.until)
        good &= ~is_wrong
    rows: list[dict[str, Any]] = pa.table(columns).filter(pa.array(good)).to_pylist()
    return rows


def _read_times(advertiser: Advertiser, table: pa.Table, column: str) -> tuple[pa.Array, np.ndarray]:
    """Moments in UTC, null where there is none, and a mask of what is none but was given."""
    if column not in table.column_names:
        return pa.nulls(table.num_rows, pa.timestamp("us", "UTC")), np.zeros(table.num_rows, bool)
    values, parsed = parse_timestamps(table.column(column), _FEED.nulls(column), advertiser.zone)
    return values, ~np.array(parsed.fill_null(True))


def _read_text(table: pa.Table, column: str) -> pa.Array:
    if column not in table.column_names:
        return pa.array([""] * table.num_rows, pa.string())
    text = clean_text(table.column(column), _FEED.nulls(column)).fill_null("")
    return pc.replace_substring(text, "\0", "")


def _find_case(advertiser: Advertiser) -> IdCase:
    """That of the feeds that have one, for an item has one id in all of them."""
    return next((feed.id_case for feed in advertiser.feeds.values() if feed.id_case != "keep"), "keep")
