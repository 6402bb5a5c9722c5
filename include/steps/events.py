"""A window's events as the lake has them: the files of each event feed → coded lines, orders and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from include.settings import Advertiser
from include.settings.weights import EVENT_FEEDS, PURCHASE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.dataset.lines import CodedLines
    from include.ingest.lake import RowsFile


def list_event_feeds(advertiser: Advertiser) -> dict[str, str]:
    """The event type of each of the advertiser's feeds that holds events."""
    return {feed: EVENT_FEEDS[feed] for feed in advertiser.feeds if feed in EVENT_FEEDS}


def find_days(advertiser: Advertiser, feed: str, days: Sequence[date]) -> list[date]:
    """Those of the days that have a partition of the feed."""
    from include.ingest.lake import read_manifest

    return [day for day in days if read_manifest(advertiser, feed, day) is not None]


@dataclass(frozen=True, eq=False)
class EventFiles:
    """The files of one event type, a day each; only purchases are less what was cancelled."""

    event_type: str
    files: Sequence[RowsFile]

    def read_lines(self) -> CodedLines:
        """The lines of all files, numbered in their order. Raises ValueError, StorageError."""
        from include.columns import LINE_COLUMNS
        from include.dataset.lines import Part, code_lines
        from include.dataset.netting import TIE_COLUMNS, net_lines
        from include.ingest.lake import take_rows

        with ThreadPoolExecutor(2) as pool:
            rows = list(pool.map(attrgetter("rows"), self.files))
        read: Any = _read_purchases if self._nets else _read_plainly
        parts = [
            Part(count, partial(read, file, LINE_COLUMNS))
            for count, file in zip(rows, self.files, strict=True)
        ]
        if not self._nets:
            return code_lines(parts, f"{self.event_type} events")
        return net_lines(code_lines(parts), lambda rows: take_rows(self.files, rows, TIE_COLUMNS))

    def read_orders(self) -> NDArray[np.int32]:
        """The order (lines,) of each line, coded by `code_orders`; but for purchases, the session."""
        from include.columns import ORDER_ID
        from include.dataset.events import code_orders

        return code_orders([table[ORDER_ID] for table in self._read_all(ORDER_ID)])

    def read_prices(self) -> NDArray[np.float64]:
        """The price (lines,) of each line; NaN where it has none."""
        import numpy as np
        import pyarrow.compute as pc

        from include.columns import PRICE

        prices = [pc.fill_null(table[PRICE], np.nan).to_numpy() for table in self._read_all(PRICE)]
        return np.concatenate([np.empty(0), *prices])

    @property
    def _nets(self) -> bool:
        return self.event_type == PURCHASE

    def _read_all(self, name: str) -> list[pa.Table]:
        import pyarrow as pa

        from include.columns import PURCHASES
        from include.dataset.tables import conform_table

        schema = pa.schema([PURCHASES.field(name)])
        read: Any = _read_purchases if self._nets else _read_plainly
        return [conform_table(read(file, [name]), schema, self.event_type) for file in self.files]


def _read_purchases(file: RowsFile, columns: Sequence[str]) -> pa.Table:
    return file.read(columns, use_threads=False)


def _read_plainly(file: RowsFile, columns: Sequence[str]) -> pa.Table:
    """The columns as purchases have them: one unit where the events count none, sessions for orders."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.columns import OCCURRED_AT, ORDER_ID, PRICE, PURCHASED_AT, PURCHASES, QUANTITY

    table = file.read(use_threads=False)
    table = table.rename_columns(
        {OCCURRED_AT: PURCHASED_AT, "session_id": ORDER_ID}.get(name, name) for name in table.column_names
    )
    for name in (ORDER_ID, PRICE, QUANTITY):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, PURCHASES.field(name).type))
    place = table.column_names.index(QUANTITY)
    return table.set_column(place, QUANTITY, pc.fill_null(table[QUANTITY].cast(pa.float64()), 1.0)).select(
        columns
    )


def open_event_files(advertiser: Advertiser, days: Sequence[date]) -> Mapping[str, EventFiles]:
    """The files of each event type, purchases first; a day that a feed lacks is without its events."""
    from include.ingest.lake import open_lines

    found: dict[str, list[RowsFile]] = {PURCHASE: []}
    with ThreadPoolExecutor(2) as pool:
        for feed, event_type in sorted(list_event_feeds(advertiser).items()):
            feed_days = find_days(advertiser, feed, days)
            files = pool.map(partial(open_lines, advertiser, feed), feed_days)
            found.setdefault(event_type, []).extend(files)
    return {event_type: EventFiles(event_type, files) for event_type, files in found.items()}
