"""A feed as somebody would add it: scans of a price tag in the shop, which no window reads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from include.feeds.base import Column, FeedType, Log, Rule
from include.feeds.rules import check_flag, check_ids, check_timestamp, forbid_missing, forbid_repeats
from include.feeds.shared_columns import ITEM

if TYPE_CHECKING:
    import pyarrow as pa

    from include.settings import Advertiser


def list_rules(day: date, zone: ZoneInfo) -> list[Rule]:
    return [
        *forbid_missing("scan_id", "item_id"),
        *check_ids("scan_id", "item_id"),
        forbid_repeats("scan_id"),
        *check_timestamp("scanned_at", day, zone),
        *check_flag("is_staff", required=True),
        Rule(
            "ExpectColumnValuesToBeNull",
            "shelf",
            "shelf is of another house",
            {"column": "shelf_of_another_house"},
        ),
    ]


def mark_shelves(table: pa.Table, advertiser: Advertiser) -> pa.Table:
    import pyarrow.compute as pc

    shelf = table["shelf"]
    is_ours = pc.starts_with(shelf, advertiser.name)
    return table.append_column("shelf_of_another_house", pc.if_else(is_ours, None, shelf))


FEED: Final = FeedType(
    name="scans",
    columns=(
        Column("scan_id", "id", required=True, varies=True, known_as=("scan",)),
        ITEM,
        Column("scanned_at", "timestamp", required=True, varies=True, known_as=("at",)),
        Column("is_staff", "flag"),
        Column("shelf", "text"),
    ),
    role=Log(),
    list_rules=list_rules,
    derive=mark_shelves,
    unique="scan_id",
)
