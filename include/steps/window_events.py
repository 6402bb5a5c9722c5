"""The lake's days of a window → its events, counted: what the window step writes and the judge looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from include.errors import EmptyWindowError
from include.feeds.base import Catalogue
from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.steps.events import EventFiles, open_event_files

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.dataset.interactions import Interactions
    from include.dataset.lines import CodedLines

    Prices = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class WindowEvents:
    """By event type: the files, the lines less what was cancelled, and the pairs of user and item.

    weights: those of the advertiser. interactions: the pairs of all types by their weights. products: the
    newest catalogue, that of `catalogue_day`; an empty one where none was ever delivered.
    """

    files: Mapping[str, EventFiles]
    lines: Mapping[str, CodedLines]
    pairs: Mapping[str, Interactions]
    weights: Mapping[str, float]
    interactions: Interactions
    products: pa.Table
    catalogue_day: date | None

    def read_prices(self) -> Prices:
        """The price of each line by event type; NaN where it has none."""
        return {name: some.read_prices() for name, some in self.files.items()}

    def list_columns(self, name: str, prices: Prices) -> Mapping[str, NDArray[Any]]:
        """The events of a type, as `include.dataset.events.COLUMNS`."""
        from include.dataset.events import list_events

        ids = self.interactions.user_ids, self.interactions.item_ids
        return list_events(self.lines[name], self.files[name].read_orders(), prices[name], *ids)

    def weigh(self, weights: Mapping[str, float]) -> WindowEvents:
        """The same events by other weights."""
        chosen = {name: weights[name] for name in sorted(self.pairs)}
        return replace(self, weights=chosen, interactions=_add_up(self.pairs, chosen))

    def rank_recent(self, k: int) -> pa.Table:
        """`columns.RECENT_ITEMS`."""
        from include.models.recent_items import rank_recent_events

        return rank_recent_events(self.pairs, k).rows

    def rank_bought(self, k: int, prices: Prices) -> pa.Table:
        """`columns.BEST_SELLERS`."""
        import numpy as np

        from include.models.best_sellers import rank_sold_items, sum_paid

        bought = self.lines[PURCHASE]
        revenue = sum_paid(bought, bought.quantity * np.nan_to_num(prices[PURCHASE]))
        return rank_sold_items(self.pairs[PURCHASE], revenue, self.products, k).rows


def read_events(advertiser: Advertiser, as_of: date) -> WindowEvents:
    """Read the window's partitions and net cancellations.

    Raises EmptyWindowError where nothing was bought, RefusedInputError, StorageError.
    """
    from include.dataset.interactions import Interactions

    first, last = advertiser.find_window(as_of)
    files = open_event_files(advertiser, days_between(first, last))
    lines = {name: some.read_lines() for name, some in files.items()}
    pairs = {name: Interactions.from_lines(some) for name, some in lines.items()}
    if pairs[PURCHASE].user_items.nnz == 0:
        raise EmptyWindowError(
            f"{advertiser.name}: nobody bought anything from {first} to {last}"
            f" ({len(lines[PURCHASE].keys):,} accepted lines, none of which stands after cancellations),"
            " so there is nothing to recommend; the release before stays current."
        )
    weights = {name: advertiser.event_weights[name] for name in sorted(pairs)}
    return WindowEvents(
        files, lines, pairs, weights, _add_up(pairs, weights), *read_catalogue(advertiser, as_of)
    )


def _add_up(pairs: Mapping[str, Interactions], weights: Mapping[str, float]) -> Interactions:
    from include.dataset.interactions import Interactions

    return Interactions.add_up([(weight, pairs[name]) for name, weight in weights.items() if weight > 0])


def list_day_starts(advertiser: Advertiser, as_of: date) -> NDArray[np.int64]:
    """When each day of the window begins and the last one ends, as `Dataset.day_starts`."""
    import numpy as np

    from include.feeds.rules import find_day_bounds

    bounds = [find_day_bounds(day, advertiser.zone) for day in days_between(*advertiser.find_window(as_of))]
    times = [*(start for start, _ in bounds), bounds[-1][1]]
    return np.array([round(time.timestamp()) * 1_000_000 for time in times], np.int64)


def read_catalogue(advertiser: Advertiser, as_of: date) -> tuple[pa.Table, date | None]:
    """The newest catalogue on or before the as-of date, and its day; an empty one where there is none.

    A closed day delivers an empty one, which does not mean that the mall has nothing left to sell.
    """
    from include.columns import PRODUCTS
    from include.ingest.lake import find_newest_rows, read_partition

    for feed in advertiser.list_feeds(Catalogue):
        if day := find_newest_rows(advertiser, feed, as_of):
            return read_partition(advertiser, feed, day), day
    return PRODUCTS.empty_table(), None
