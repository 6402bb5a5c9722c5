"""Lake partitions → the window's interactions and the lists that need no training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from include.capacity.preflight import run_preflight
from include.errors import DangolError, EmptyWindowError, MissingDataError
from include.settings import Advertiser, days_between
from include.steps.run_folder import Files, RunFolder, Summary, explain_refusals, measure
from include.steps.train import cap_history

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.dataset.lines import CodedLines
    from include.ingest.lake import RowsFile


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

    The summary's `preflight` is what the stages after this one will cost, its `facts` what the gates ask of
    the window (`include.warehouse.facts`). Raises MissingDataError where days
    are missing, EmptyWindowError where nothing was bought, DangolError where the memory does not suffice.
    """
    from include.dataset.interactions import Interactions
    from include.kernels import sum_by_item
    from include.models.best_sellers import rank_sold_items
    from include.models.recent_items import rank_recent_interactions
    from include.steps.facts import gather_facts

    if missing := find_missing_days(advertiser, as_of):
        raise MissingDataError(explain_missing_days(advertiser, as_of, missing))
    first, last = advertiser.window(as_of)
    summary: Summary = {"window_start": first.isoformat(), "window_end": last.isoformat()}
    folder = RunFolder(advertiser, as_of)
    with measure(summary), explain_refusals(advertiser, as_of):
        opened = _open_days(advertiser, days_between(first, last))
        lines = _read_lines(opened)
        interactions = Interactions.from_lines(lines)
        users, items = interactions.user_items.shape
        summary |= {
            "purchases": len(lines.keys),
            "users": users,
            "items": items,
            "pairs": interactions.user_items.nnz,
        }
        if interactions.user_items.nnz == 0:
            raise EmptyWindowError(
                f"{advertiser.name}: nobody bought anything from {first} to {last}"
                f" ({len(lines.keys):,} accepted lines, none of which stands after cancellations),"
                " so there is nothing to recommend; the release before stays current."
            )
        products = _read_catalogue(advertiser, as_of)
        summary["facts"] = gather_facts(advertiser, as_of, interactions.item_ids, products).to_json()
        paid = lines.quantity * _read_prices(opened)
        revenue = sum_by_item(lines.keys, lines.quantity > 0, paid)
        del lines, opened, paid
        seen = cap_history(advertiser, interactions)
        summary["preflight"] = run_preflight(advertiser, as_of, seen, products.num_rows)
        best_sellers = rank_sold_items(interactions, revenue, products, advertiser.k.best_sellers)
        folder.mark_as_begun()
        files = _write_rows(
            folder,
            {
                "interactions": lambda: interactions.to_table(encoded=True),
                "recent_items": lambda: (
                    rank_recent_interactions(interactions, advertiser.k.recent_items).rows
                ),
                "products": lambda: products,
                "best_sellers": lambda: best_sellers.rows,
            },
        )
    folder.write_summary("window", summary, files)
    return summary


def _open_days(advertiser: Advertiser, days: Iterable[date]) -> list[RowsFile]:
    from include.ingest.lake import open_lines

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(partial(open_lines, advertiser, "purchases"), days))


def _read_lines(files: Sequence[RowsFile]) -> CodedLines:
    """The lines of the window's files, less what was cancelled."""
    from include.columns import LINE_COLUMNS
    from include.dataset.lines import Part, code_lines
    from include.dataset.netting import TIE_COLUMNS, net_lines
    from include.ingest.lake import take_rows

    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(attrgetter("rows"), files))
    reads = [partial(file.read, LINE_COLUMNS, use_threads=False) for file in files]
    parts = [Part(*part) for part in zip(rows, reads, strict=True)]
    return net_lines(code_lines(parts), lambda rows: take_rows(files, rows, TIE_COLUMNS))


def _read_prices(files: Sequence[RowsFile]) -> NDArray[np.float64]:
    """The price (lines,) of each line; 0 where it has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.columns import PRICE, PURCHASES
    from include.dataset.tables import conform_table

    schema = pa.schema([PURCHASES.field(PRICE)])
    prices = [conform_table(file.read([PRICE]), schema, "purchases")[PRICE] for file in files]
    return pc.fill_null(
        pa.chunked_array([chunk for price in prices for chunk in price.chunks]), 0.0
    ).to_numpy()


def _write_rows(folder: RunFolder, tables: Mapping[str, Callable[[], pa.Table]]) -> Files:
    """Write each file, two at a time, making its rows only then."""

    def write(name: str) -> str:
        return folder.write_rows(name, tables[name]())

    with ThreadPoolExecutor(2) as pool:
        jobs = {name: pool.submit(write, name) for name in tables}
        return {name: job.result() for name, job in jobs.items()}


def _read_catalogue(advertiser: Advertiser, as_of: date) -> pa.Table:
    """The newest catalogue on or before the as-of date; an empty one where none was ever delivered.

    A closed day delivers an empty one, which does not mean that the mall has nothing left to sell.
    """
    from include.columns import PRODUCTS
    from include.ingest.lake import find_newest_rows, read_partition

    day = find_newest_rows(advertiser, "products", as_of)
    return read_partition(advertiser, "products", day) if day else PRODUCTS.empty_table()
