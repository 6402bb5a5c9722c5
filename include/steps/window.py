"""Lake partitions → the window's dataset and the lists that need no training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from include.capacity.preflight import run_preflight
from include.errors import MissingDataError, PermanentError
from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.steps import dataset
from include.steps.events import find_days, list_event_feeds
from include.steps.run_folder import Files, RunFolder, Summary, explain_refusals, measure
from include.steps.window_events import read_events

if TYPE_CHECKING:
    import pyarrow as pa

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
    from include.dataset.dataset import Dataset
    from include.models.recent_items import count_recent_rows
    from include.steps.facts import gather_facts

    if missing := find_missing_days(advertiser, as_of):
        raise MissingDataError(explain_missing_days(advertiser, as_of, missing))
    first, last = advertiser.find_window(as_of)
    summary: Summary = {"window_start": first.isoformat(), "window_end": last.isoformat()}
    folder = RunFolder(advertiser, as_of)
    with measure(summary), explain_refusals(advertiser, as_of):
        events = read_events(advertiser, as_of)
        interactions, products = events.interactions, events.products
        summary |= {
            "purchases": len(events.lines[PURCHASE].keys),
            "events": {name: len(some.keys) for name, some in events.lines.items()},
            "weights": events.weights,
            "users": interactions.users,
            "items": interactions.items,
            "pairs": interactions.user_items.nnz,
        }
        summary["facts"] = gather_facts(advertiser, as_of, interactions.item_ids, products).to_json()
        seen = Dataset(interactions)
        seen = seen.cap(advertiser.window.max_items) if advertiser.window.max_items else seen
        recent_rows = count_recent_rows(events.pairs, advertiser.k.recent_items)
        summary["preflight"] = run_preflight(advertiser, as_of, seen, products.num_rows, recent_rows)
        ids = interactions.user_ids, interactions.item_ids
        prices = events.read_prices()
        columns = {name: partial(events.list_columns, name, prices) for name in events.files}
        folder.mark_as_begun()
        written = _write_rows(
            folder,
            {
                # The events first, which take about as long as all others together.
                **dataset.list_tables(*ids, columns),
                "recent_items": lambda: events.rank_recent(advertiser.k.recent_items),
                "products": lambda: products,
                "best_sellers": lambda: events.rank_bought(advertiser.k.best_sellers, prices),
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
