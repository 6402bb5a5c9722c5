"""How many lines of a day may be quarantined: the limits, and what counts towards each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from include.errors import RejectedDayError
from include.feeds.registry import list_reasons, load_feed
from include.feeds.rules import GUEST, USER, inexact
from include.ingest.clean import CleanLines
from include.ingest.headers import show_column
from include.ingest.manifest import RuleResult
from include.settings import Advertiser

# What else than a bad delivery or a wrong column a reason may come from, by its words.
_CURES: Final = {
    "is not a number": "set the feed's decimal and thousands where numbers are written so (12,50)",
    "is not a date and time": "set the feed's timestamp_format",
    "is outside the day": "set the feed's time_zone or timestamp_format",
    "is neither yes nor no": "set the feed's availability",
}


@dataclass(frozen=True)
class Limit:
    """A share of `total` lines, the setting that says it, and by reason the rows that count towards it.

    `rows` is a mask (n,) of those of any reason. `column` is '' where it is about all columns.
    """

    setting: str
    column: str
    share: float
    total: int
    broken: Mapping[str, np.ndarray]
    rows: np.ndarray

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.rows))

    @property
    def is_exceeded(self) -> bool:
        return self.count > self.share * self.total

    def as_rule(self) -> RuleResult:
        return RuleResult(
            "expect_quarantined_share_to_be_at_most",
            self.column,
            f"at most {self.share:.1%} of the lines ({self.setting})",
            "table",
            not self.is_exceeded,
            self.count,
            percent(self.count, self.total),
            "[]",
        )


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 4) if whole else 0.0


def find_guests(broken: Mapping[str, np.ndarray], total: int) -> np.ndarray:
    """A mask over a day's lines: those whose only reason is that they have no user."""
    guests = mark_rows(broken.get(GUEST, np.array([], dtype=np.int64)), total)
    for reason, rows in broken.items():
        if reason != GUEST:
            guests[rows] = False
    return guests


def mark_rows(rows: np.ndarray, total: int) -> np.ndarray:
    mask = np.zeros(total, dtype=bool)
    mask[rows] = True
    return mask


def count_towards_limits(
    advertiser: Advertiser, feed: str, broken: Mapping[str, np.ndarray], total: int
) -> list[Limit]:
    """The limits of a day of `total` lines; `broken` has by reason the rows that it names.

    A row counts towards every limit that names a reason of its, and towards `max_share` where a reason is
    left that none names. Without `guests: fail` a missing user is no reason there, and a guest's line none of
    the lines.
    """
    feed_type, reasons = load_feed(feed), list_reasons()
    policy, quarantine = advertiser.guests_of(feed), advertiser.quarantine_of(feed)
    section = advertiser.find_section(feed, "quarantine")
    shares = quarantine.max_share_of
    named = {key: shares[key] for key in shares if reasons.get(key, key) in feed_type.names}
    counted: dict[str, dict[str, np.ndarray]] = {key: {} for key in ("", *named)}
    for reason, rows in broken.items():
        key = reason if reason in named else reasons[reason]
        if key in named or reason != GUEST or policy == "fail":
            counted[key if key in named else ""][reason] = rows
    judged = total
    if policy != "fail":
        judged -= int(np.count_nonzero(find_guests(broken, total)))
    limits = [_make_limit(f"{section}.max_share", "", quarantine.max_share, judged, counted[""], total)]
    for key, share in named.items():
        setting = f"{section}.max_share_of: {key}"
        limits.append(_make_limit(setting, reasons.get(key, key), share, total, counted[key], total))
    if policy != "fail" and GUEST in broken and not {GUEST, USER} & set(named):
        setting, guests = f"{advertiser.find_section(feed, 'guests')}: {policy}", {GUEST: broken[GUEST]}
        limits.append(_make_limit(setting, USER, feed_type.most_guests, total, guests, total))
    return limits


def _make_limit(
    setting: str, column: str, share: float, total: int, broken: Mapping[str, np.ndarray], lines: int
) -> Limit:
    rows = np.zeros(lines, dtype=bool)
    for each in broken.values():
        rows[each] = True
    return Limit(setting, column, share, total, broken, rows)


def check_limit(
    advertiser: Advertiser, feed: str, limit: Limit, lines: CleanLines, examples: Mapping[str, str]
) -> None:
    """Raises RejectedDayError where more lines count towards the limit than it allows.

    `examples` has by reason a value that may be shown.
    """
    if not limit.is_exceeded:
        return
    counts = {reason: len(rows) for reason, rows in limit.broken.items()}
    reason = max(counts, key=lambda reason: counts[reason])
    column = load_feed(feed).reasons[reason]
    files = np.bincount(lines.file_of_row[limit.rows], minlength=len(lines.delivered.files))
    all_lines = np.bincount(lines.file_of_row, minlength=len(lines.delivered.files))
    worst = int(files.argmax())
    shown = f", such as {examples[reason]}" if examples.get(reason) else ""
    raise RejectedDayError(
        f"{limit.count:,} of {limit.total:,} lines ({limit.count / limit.total:.1%}) break row rules and the"
        f" limit is {limit.share:.1%} ({limit.setting}): {counts[reason]:,} because {reason}{shown} (column"
        f" {column}); worst is file {lines.delivered.files[worst]} with {files[worst]:,} of its"
        f" {all_lines[worst]:,} lines. {_name_cure(advertiser, feed, reason, column)}"
    )


def _name_cure(advertiser: Advertiser, feed: str, reason: str, column: str) -> str:
    if reason == inexact(column):
        return f"Have {column} delivered as text, as the mall's system has it; a spreadsheet spoils it."
    if reason != GUEST:
        other = "correct the column mapping"
        cure = next((cure for words, cure in _CURES.items() if words in reason), other)
        return (
            f"Have the day delivered again, {cure}, or raise the limit; dangol try-delivery tries which"
            " setting helps."
        )
    theirs = show_column(advertiser.feeds[feed].source(column).label)
    guests = advertiser.find_section(feed, "guests")
    if advertiser.guests_of(feed) == "fail":
        return (
            f"Where {feed} without a user are normal, set {guests}: quarantine (kept apart) or"
            f" {guests}: drop; else check that user_id is the mall's column {theirs}."
        )
    section = "quarantine" if guests == "guests" else f"feeds.{feed}.quarantine"
    return (
        f"Check that user_id is the mall's column {theirs}; where such days are right, set"
        f" {section}.max_share_of: {{user_id: 1}}."
    )
