"""A year of a real, dirty purchase log through the ingest; every line is accounted for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from include.ingest.days import ingest_day
from include.ingest.lake import list_days, read_partition, read_quarantine
from include.ingest.manifest import Manifest
from include.settings import ROOT, Advertiser, read_advertiser

SHARED_DATA = Path(os.environ.get("DANGOL_SHARED_DATA", ROOT.parent / "shared" / "data"))
LOG = SHARED_DATA / "online_retail_ii_2009_2010.parquet"
FIRST, LAST = date(2009, 12, 1), date(2010, 12, 9)
DAYS = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not LOG.exists(), reason=f"{LOG.name} is not there; DANGOL_SHARED_DATA names its folder"
    ),
]


@pytest.fixture(scope="module")
def log() -> pa.Table:
    return pq.read_table(LOG)


@pytest.fixture(scope="module")
def advertiser(tmp_path_factory: pytest.TempPathFactory, log: pa.Table) -> Iterator[Advertiser]:
    """The mall, with a landing folder for every day of the log; closed days have an empty one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANGOL_DATA", str(tmp_path_factory.mktemp("online_retail")))
        mall = read_advertiser(ROOT / "tests" / "advertisers" / "online_retail.yaml")
        days = pc.floor_temporal(log.column("InvoiceDate"), unit="day").to_numpy()
        for day in DAYS:
            folder = Path(mall.landing_folder("purchases", day).url.removeprefix("file://"))
            folder.mkdir(parents=True)
            rows = log.filter(pa.array(days == np.datetime64(day)))
            if rows.num_rows:
                pq.write_table(rows, folder / "lines.parquet")
        yield mall


@pytest.fixture(scope="module")
def manifests(advertiser: Advertiser) -> list[Manifest]:
    return [ingest_day(advertiser, "purchases", day) for day in DAYS]


@pytest.fixture(scope="module")
def quarantined(advertiser: Advertiser, manifests: list[Manifest]) -> pa.Table:
    return pa.concat_tables(
        [read_quarantine(advertiser, "purchases", manifest.day) for manifest in manifests],
        promote_options="default",
    )


@pytest.fixture(scope="module")
def accepted(advertiser: Advertiser, manifests: list[Manifest]) -> pa.Table:
    return pa.concat_tables([read_partition(advertiser, "purchases", manifest.day) for manifest in manifests])


def test_every_line_is_accounted_for(
    manifests: list[Manifest], accepted: pa.Table, quarantined: pa.Table, log: pa.Table
) -> None:
    assert sum(manifest.lines for manifest in manifests) == log.num_rows == 525_461
    assert sum(manifest.duplicate_rows for manifest in manifests) == 6_865
    assert accepted.num_rows + quarantined.num_rows + 6_865 == 525_461
    assert accepted.num_rows == sum(manifest.accepted_rows for manifest in manifests)


def test_closed_days_are_accepted_with_a_warning(advertiser: Advertiser, manifests: list[Manifest]) -> None:
    closed = [manifest for manifest in manifests if not manifest.source_files]
    assert len(closed) == 67
    assert {manifest.warnings[0] for manifest in closed} == {"the day has no lines."}
    assert sum(manifest.day.weekday() == 5 for manifest in closed) > 50, "mostly Saturdays"
    assert list_days(advertiser, "purchases") == DAYS


def test_days_with_fewer_lines_than_usual_are_named(manifests: list[Manifest]) -> None:
    """Weekdays on which the closed mall delivers nothing, and quiet days after holidays."""
    warned = {m.day: m.warnings[-1] for m in manifests if any("usually has" in text for text in m.warnings)}
    assert sum(bool(m.source_files) for m in manifests if m.day in warned) == 8
    others = [text for m in manifests if m.source_files and m.day not in warned for text in m.warnings]
    assert not any(others)


def test_reasons_agree_with_the_log(manifests: list[Manifest], quarantined: pa.Table, log: pa.Table) -> None:
    lines = log.to_pandas().drop_duplicates()
    prefixed = lines["InvoiceNo"].str.startswith("C")
    expected = {
        "user_id is missing": lines["CustomerID"].isna().sum(),
        "price is negative": (lines["UnitPrice"] < 0).sum(),
        "quantity is negative and the line is no cancellation": ((lines["Quantity"] < 0) & ~prefixed).sum(),
    }
    reasons = Counter(
        part for reason in quarantined.column("reason").to_pylist() for part in reason.split("; ")
    )
    assert reasons == {reason: int(count) for reason, count in expected.items()}
    counted: Counter[str] = Counter()
    for manifest in manifests:
        counted.update({r.reason: r.unexpected_rows for r in manifest.rules if r.severity == "row"})
    assert +counted == reasons


def test_accepted_lines_are_the_usable_ones(accepted: pa.Table, log: pa.Table) -> None:
    lines = log.to_pandas().drop_duplicates()
    prefixed = lines["InvoiceNo"].str.startswith("C")
    usable = lines[
        lines["CustomerID"].notna() & (lines["UnitPrice"] >= 0) & ((lines["Quantity"] > 0) | prefixed)
    ]
    assert accepted.num_rows == len(usable)
    cancels = pc.starts_with(accepted.column("order_id"), "C")
    assert pc.sum(cancels).as_py() == usable["InvoiceNo"].str.startswith("C").sum()
    assert pc.all(pc.equal(cancels, pc.less(accepted.column("quantity"), 0.0))).as_py()
    assert pc.sum(accepted.column("quantity")).as_py() == usable["Quantity"].sum()
    assert set(accepted.column("user_id").to_pylist()) == set(usable["CustomerID"].astype(int).astype(str))
    assert set(accepted.column("item_id").to_pylist()) == set(usable["StockCode"].str.strip())


def test_moments_are_local_ones(accepted: pa.Table, log: pa.Table) -> None:
    """Summer time: an order of 12:10 on 2010-07-01 in London was placed at 11:10 UTC."""
    orders = {"489434": "2009-12-01 07:45:00", "513099": None}
    first = accepted.filter(pc.equal(accepted.column("order_id"), "489434")).column("purchased_at")[0]
    assert str(first.as_py()).startswith(orders["489434"])
    july = (
        log.filter(pc.equal(pc.strftime(log.column("InvoiceDate"), "%Y-%m"), "2010-07"))
        .slice(0, 1)
        .to_pylist()[0]
    )
    rows = accepted.filter(pc.equal(accepted.column("order_id"), july["InvoiceNo"])).column("purchased_at")
    assert rows[0].as_py().replace(tzinfo=None) == july["InvoiceDate"] - timedelta(hours=1)
