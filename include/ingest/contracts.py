"""The contract of each feed: what a delivered line must be, as Great Expectations.

A rule's `severity` says what happens where it does not hold:

- `row`: the line is quarantined, with the rule's `reason`;
- `warning`: the day is accepted and the manifest says so;
- `table`: the day fails and the lake keeps what it had. Two such rules need the files rather than the lines:
  every REQUIRED column is in every file (checked in `headers.py`), and the shares of quarantined lines are
  within the advertiser's limits (checked in `shares.py`).

A column `c_parsed` is True where a value was there and parsed, False where it did not parse, and null where
none was there; an expectation other than "not null" skips nulls, so each rule finds its own lines alone.
The reasons are listed once more in `include.settings.reasons`, which does without Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from include.columns import LARGEST_PRICE, LARGEST_QUANTITY, LONGEST_KEY
from include.expectations import import_expectations
from include.settings.reasons import GUEST, inexact, unprintable

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

REQUIRED: Final = {
    "purchases": ("order_id", "user_id", "item_id", "quantity", "price", "purchased_at"),
    "products": ("item_id",),
}


def list_purchase_rules(day: date, zone: ZoneInfo) -> list[Expectation]:
    """One line is one item of an order, or the cancellation of one."""
    gx = import_expectations()
    first_moment, next_moment = find_day_bounds(day, zone)
    return [
        gx.ExpectTableRowCountToBeBetween(min_value=1, meta=_warn("the day has no lines")),
        gx.ExpectColumnValuesToNotBeNull(column="order_id", meta=_row("order_id", "order_id is missing")),
        gx.ExpectColumnValuesToNotBeNull(column="user_id", meta=_row("user_id", GUEST)),
        gx.ExpectColumnValuesToNotBeNull(column="item_id", meta=_row("item_id", "item_id is missing")),
        *_check_ids("order_id", "user_id", "item_id"),
        _limit_length("user_id"),
        _limit_length("item_id"),
        gx.ExpectColumnValuesToNotBeNull(
            column="quantity_parsed", meta=_row("quantity", "quantity is missing")
        ),
        gx.ExpectColumnValuesToBeInSet(
            column="quantity_parsed", value_set=[True], meta=_row("quantity", "quantity is not a number")
        ),
        gx.ExpectColumnValuesToNotBeInSet(
            column="quantity", value_set=[0], meta=_row("quantity", "quantity is zero")
        ),
        gx.ExpectColumnValuesToBeNull(
            column="excessive_quantity", meta=_row("quantity", f"quantity is beyond {LARGEST_QUANTITY:,.0f}")
        ),
        gx.ExpectColumnValuesToBeBetween(
            column="purchased_quantity",
            min_value=0,
            meta=_row("quantity", "quantity is negative and the line is no cancellation"),
        ),
        gx.ExpectColumnValuesToNotBeNull(column="price_parsed", meta=_row("price", "price is missing")),
        gx.ExpectColumnValuesToBeInSet(
            column="price_parsed", value_set=[True], meta=_row("price", "price is not a number")
        ),
        gx.ExpectColumnValuesToBeBetween(
            column="price", min_value=0, meta=_row("price", "price is negative")
        ),
        gx.ExpectColumnValuesToBeNull(
            column="excessive_price", meta=_row("price", f"price is beyond {LARGEST_PRICE:,.0f}")
        ),
        gx.ExpectColumnValuesToNotBeNull(
            column="purchased_at_parsed", meta=_row("purchased_at", "purchased_at is missing")
        ),
        gx.ExpectColumnValuesToBeInSet(
            column="purchased_at_parsed",
            value_set=[True],
            meta=_row("purchased_at", "purchased_at is not a date and time"),
        ),
        gx.ExpectColumnValuesToBeBetween(
            column="purchased_at",
            min_value=first_moment,
            max_value=next_moment,
            strict_max=True,
            meta=_row("purchased_at", "purchased_at is outside the day"),
        ),
    ]


def list_product_rules(day: date, zone: ZoneInfo) -> list[Expectation]:
    """One line is one item of the catalogue; of an item that is there twice one line counts."""
    gx = import_expectations()
    return [
        gx.ExpectTableRowCountToBeBetween(min_value=1, meta=_warn("the day has no lines")),
        gx.ExpectColumnValuesToNotBeNull(column="item_id", meta=_row("item_id", "item_id is missing")),
        gx.ExpectColumnValuesToBeBetween(
            column="item_id_occurrence", max_value=1, meta=_row("item_id", "item_id is repeated")
        ),
        *_check_ids("item_id"),
        _limit_length("item_id"),
        _limit_length("category"),
        gx.ExpectColumnValuesToBeInSet(
            column="price_parsed", value_set=[True], meta=_row("price", "price is not a number")
        ),
        gx.ExpectColumnValuesToBeBetween(
            column="price", min_value=0, meta=_row("price", "price is negative")
        ),
        gx.ExpectColumnValuesToBeInSet(
            column="is_available_parsed",
            value_set=[True],
            meta=_row("is_available", "is_available is neither yes nor no"),
        ),
    ]


RULES: Final = {"purchases": list_purchase_rules, "products": list_product_rules}


def find_day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a local day and of the day after it, in UTC; mostly 24 hours apart."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    # Adding a day to a moment with a zone moves its clock, not its time: the next local midnight.
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def _check_ids(*columns: str) -> Iterator[Expectation]:
    """`c_exact` and `c_printable` are False or null. A column has at most one expectation of a kind."""
    gx = import_expectations()
    for column in columns:
        yield gx.ExpectColumnValuesToBeInSet(
            column=f"{column}_exact", value_set=[True], meta=_row(column, inexact(column))
        )
        yield gx.ExpectColumnValuesToNotBeInSet(
            column=f"{column}_printable", value_set=[False], meta=_row(column, unprintable(column))
        )


def _limit_length(column: str) -> Expectation:
    """A key that PostgreSQL can index."""
    reason = f"{column} is longer than {LONGEST_KEY} characters"
    return import_expectations().ExpectColumnValueLengthsToBeBetween(
        column=column, max_value=LONGEST_KEY, meta=_row(column, reason)
    )


def _row(column: str, reason: str) -> dict[str, str]:
    return {"severity": "row", "column": column, "reason": reason}


def _warn(reason: str) -> dict[str, str]:
    return {"severity": "warning", "column": "", "reason": reason}
