"""Why a line is quarantined, in the words of the contract: what `quarantine.max_share_of` may name.

The contract itself (`include.ingest.contracts`) brings in Great Expectations; a test compares the two.
"""

from __future__ import annotations

from typing import Final

GUEST: Final = "user_id is missing"

_INEXACT: Final = "was spoilt by a number type or scientific notation"
_UNPRINTABLE: Final = "has control characters"

# Reason → the column of ours that it is about.
REASONS: Final = {
    "order_id is missing": "order_id",
    f"order_id {_INEXACT}": "order_id",
    f"order_id {_UNPRINTABLE}": "order_id",
    GUEST: "user_id",
    f"user_id {_INEXACT}": "user_id",
    f"user_id {_UNPRINTABLE}": "user_id",
    "user_id is longer than 512 characters": "user_id",
    "item_id is missing": "item_id",
    f"item_id {_INEXACT}": "item_id",
    f"item_id {_UNPRINTABLE}": "item_id",
    "item_id is longer than 512 characters": "item_id",
    "item_id is repeated": "item_id",
    "category is longer than 512 characters": "category",
    "quantity is missing": "quantity",
    "quantity is not a number": "quantity",
    "quantity is zero": "quantity",
    "quantity is beyond 1,000,000,000": "quantity",
    "quantity is negative and the line is no cancellation": "quantity",
    "price is missing": "price",
    "price is not a number": "price",
    "price is negative": "price",
    "price is beyond 1,000,000,000,000": "price",
    "purchased_at is missing": "purchased_at",
    "purchased_at is not a date and time": "purchased_at",
    "purchased_at is outside the day": "purchased_at",
    "is_available is neither yes nor no": "is_available",
}


def inexact(column: str) -> str:
    return f"{column} {_INEXACT}"


def unprintable(column: str) -> str:
    return f"{column} {_UNPRINTABLE}"


def known_keys(shares: dict[str, float]) -> dict[str, float]:
    """Refuse a key that is neither a reason nor a column that a reason is about."""
    columns = dict.fromkeys(REASONS.values())
    for key in shares:
        if key not in REASONS and key not in columns:
            import difflib

            near = difflib.get_close_matches(key, [*REASONS, *columns], n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(map(repr, near))}" if near else ""
            raise ValueError(
                f"{key!r} is neither one of our columns ({', '.join(columns)}) nor a reason of the"
                f" quarantine in its words, such as {GUEST!r}{hint}"
            )
    return shares
