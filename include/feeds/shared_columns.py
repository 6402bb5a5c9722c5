"""Columns that several feeds have, with what malls call them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from include.feeds.base import LARGEST_PRICE, LARGEST_QUANTITY, Column

TIME_NAMES: Final = ("timestamp", "datetime", "time", "date", "dts", "dt")

USER: Final = Column(
    "user_id", "id", required=True, varies=True, personal=True,
    known_as=("user", "customer", "member", "mbr", "buyer", "client", "household"),
)  # fmt: skip
ITEM: Final = Column(
    "item_id", "id", required=True, varies=True,
    known_as=("item", "product", "sku", "stock", "goods", "article"),
)  # fmt: skip
QUANTITY: Final = Column(
    "quantity", "number", largest=LARGEST_QUANTITY, known_as=("quantity", "qty", "units", "count")
)
PRICE: Final = Column(
    "price", "number", is_money=True, largest=LARGEST_PRICE,
    known_as=("unitprice", "price", "amount", "amt"),
)  # fmt: skip
OCCURRED_AT: Final = Column(
    "occurred_at", "timestamp", required=True, varies=True,
    known_as=("occurred", "event", *TIME_NAMES),
)  # fmt: skip
SESSION: Final = Column("session_id", "id", personal=True, known_as=("session", "visit"))


def require(column: Column) -> Column:
    """The same column, which every file must have."""
    return replace(column, required=True)
