"""What became of each feed and day: there, closed, missing, late; and why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from include.settings import Advertiser, days_between

DayState = Literal["there", "closed", "refused", "waiting", "late", "skipped"]


@dataclass(frozen=True)
class FeedDay:
    """One feed and day. `reason` says why it is not there, `warnings` what is doubtful where it is."""

    feed: str
    day: date
    state: DayState
    reason: str = ""
    lines: int = 0
    accepted: int = 0
    quarantined: int = 0
    warnings: tuple[str, ...] = ()


def list_due_days(advertiser: Advertiser, now: datetime, days: int) -> list[date]:
    """The newest days that are over, from the start date to the end date; none that the lake lets go of."""
    last = now.astimezone(advertiser.zone).date() - timedelta(days=1)
    if advertiser.schedule.end_date:
        last = min(last, advertiser.schedule.end_date)
    first = max(
        advertiser.schedule.start_date, last - timedelta(days=min(days - 1, advertiser.keep.partitions))
    )
    return days_between(first, last)


def judge_day(
    advertiser: Advertiser, feed: str, day: date, now: datetime, refused: dict[tuple[str, date], str]
) -> FeedDay:
    """By the lake, then by the calendar, the landing folder and the warehouse's log. Raises StorageError."""
    from include.ingest.lake import read_manifest
    from include.ingest.landing import explain_incomplete

    if manifest := read_manifest(advertiser, feed, day):
        return FeedDay(
            feed,
            day,
            "closed" if manifest.is_closed else "there",
            lines=manifest.lines,
            accepted=manifest.accepted_rows,
            quarantined=manifest.quarantined_rows,
            warnings=manifest.warnings,
        )
    if advertiser.calendar.is_closed(day):
        return FeedDay(feed, day, "closed", "closed by the calendar")
    reason = explain_incomplete(advertiser, feed, day)
    if reason is None:
        if why := refused.get((feed, day)):
            said = why.removeprefix(f"{advertiser.name}, {feed} of {day}: ")
            return FeedDay(feed, day, "refused", said)
        return FeedDay(feed, day, "waiting", "delivered, and not ingested yet.")
    if not advertiser.feeds[feed].required:
        return FeedDay(feed, day, "skipped", reason)
    return FeedDay(feed, day, "late" if now > advertiser.find_deadline(day) else "waiting", reason)


def count_states(days: Sequence[FeedDay]) -> dict[str, Any]:
    """How many days of one feed are in each state."""
    counts: dict[str, Any] = {"days": len(days)}
    for state in ("there", "closed", "refused", "waiting", "late", "skipped"):
        counts[state] = sum(day.state == state for day in days)
    counts["with_quarantined"] = sum(day.quarantined > 0 for day in days)
    counts["with_warnings"] = sum(bool(day.warnings) for day in days)
    return counts
