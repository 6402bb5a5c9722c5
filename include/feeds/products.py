"""`products`, the catalogue: one line is one item; of an item that is there twice one line counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from include.feeds.base import Catalogue, Column, FeedType, Rule
from include.feeds.rules import (
    check_flag,
    check_ids,
    check_number,
    forbid_missing,
    forbid_negative,
    forbid_repeats,
    limit_length,
    warn_of_no_lines,
)
from include.feeds.shared_columns import ITEM, PRICE

COLUMNS: Final = (
    ITEM,
    Column("title", "text"),
    Column("category", "text"),
    Column("brand", "text"),
    replace(PRICE, largest=None),
    Column("is_available", "flag"),
)


def list_rules(day: date, zone: ZoneInfo) -> list[Rule]:
    return [
        warn_of_no_lines(),
        *forbid_missing("item_id"),
        forbid_repeats("item_id"),
        *check_ids("item_id"),
        *limit_length("item_id", "category"),
        *check_number("price"),
        forbid_negative("price"),
        *check_flag("is_available"),
    ]


FEED: Final = FeedType(
    name="products",
    columns=COLUMNS,
    role=Catalogue(),
    list_rules=list_rules,
    redelivery_key=("item_id",),
    unique="item_id",
)
