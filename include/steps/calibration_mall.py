"""The synthetic malls that a calibration runs on, straight in a lake: they need no validation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from include.models.registry import UNCALIBRATED, list_default_models
from include.settings import Ads, Advertiser, Feed, Gates, Place, Run, Schedule

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA: Final = "dangol_calibration"
SOURCES: Final = ("repurchase", "als", "itemcf", "best_sellers", "best_of")


def make_advertiser(folder: Path) -> Advertiser:
    """One with the default settings but for its list, whose lake is below `folder` and whose gates let every
    size pass."""
    return Advertiser(
        name=SCHEMA,
        time_zone="UTC",
        landing=Place(uri=f"{folder}/landing"),
        lake=Place(uri=f"{folder}/lake"),
        feeds={"purchases": Feed(), "products": Feed(required=False)},
        models=dict.fromkeys(name for name in list_default_models() if name not in UNCALIBRATED),
        # Sources of each kind, fused, so that the list takes long enough to be timed.
        ads=Ads.model_validate({"sources": SOURCES, "blend": "fusion"}),
        run=Run(memory_mb=10**9),  # nothing is refused for what another machine would need
        gates=Gates(min_item_coverage=0, min_user_coverage=0),
        schedule=Schedule(start_date=date(2026, 1, 1)),
    )


def fill_lake(advertiser: Advertiser, users: int) -> date:
    """Draw a mall and leave its days as partitions, and the first day's catalogue; returns the last day."""
    from include.samples.ssg import Mall, Settings

    settings = Settings(users=users, items=max(1, users * 2 // 3), purchases=users * 10, dirty_share=0)
    mall = Mall(settings)
    _write_rows(advertiser, "products", settings.day(0), _map_products(mall.make_catalogue_table(0)))
    for day in range(settings.days):
        _write_rows(
            advertiser, "purchases", settings.day(day), _map_purchases(mall.make_purchases_table(day))
        )
    return settings.last_day


def _map_purchases(lines: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    from include.columns import PURCHASES

    columns = ["ord_no", "mbr_id", "item_id", "ord_qty", "sell_price"]
    timestamps = pc.assume_timezone(lines["ord_dts"], "UTC")
    return lines.select(columns).append_column("", timestamps).rename_columns(PURCHASES.names).cast(PURCHASES)


def _map_products(lines: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    from include.columns import PRODUCTS

    columns = ["item_id", "item_nm", "category_nm", "brand_nm", "sell_price"]
    on_sale = pc.equal(lines["sale_yn"], "Y")
    return lines.select(columns).append_column("", on_sale).rename_columns(PRODUCTS.names).cast(PRODUCTS)


def _write_rows(advertiser: Advertiser, feed: str, day: date, rows: pa.Table) -> None:
    from include.ingest.lake import write_partition
    from include.ingest.manifest import Manifest

    manifest = Manifest(
        feed=feed,
        day=day,
        lines=rows.num_rows,
        accepted_rows=rows.num_rows,
        quarantined_rows=0,
        duplicate_rows=0,
        source_files=(),
        source_fingerprint="",
        ingested_at=datetime.now(UTC),
        rows_file="",
        quarantine_file="",
        warnings=(),
        rules=(),
        seconds=0,
    )
    write_partition(advertiser, manifest, rows, rows.slice(0, 0))
