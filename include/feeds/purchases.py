"""`purchases`: one line is one item of an order, or the cancellation of one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from include.feeds.base import IS_CANCELLATION, Column, Event, FeedType, Rule, Settings
from include.feeds.rules import (
    check_ids,
    check_number,
    check_timestamp,
    forbid_missing,
    forbid_negative,
    forbid_zero,
    limit_length,
    limit_number,
    warn_of_no_lines,
)
from include.feeds.shared_columns import ITEM, PRICE, QUANTITY, TIME_NAMES, USER, require

if TYPE_CHECKING:
    import pyarrow as pa


_QUANTITY: Final = require(QUANTITY)  # units; negative where the line cancels a purchase
_PRICE: Final = require(PRICE)  # of one unit, in the advertiser's currency

PURCHASE: Final = "purchase"

COLUMNS: Final = (
    Column(
        "order_id", "id", required=True, personal=True,
        known_as=("order", "invoice", "ord", "basket", "transaction", "receipt"),
    ),
    USER,
    ITEM,
    _QUANTITY,
    _PRICE,
    Column("purchased_at", "timestamp", required=True, varies=True, known_as=("purchased", *TIME_NAMES)),
)  # fmt: skip


def list_rules(day: date, zone: ZoneInfo) -> list[Rule]:
    return [
        warn_of_no_lines(),
        *forbid_missing("order_id", "user_id", "item_id"),
        *check_ids("order_id", "user_id", "item_id"),
        *limit_length("user_id", "item_id"),
        *check_number("quantity", required=True),
        forbid_zero("quantity"),
        limit_number(_QUANTITY),
        forbid_negative("quantity", "purchased_quantity", " and the line is no cancellation"),
        *check_number("price", required=True),
        forbid_negative("price"),
        limit_number(_PRICE),
        *check_timestamp("purchased_at", day, zone),
    ]


def apply_cancellations(table: pa.Table, advertiser: Settings) -> pa.Table:
    """Apply the advertiser's cancellation rule.

    `is_cancellation` says which lines the rule takes for cancellations; their quantity becomes negative,
    whatever its sign was. `purchased_quantity` is the quantity of the other lines and null on cancellations:
    where it is negative, the rule does not explain it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cancellations = advertiser.cancellations
    quantity = table.column("quantity")
    if cancellations.rule == "negative_quantity":
        cancels = pc.less(quantity, 0.0)
    elif cancellations.rule == "order_id_prefix":
        cancels = pc.starts_with(table.column("order_id"), cancellations.prefix)
    else:
        cancels = pa.repeat(False, table.num_rows)
    cancels = pc.fill_null(cancels, False)
    signed = pc.if_else(cancels, pc.negate(pc.abs(quantity)), quantity)
    purchased = pc.if_else(cancels, pa.scalar(None, pa.float64()), quantity)
    table = table.set_column(table.schema.get_field_index("quantity"), "quantity", signed)
    return table.append_column("purchased_quantity", purchased).append_column(IS_CANCELLATION, cancels)


FEED: Final = FeedType(
    name="purchases",
    columns=COLUMNS,
    role=Event(PURCHASE, timestamp="purchased_at", nets=True),
    list_rules=list_rules,
    derive=apply_cancellations,
    # A cancellation of an item is none of its purchases.
    redelivery_key=("order_id", "item_id", IS_CANCELLATION),
    indispensable=True,
)
