"""The kept figures of a mall: a record for each contender, kind of purchases, segment and metric.

A record is what JSON has of it: `contender`, `kind`, `purchases`, `segment`, `metric`, `value` with the ends
`low` and `high` of its 95% interval (null where there is none), `users` (users' weeks), and `against`: by the
name of another contender, the paired difference to it with its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

Record = dict[str, Any]

# The shipped list, and the one that was shipped before the judge.
SHIPPED: Final = "ad_candidates"
BEFORE: Final = "turns"
# The fusion that a learned list falls back to, that of the same sources with weights that are fitted to the
# weeks before each split, and that of all alike.
FALLBACK: Final = "fusion"
FITTED: Final = "fusion, fitted"
EQUAL: Final = "fusion, equal weights"
# The ads may be so much below the best source alone, as a share of it.
BOUND: Final = -0.03


def name_without(source: str) -> str:
    """What the shipped list without a source of its own is called."""
    return f"without {source}"


def name_with(source: str) -> str:
    """What the shipped list with a further source is called."""
    return f"with {source}"


def name_with_days(name: str, days: int) -> str:
    """What a list of a window of so many days is called."""
    return f"{name}, {days} days"


def find_record(
    records: Sequence[Record], contender: str, purchases: str, metric: str, segment: str = "known"
) -> Record | None:
    """The record of those five, or None."""
    wanted = {
        "contender": contender,
        "purchases": purchases,
        "metric": metric,
        "segment": segment,
    }
    return next((each for each in records if wanted.items() <= each.items()), None)


def list_contenders(records: Sequence[Record], purchases: str) -> list[Record]:
    """The NDCG of each contender for known users, best first."""
    rows = [
        each
        for each in records
        if each["metric"] == "ndcg" and each["purchases"] == purchases and each["segment"] == "known"
    ]
    return sorted(rows, key=lambda row: (-row["value"], row["contender"]))


def tell_difference(against: Sequence[float] | None) -> str:
    """In words, with its interval."""
    if not against:
        return "there is no difference to tell"
    mean, low, high = against
    word = "better" if low > 0 else "worse" if high < 0 else "no different, as far as these days show"
    return f"{word} ({mean:+.4f} [{low:+.4f}, {high:+.4f}])"
