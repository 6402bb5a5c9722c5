"""What the gates ask of a window: its days against the calendar and the weeks before, its items against the
catalogue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.steps.events import list_event_feeds
from include.warehouse.facts import DayLines, WindowFacts

if TYPE_CHECKING:
    import pyarrow as pa

    from include.ingest.manifest import Manifest


def gather_facts(advertiser: Advertiser, as_of: date, bought: pa.Array, products: pa.Table) -> WindowFacts:
    """`bought` are the window's items, each once; `products` is the catalogue, which may be empty."""
    from include.ingest.usual import WEEKS

    first, last = advertiser.find_window(as_of)
    manifests = _read_manifests(advertiser, first - timedelta(weeks=WEEKS), last)
    days = {
        day: DayLines(manifest.accepted_rows, _find_usual(manifests, day), is_empty=not manifest.lines)
        for day, manifest in manifests.items()
        if day >= first
    }
    known, loosely = _count_known(bought, products)
    absent_items = advertiser.catalogue.absent_items if products.num_rows else "available"
    return WindowFacts(
        is_young=(last - first).days + 1 < advertiser.window.days,
        open_days=len(days),
        days_with_lines=sum(day.lines > 0 for day in days.values()),
        absent_items=absent_items,
        catalogue_items=products.num_rows,
        known_items=known,
        loosely_known_items=loosely,
        days={day.isoformat(): counts for day, counts in days.items()},
    )


def _read_manifests(advertiser: Advertiser, first: date, last: date) -> dict[date, Manifest]:
    """Those of the purchases of each day that the lake has and that was not closed, in order."""
    from include.ingest.lake import read_manifest

    feed = next(name for name, role in list_event_feeds(advertiser).items() if role.type == PURCHASE)
    days = days_between(max(first, advertiser.schedule.start_date), last)
    days = [day for day in days if not advertiser.calendar.is_closed(day)]
    with ThreadPoolExecutor(8) as pool:
        manifests = list(pool.map(lambda day: read_manifest(advertiser, feed, day), days))
    return {manifest.day: manifest for manifest in manifests if manifest and not manifest.is_closed}


def _find_usual(manifests: dict[date, Manifest], day: date) -> float | None:
    """An empty day is no measure: the mall was closed, or its delivery failed."""
    from include.ingest.usual import find_median, list_same_weekdays

    before = map(manifests.get, list_same_weekdays(day))
    return find_median([manifest.accepted_rows for manifest in before if manifest and manifest.lines])


def _count_known(bought: pa.Array, products: pa.Table) -> tuple[int, int]:
    """How many of the items the catalogue names, and how many more where zeros and case do not count."""
    import pyarrow.compute as pc

    from include.columns import ITEM_ID

    known = pc.is_in(bought, value_set=products[ITEM_ID])
    loosely = pc.is_in(
        _loosen(bought.filter(pc.invert(known))), value_set=_loosen(products[ITEM_ID].combine_chunks())
    )
    return known.true_count, loosely.true_count


def _loosen(ids: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.utf8_lower(pc.utf8_ltrim(ids, "0"))
