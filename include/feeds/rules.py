"""Rules that feeds share, by what a column holds. A column's reasons are the same in every feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from include.feeds.base import LONGEST_KEY, Column, Rule

# A line without one is a guest's, for this reason.
USER: Final = "user_id"
GUEST: Final = f"{USER} is missing"


def inexact(column: str) -> str:
    return f"{column} was spoilt by a number type or scientific notation"


def unprintable(column: str) -> str:
    return f"{column} has control characters"


def find_day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a local day and the day after it begin, in UTC; mostly 24 hours apart."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    # Adding a day to a timestamp with a zone moves its clock, not its time: the next local midnight.
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def warn_of_no_lines() -> Rule:
    arguments = {"min_value": 1}
    return Rule("ExpectTableRowCountToBeBetween", "", "the day has no lines", arguments, "warning")


def forbid_missing(*ids: str) -> Iterator[Rule]:
    for column in ids:
        yield _forbid_null(column, column)


def check_ids(*columns: str) -> Iterator[Rule]:
    """Ids that no number type has spoilt, without control characters."""
    for column in columns:
        yield _only_true(f"{column}_exact", column, inexact(column))
        yield _forbid_values(f"{column}_printable", column, unprintable(column), [False])


def limit_length(*columns: str) -> Iterator[Rule]:
    """Keys that PostgreSQL can index."""
    for column in columns:
        reason = f"{column} is longer than {LONGEST_KEY} characters"
        arguments = {"column": column, "max_value": LONGEST_KEY}
        yield Rule("ExpectColumnValueLengthsToBeBetween", column, reason, arguments)


def forbid_repeats(column: str) -> Rule:
    """Of a value that is there twice one line counts; the feed names the column as `unique`."""
    arguments = {"column": f"{column}_occurrence", "max_value": 1}
    return Rule("ExpectColumnValuesToBeBetween", column, f"{column} is repeated", arguments)


def check_number(column: str, required: bool = False) -> Iterator[Rule]:
    return _check_parsed(column, "is not a number", required)


def check_flag(column: str, required: bool = False) -> Iterator[Rule]:
    return _check_parsed(column, "is neither yes nor no", required)


def forbid_zero(column: str) -> Rule:
    return _forbid_values(column, column, f"{column} is zero", [0])


def forbid_negative(column: str, looked_at: str = "", but: str = "") -> Rule:
    """`looked_at`: the derived column that is looked at instead; `but`: what more the reason says."""
    arguments = {"column": looked_at or column, "min_value": 0}
    return Rule("ExpectColumnValuesToBeBetween", column, f"{column} is negative{but}", arguments)


def limit_number(column: Column) -> Rule:
    """At most the column's `largest`."""
    reason = f"{column.name} is beyond {column.largest:,.0f}"
    return Rule("ExpectColumnValuesToBeNull", column.name, reason, {"column": f"excessive_{column.name}"})


def check_timestamp(column: str, day: date, zone: ZoneInfo) -> Iterator[Rule]:
    """A date and time of the day."""
    first, after = find_day_bounds(day, zone)
    arguments = {"column": column, "min_value": first, "max_value": after, "strict_max": True}
    yield from _check_parsed(column, "is not a date and time", required=True)
    yield Rule("ExpectColumnValuesToBeBetween", column, f"{column} is outside the day", arguments)


def _check_parsed(column: str, otherwise: str, required: bool) -> Iterator[Rule]:
    if required:
        yield _forbid_null(f"{column}_parsed", column)
    yield _only_true(f"{column}_parsed", column, f"{column} {otherwise}")


def _forbid_null(looked_at: str, column: str) -> Rule:
    return Rule("ExpectColumnValuesToNotBeNull", column, f"{column} is missing", {"column": looked_at})


def _only_true(looked_at: str, column: str, reason: str) -> Rule:
    return Rule("ExpectColumnValuesToBeInSet", column, reason, {"column": looked_at, "value_set": [True]})


def _forbid_values(looked_at: str, column: str, reason: str, values: list[Any]) -> Rule:
    arguments = {"column": looked_at, "value_set": values}
    return Rule("ExpectColumnValuesToNotBeInSet", column, reason, arguments)
