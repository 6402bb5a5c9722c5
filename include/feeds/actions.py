"""What a user does with an item short of buying it: the columns and rules that `views` and `carts` share.

Guests, lines without a user, are the greater part of such logs: they are dropped and counted, whatever
the advertiser says of purchases. Of lines that are equal in every column one counts: trackers send an event
again where they are not sure that it arrived.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from include.feeds.base import Event, FeedType, Rule
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
from include.feeds.shared_columns import ITEM, OCCURRED_AT, PRICE, QUANTITY, SESSION, USER

COLUMNS: Final = (USER, ITEM, OCCURRED_AT, QUANTITY, PRICE, SESSION)


def list_rules(day: date, zone: ZoneInfo) -> list[Rule]:
    return [
        warn_of_no_lines(),
        *forbid_missing("user_id", "item_id"),
        *check_ids("user_id", "item_id"),
        *limit_length("user_id", "item_id"),
        *check_number("quantity"),
        forbid_zero("quantity"),
        forbid_negative("quantity"),
        limit_number(QUANTITY),
        *check_number("price"),
        forbid_negative("price"),
        limit_number(PRICE),
        *check_timestamp("occurred_at", day, zone),
    ]


def make_action_feed(name: str, event_type: str) -> FeedType:
    return FeedType(
        name=name,
        columns=COLUMNS,
        role=Event(event_type),
        list_rules=list_rules,
        guests="drop",
        most_guests=0.99,
    )
