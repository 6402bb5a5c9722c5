"""How many lines a day usually has: what the same weekdays before it had."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from statistics import median
from typing import Final

from include.errors import StorageError
from include.ingest.lake import read_manifest
from include.settings import Advertiser
from include.settings.sections import USUAL_WEEKS

WEEKS: Final = USUAL_WEEKS
FEWEST: Final = 2


def list_same_weekdays(day: date) -> list[date]:
    """Those of the 4 weeks before."""
    return [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]


def find_median(counts: Sequence[int]) -> float | None:
    """None where fewer than 2 days are known: that is no measure."""
    return float(median(counts)) if len(counts) >= FEWEST else None


def find_usual_lines(advertiser: Advertiser, feed: str, day: date) -> float | None:
    """The median of the accepted lines of the 4 same weekdays before, without those that were closed.

    None where fewer than 2 of them have a partition.
    """
    counts = []
    for before in list_same_weekdays(day):
        with suppress(StorageError):  # a damaged partition of another day must not stop this one
            manifest = read_manifest(advertiser, feed, before)
            if manifest and not manifest.is_closed and not advertiser.calendar.is_closed(before):
                counts.append(manifest.accepted_rows)
    return find_median(counts)


def explain_unusual(advertiser: Advertiser, feed: str, day: date, lines: int) -> str | None:
    """A sentence where a day has fewer accepted lines than `gates.warn_day_share` of the usual ones.

    Of a day without any, the contract says so.
    """
    if not lines:
        return None
    usual = find_usual_lines(advertiser, feed, day)
    share = advertiser.gates.warn_day_share
    if not usual or lines >= share * usual:
        return None
    return (
        f"the day has {lines:,} accepted lines, {lines / usual:.0%} of the {usual:,.0f} that a {day:%A}"
        f" usually has (below {share:.0%}, gates.warn_day_share): ask the mall whether that is"
        " all."
    )
