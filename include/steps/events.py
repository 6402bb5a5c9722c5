"""A window's events as the lake has them: the files of each event feed → coded lines, orders and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from include.errors import MissingDataError
from include.feeds.base import Event, FeedType
from include.feeds.purchases import PURCHASE
from include.feeds.registry import load_feed
from include.settings import Advertiser

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.dataset.lines import CodedLines
    from include.ingest.lake import RowsFile

_SESSION_ID = "session_id"


def list_event_feeds(advertiser: Advertiser) -> dict[str, Event]:
    """Those of the advertiser's feeds that hold events, each with its role."""
    roles = {name: load_feed(name).role for name in advertiser.feeds}
    return {name: role for name, role in roles.items() if isinstance(role, Event)}


def find_days(advertiser: Advertiser, feed: str, days: Sequence[date]) -> list[date]:
    """Those of the days that have a partition of the feed."""
    from include.ingest.lake import read_manifest

    return [day for day in days if read_manifest(advertiser, feed, day) is not None]


class DayFile(NamedTuple):
    """A day of one feed."""

    feed: FeedType
    role: Event
    file: RowsFile

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Columns by the names that purchases have for them: times are `purchased_at`, sessions `order_id`.

        Null where the feed has no such column; but an event that counts no units is one.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from include.columns import ORDER_ID, PURCHASED_AT, PURCHASES, QUANTITY

        theirs = {
            PURCHASED_AT: self.role.timestamp,
            ORDER_ID: ORDER_ID if ORDER_ID in self.feed.names else _SESSION_ID,
        }
        names = {name: theirs.get(name, name) for name in columns}
        known = [name for name in names.values() if name in self.feed.names]
        table = self.file.read(known, use_threads=False) if known else pa.table({})
        made = {
            name: table[there] if there in known else pa.nulls(self.file.rows, PURCHASES.field(name).type)
            for name, there in names.items()
        }
        if QUANTITY in made and not self.role.nets:
            made[QUANTITY] = pc.fill_null(made[QUANTITY], 1.0)
        return pa.table(made)


@dataclass(frozen=True, eq=False)
class EventFiles:
    """The files of one event type, a day of a feed each, and how many threads may read them (None: all)."""

    event_type: str
    days: Sequence[DayFile]
    threads: int | None = None

    def read_lines(self) -> CodedLines:
        """The lines of all files, numbered in their order, less what was cancelled where the feeds net.

        Raises RefusedInputError, StorageError.
        """
        from include.columns import LINE_COLUMNS
        from include.dataset.lines import WindowPart, code_lines
        from include.dataset.netting import TIE_COLUMNS, net_lines
        from include.ingest.lake import take_rows

        files = [day.file for day in self.days]
        with ThreadPoolExecutor(2) as pool:
            rows = list(pool.map(lambda file: file.rows, files))
        parts = [
            WindowPart(size, partial(day.read, LINE_COLUMNS))
            for size, day in zip(rows, self.days, strict=True)
        ]
        lines = code_lines(parts, self.event_type + "s", self.threads)
        if not all(day.role.nets for day in self.days):
            return lines
        return net_lines(lines, lambda numbers: take_rows(files, numbers, TIE_COLUMNS))

    def read_orders(self) -> NDArray[np.int32]:
        """The order (lines,) of each line, or its session, coded by `code_orders`."""
        from include.columns import ORDER_ID
        from include.dataset.events import code_orders

        return code_orders([table[ORDER_ID] for table in self._read_days(ORDER_ID)], self.threads)

    def read_prices(self) -> NDArray[np.float64]:
        """The price (lines,) of each line; NaN where it has none."""
        import numpy as np
        import pyarrow.compute as pc

        from include.columns import PRICE

        prices = [pc.fill_null(table[PRICE], np.nan).to_numpy() for table in self._read_days(PRICE)]
        return np.concatenate([np.empty(0), *prices])

    def _read_days(self, name: str) -> list[pa.Table]:
        import pyarrow as pa

        from include.columns import PURCHASES
        from include.dataset.schemas import conform_table

        schema = pa.schema([PURCHASES.field(name)])
        with ThreadPoolExecutor(min(2, self.threads or 2)) as pool:
            tables = list(pool.map(lambda day: day.read([name]), self.days))
        return [conform_table(table, schema, self.event_type + "s") for table in tables]


def open_event_files(advertiser: Advertiser, days: Sequence[date]) -> Mapping[str, EventFiles]:
    """The files of each event type, purchases first; a day that a feed lacks is without its events."""
    found: dict[str, list[DayFile]] = {PURCHASE: []}
    for name, role in list_event_feeds(advertiser).items():
        with ThreadPoolExecutor(2) as pool:
            files = pool.map(partial(_open_day, advertiser, name), days)
        there = [DayFile(load_feed(name), role, file) for file in files if file]
        found.setdefault(role.type, []).extend(there)
    threads = advertiser.run.threads
    return {event_type: EventFiles(event_type, files, threads) for event_type, files in found.items()}


def _open_day(advertiser: Advertiser, feed: str, day: date) -> RowsFile | None:
    """None where the day was never ingested: its manifest is read once, to tell and to open."""
    from include.ingest.lake import open_lines

    try:
        return open_lines(advertiser, feed, day)
    except MissingDataError:
        return None
