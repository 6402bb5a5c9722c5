"""Lake partitions → the window's dataset and the lists that need no training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from include.capacity.preflight import run_preflight
from include.errors import EmptyWindowError, MissingDataError, PermanentError
from include.feeds.base import Catalogue
from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.steps import dataset
from include.steps.events import find_days, list_event_feeds, open_event_files
from include.steps.run_folder import Files, RunFolder, Summary, explain_refusals, measure

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MissingDays = Mapping[str, list[date]]


def find_missing_days(advertiser: Advertiser, as_of: date) -> dict[str, list[date]]:
    """By event feed that the advertiser requires, the days of the window of which the lake has no partition.

    Feeds without such a day are not in it. The days of other feeds that are missing are without events.
    Raises PermanentError where the window is empty, or days have expired; StorageError.
    """
    first, last = advertiser.find_window(as_of)
    if last < first:
        raise PermanentError(
            f"{advertiser.name}: as-of date {as_of} is before the start date"
            f" {advertiser.schedule.start_date}, so its window is empty."
        )
    days = days_between(first, last)
    missing = {
        feed: sorted(set(days) - set(find_days(advertiser, feed, days)))
        for feed in list_event_feeds(advertiser)
        if feed in advertiser.required_feeds
    }
    missing = {feed: lacking for feed, lacking in missing.items() if lacking}
    _check_are_kept(advertiser, as_of, missing)
    return missing


def _check_are_kept(advertiser: Advertiser, as_of: date, missing: MissingDays) -> None:
    """Days that have expired do not come by waiting, and an ingest would refuse them."""
    from include.ingest.expiry import explain_limit, find_kept

    earliest = min((days[0] for days in missing.values()), default=None)
    kept = find_kept(advertiser) if earliest else None
    if kept and earliest and earliest < kept.rows:
        first, last = advertiser.find_window(as_of)
        raise PermanentError(
            f"{advertiser.name}: the window {first} to {last} lacks days from {earliest} on, and"
            f" {explain_limit(advertiser, kept)}; raise keep.partitions in {advertiser.name}.yaml, ingest the"
            " days again, then run this again."
        )


def explain_missing_days(advertiser: Advertiser, as_of: date, missing: MissingDays) -> str:
    first, last = advertiser.find_window(as_of)
    count = (last - first).days + 1
    lacking = " and ".join(
        f"{len(days)} of {count} days of {feed}: {_name_days(days)}" for feed, days in missing.items()
    )
    return (
        f"{advertiser.name}: the window {first} to {last} lacks {lacking};"
        f" run or backfill the DAG {advertiser.name}_ingest for them, then run this again."
    )


def _name_days(days: list[date]) -> str:
    spans = list_spans(days)
    return ", ".join(spans[:10]) + (" …" if len(spans) > 10 else "")


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
    """Read the window's partitions, net cancellations, and leave the dataset and plain lists.

    The summary's `weights` are those that the dataset was made with, its `preflight` what the stages after
    this one will cost, its `facts` what the gates ask of the window (`include.warehouse.facts`). Raises
    MissingDataError where days of a required feed are missing, EmptyWindowError where nothing was bought,
    PermanentError where the memory does not suffice.
    """
    import numpy as np

    from include.dataset.dataset import Dataset
    from include.dataset.events import list_events
    from include.dataset.interactions import Interactions
    from include.models.best_sellers import rank_sold_items, sum_paid
    from include.models.recent_items import count_recent_rows, rank_recent_events
    from include.steps.facts import gather_facts

    if missing := find_missing_days(advertiser, as_of):
        raise MissingDataError(explain_missing_days(advertiser, as_of, missing))
    first, last = advertiser.find_window(as_of)
    summary: Summary = {"window_start": first.isoformat(), "window_end": last.isoformat()}
    folder = RunFolder(advertiser, as_of)
    with measure(summary), explain_refusals(advertiser, as_of):
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
        counted = [(weight, pairs[name]) for name, weight in weights.items() if weight > 0]
        interactions = Interactions.add_up(counted)
        summary |= {
            "purchases": len(lines[PURCHASE].keys),
            "events": {name: len(some.keys) for name, some in lines.items()},
            "weights": weights,
            "users": interactions.users,
            "items": interactions.items,
            "pairs": interactions.user_items.nnz,
        }
        products = _read_catalogue(advertiser, as_of)
        summary["facts"] = gather_facts(advertiser, as_of, interactions.item_ids, products).to_json()
        seen = Dataset(interactions)
        seen = seen.cap(advertiser.window.max_items) if advertiser.window.max_items else seen
        recent_rows = count_recent_rows(pairs, advertiser.k.recent_items)
        summary["preflight"] = run_preflight(advertiser, as_of, seen, products.num_rows, recent_rows)
        price = {name: some.read_prices() for name, some in files.items()}
        ids = interactions.user_ids, interactions.item_ids

        def list_columns(name: str) -> Mapping[str, NDArray[Any]]:
            return list_events(lines[name], files[name].read_orders(), price[name], *ids)

        def rank_bought() -> pa.Table:
            paid = lines[PURCHASE].quantity * np.nan_to_num(price[PURCHASE])
            revenue = sum_paid(lines[PURCHASE], paid)
            return rank_sold_items(pairs[PURCHASE], revenue, products, advertiser.k.best_sellers).rows

        folder.mark_as_begun()
        written = _write_rows(
            folder,
            {
                # The events first, which take about as long as all others together.
                **dataset.list_tables(*ids, {name: partial(list_columns, name) for name in files}),
                "recent_items": lambda: rank_recent_events(pairs, advertiser.k.recent_items).rows,
                "products": lambda: products,
                "best_sellers": rank_bought,
            },
            advertiser.run.threads,
        )
    folder.write_summary("window", summary, written)
    return summary


def _write_rows(
    folder: RunFolder, tables: Mapping[str, Callable[[], pa.Table]], threads: int | None
) -> Files:
    """Write each file, two at a time where two threads may work, making its rows only then."""

    def write(name: str) -> str:
        return folder.write_rows(name, tables[name]())

    with ThreadPoolExecutor(min(2, threads or 2)) as pool:
        jobs = {name: pool.submit(write, name) for name in tables}
        return {name: job.result() for name, job in jobs.items()}


def _read_catalogue(advertiser: Advertiser, as_of: date) -> pa.Table:
    """The newest catalogue on or before the as-of date; an empty one where none was ever delivered.

    A closed day delivers an empty one, which does not mean that the mall has nothing left to sell.
    """
    from include.columns import PRODUCTS
    from include.ingest.lake import find_newest_rows, read_partition

    for feed in advertiser.list_feeds(Catalogue):
        if day := find_newest_rows(advertiser, feed, as_of):
            return read_partition(advertiser, feed, day)
    return PRODUCTS.empty_table()
