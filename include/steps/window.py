"""Lake partitions → the window's interactions and the lists that need no training."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from include.errors import DangolError, EmptyWindowError, MissingDataError
from include.settings import Advertiser, days_between
from include.steps.preflight import run_preflight
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure
from include.steps.train import cap_baskets

if TYPE_CHECKING:
    import pyarrow as pa


def find_missing_days(advertiser: Advertiser, as_of: date) -> list[date]:
    """Days of the window that have no purchases partition in the lake."""
    from include.ingest.lake import read_manifest

    first, last = advertiser.window(as_of)
    if last < first:
        raise DangolError(
            f"{advertiser.name}: as-of date {as_of} is before the start date"
            f" {advertiser.schedule.start_date}, so its window is empty."
        )
    return [day for day in days_between(first, last) if read_manifest(advertiser, "purchases", day) is None]


def explain_missing_days(advertiser: Advertiser, as_of: date, missing: list[date]) -> str:
    first, last = advertiser.window(as_of)
    spans = list_spans(missing)
    days = ", ".join(spans[:10]) + (" …" if len(spans) > 10 else "")
    return (
        f"{advertiser.name}: the window {first} to {last} lacks {len(missing)} of"
        f" {(last - first).days + 1} days of purchases: {days};"
        f" run or backfill the DAG {advertiser.name}_ingest for them, then run this again."
    )


def list_spans(days: list[date]) -> list[str]:
    """Sorted days as they are typed into a backfill: those that follow each other as one range."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return [str(first) if first == last else f"{first} to {last}" for first, last in spans]


def build_window(advertiser: Advertiser, as_of: date) -> Summary:
    """Read the window's partitions, net cancellations, and leave interactions and plain lists for the models.

    The summary's `preflight` is what the stages after this one will cost. Raises MissingDataError where days
    are missing, EmptyWindowError where nothing was bought, DangolError where the memory does not suffice.
    """
    import pyarrow as pa

    from include.ingest.lake import read_partition
    from include.models.best_sellers import rank_best_sellers
    from include.models.interactions import Interactions
    from include.models.netting import net_purchases
    from include.models.recent_items import rank_recent_items

    if missing := find_missing_days(advertiser, as_of):
        raise MissingDataError(explain_missing_days(advertiser, as_of, missing))
    first, last = advertiser.window(as_of)
    summary: Summary = {"window_start": first.isoformat(), "window_end": last.isoformat()}
    folder = RunFolder(advertiser, as_of)
    with measure(summary), explain_refusals(advertiser, as_of):
        lines = pa.concat_tables(
            [read_partition(advertiser, "purchases", day) for day in days_between(first, last)]
        )
        purchases = net_purchases(lines)
        interactions = Interactions.from_purchases(purchases)
        users, items = interactions.user_items.shape
        if interactions.user_items.nnz == 0:
            raise EmptyWindowError(
                f"{advertiser.name}: nobody bought anything from {first} to {last}"
                f" ({lines.num_rows:,} accepted lines, none of which stands after cancellations),"
                " so there is nothing to recommend; the release before stays current."
            )
        products = _read_catalogue(advertiser, as_of)
        seen = cap_baskets(advertiser, interactions)
        summary["preflight"] = run_preflight(advertiser, as_of, seen, products.num_rows)
        rows = {
            "interactions": interactions.to_table(),
            "products": products,
            "best_sellers": rank_best_sellers(purchases, products, advertiser.k.best_sellers).rows,
            "recent_items": rank_recent_items(purchases, advertiser.k.recent_items).rows,
        }
        folder.mark_as_begun()
        files = {name: folder.write_rows(name, table) for name, table in rows.items()}
    summary |= {
        "purchases": lines.num_rows,
        "users": users,
        "items": items,
        "pairs": interactions.user_items.nnz,
    }
    folder.write_summary("window", summary, files)
    return summary


def _read_catalogue(advertiser: Advertiser, as_of: date) -> pa.Table:
    """The newest catalogue on or before the as-of date; an empty one where none was ever delivered.

    A closed day delivers an empty one, which does not mean that the mall has nothing left to sell.
    """
    from include.ingest.lake import find_newest_rows, read_partition
    from include.models.columns import PRODUCTS

    day = find_newest_rows(advertiser, "products", as_of)
    return read_partition(advertiser, "products", day) if day else PRODUCTS.empty_table()
