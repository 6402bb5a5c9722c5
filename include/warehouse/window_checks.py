"""The checks of the window that a release was made from, by what it knows of itself and releases before it.

They compare a few numbers that stand in `releases`, and are recorded for the table 'window'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from include.warehouse.base import CheckResult
from include.warehouse.facts import DayLines, WindowFacts

if TYPE_CHECKING:
    from include.settings import Gates

WINDOW: Final = "window"
_NAMED: Final = 5
_WEEK: Final = 7

Days = dict[date, DayLines]


@dataclass(frozen=True)
class Window:
    """What a release says of its window; `facts` is None where it was not asked, `days` is its length."""

    purchases: int
    users: int
    items: int
    days: int
    facts: WindowFacts | None


@dataclass(frozen=True)
class EarlierWindow:
    """The same of a release that was published for a date before; is_comparable: over as long a window, and
    that of no young mall.
    """

    as_of_date: date
    purchases: int
    users: int
    days_with_lines: int | None
    known_item_share: float | None
    facts: WindowFacts | None
    is_comparable: bool


def check_window(window: Window, earlier: Sequence[EarlierWindow], limits: Gates) -> list[CheckResult]:
    """The results; none for a window without `facts`. `earlier` has the newest first.

    A young window is not compared with those before it, nor one of less than a week, whose days are other
    weekdays. Of the days, those are judged that no published
    release before this one has judged with as many lines, so that a day which was let pass once does not stop
    every release until it leaves the window.
    """
    facts = window.facts
    if not facts:
        return []
    is_full = not facts.is_young and window.days >= _WEEK
    full = [other for other in earlier if other.is_comparable] if is_full else []
    results = [*_check_catalogue(facts, window.items, earlier, limits), *_check_open_days(facts, limits)]
    results += _compare("lines", window.purchases, [other.purchases for other in full], limits)
    results += _compare("users", window.users, [other.users for other in full], limits)
    counted = [other.days_with_lines for other in full if other.days_with_lines is not None]
    results += _compare("days", facts.days_with_lines, counted, limits)
    return results + list(_check_days(_list_new_days(facts, earlier), limits))


def _check_catalogue(
    facts: WindowFacts, items: int, earlier: Sequence[EarlierWindow], limits: Gates
) -> Iterator[CheckResult]:
    if not facts.catalogue_items:
        return
    share = facts.known_items / items
    observed = f"{facts.known_items:,} of {items:,} bought items ({share:.1%}) are in the catalogue"
    cure = (
        "have the mall deliver the whole catalogue, or, if what it does not name can be bought, set"
        " catalogue.absent_items to available and {} gates.{}"
    )
    if facts.loosely_known_items:
        more = facts.loosely_known_items
        observed += f", and {more:,} more would be if neither leading zeros nor case counted"
    if facts.loosely_known_items > (items - facts.known_items) / 2:
        cure = (
            "ids that differ by leading zeros or case are different items: have the mall deliver one form"
            " in purchases and products, or set id_case of both where only the case differs, or {} gates.{}"
        )
    expected = f"At least {limits.min_known_items:.1%} of them; {cure.format('lower', 'min_known_items')}"
    yield _judge("known_items", share >= limits.min_known_items, observed, expected)
    if before := [other.known_item_share for other in earlier if other.known_item_share is not None]:
        usual = median(before)
        low = usual - limits.max_known_items_drop
        expected = (
            f"At least {max(low, 0):.1%} of them, since {usual:.1%} is the median of"
            f" {_name_releases(before)}; {cure.format('raise', 'max_known_items_drop')}"
        )
        yield _judge("known_items_drop", share >= low - 1e-9, observed, expected)


def _check_open_days(facts: WindowFacts, limits: Gates) -> Iterator[CheckResult]:
    if facts.is_young or not facts.open_days:
        return
    share = facts.days_with_lines / facts.open_days
    yield _judge(
        "days_with_lines",
        share >= limits.min_window_days,
        f"{facts.days_with_lines:,} of {facts.open_days:,} open days ({share:.1%})",
        f"At least {limits.min_window_days:.1%} of the window's days that are not closed have purchases; have"
        " the empty ones delivered and ingest them again, name closed ones in calendar, or lower"
        " gates.min_window_days",
    )


def _compare(what: str, number: int, before: Sequence[int], limits: Gates) -> Iterator[CheckResult]:
    """The window's number against the usual one of full windows."""
    if not before:
        return
    usual = median(before)
    yield _judge(
        f"usual_{what}",
        number >= limits.min_window_share * usual,
        f"{number:,} {what} in the window",
        f"At least {limits.min_window_share:.1%} of the {usual:,.0f} that are the median of"
        f" {_name_releases(before)}; look for days with too few lines in partitions and ingest them again, or"
        " lower gates.min_window_share",
    )


def _list_new_days(facts: WindowFacts, earlier: Sequence[EarlierWindow]) -> Days:
    """The days, less those that the release of the date before has judged with as many lines."""
    days = {date.fromisoformat(day): counts for day, counts in facts.days.items()}
    if not earlier:
        return days
    last = earlier[0]
    if not last.facts:  # it is older than these checks
        return {day: counts for day, counts in days.items() if day > last.as_of_date}
    judged = last.facts.days
    return {
        day: counts
        for day, counts in days.items()
        if (known := judged.get(day.isoformat())) is None or known.lines != counts.lines
    }


def _check_days(days: Days, limits: Gates) -> Iterator[CheckResult]:
    known = {day: counts for day, counts in days.items() if counts.usual is not None}
    if not known:
        return
    shares = {day: counts.lines / counts.usual if counts.usual else 1.0 for day, counts in known.items()}
    # A day without a line may be a closed one that no calendar names, which rejects nothing.
    few = [day for day, share in shares.items() if share < limits.min_day_share and not known[day].is_empty]
    low = [day for day, share in shares.items() if share < limits.warn_day_share and day not in few]
    cure = (
        " of the median of up to 4 same weekdays before it; have the mall deliver the day again and ingest it"
        " again, name it in calendar.closed_dates if the mall was closed, or lower gates."
    )
    for name, severity, found, least in (
        ("day_lines", "critical", few, "min_day_share"),
        ("day_lines_low", "warning", low, "warn_day_share"),
    ):
        expected = f"Each day has at least {getattr(limits, least):.1%}{cure}{least}"
        worst = min(shares, key=lambda day: shares[day])
        passing = (
            f"{len(known):,} days judged, {worst} with the least: {shares[worst]:.1%} of its usual lines"
        )
        observed = _name_days(found, known) if found else passing
        yield _judge(name, not found, observed, expected, severity)


def _name_days(found: Sequence[date], known: Days) -> str:
    named = [
        f"{day} has {known[day].lines:,} lines, usually {known[day].usual:,.0f}" for day in found[:_NAMED]
    ]
    more = f" and {len(found) - _NAMED:,} more days" if len(found) > _NAMED else ""
    return ", ".join(named) + more


def _name_releases(before: Sequence[Any]) -> str:
    return f"the {len(before)} releases before it" if len(before) > 1 else "the release before it"


def _judge(check: str, passed: bool, observed: str, expected: str, severity: str = "critical") -> CheckResult:
    return CheckResult(WINDOW, "", check, severity, passed, observed, expected)
