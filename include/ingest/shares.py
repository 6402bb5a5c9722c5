"""How many lines of a day may be quarantined: the limits, and what counts towards each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from include.errors import RejectedDayError
from include.ingest.clean import Lines
from include.ingest.headers import show_column
from include.ingest.manifest import RuleResult
from include.settings import FEED_COLUMNS, Advertiser
from include.settings.reasons import GUEST, REASONS, inexact

# Under `guests: drop` or `quarantine` a day of nearly nobody but guests is more likely a wrong column.
_MOST_GUESTS: Final = 0.95
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
    shares = advertiser.quarantine.max_share_of
    named = {key: shares[key] for key in shares if REASONS.get(key, key) in FEED_COLUMNS[feed]}
    counted: dict[str, dict[str, np.ndarray]] = {key: {} for key in ("", *named)}
    for reason, rows in broken.items():
        key = reason if reason in named else REASONS[reason]
        if key in named or reason != GUEST or advertiser.guests == "fail":
            counted[key if key in named else ""][reason] = rows
    judged = total
    if advertiser.guests != "fail":
        judged -= int(np.count_nonzero(find_guests(broken, total)))
    limits = [
        _make_limit("quarantine.max_share", "", advertiser.quarantine.max_share, judged, counted[""], total)
    ]
    for key, share in named.items():
        setting = f"quarantine.max_share_of: {key}"
        limits.append(_make_limit(setting, REASONS.get(key, key), share, total, counted[key], total))
    if advertiser.guests != "fail" and GUEST in broken and not {GUEST, REASONS[GUEST]} & set(named):
        setting, guests = f"guests: {advertiser.guests}", {GUEST: broken[GUEST]}
        limits.append(_make_limit(setting, REASONS[GUEST], _MOST_GUESTS, total, guests, total))
    return limits


def _make_limit(
    setting: str, column: str, share: float, total: int, broken: Mapping[str, np.ndarray], lines: int
) -> Limit:
    rows = np.zeros(lines, dtype=bool)
    for each in broken.values():
        rows[each] = True
    return Limit(setting, column, share, total, broken, rows)


def check_limit(
    advertiser: Advertiser, feed: str, limit: Limit, lines: Lines, examples: Mapping[str, str]
) -> None:
    """Raises RejectedDayError where more lines count towards the limit than it allows.

    `examples` has by reason a value that may be shown.
    """
    if not limit.is_exceeded:
        return
    counts = {reason: len(rows) for reason, rows in limit.broken.items()}
    reason = max(counts, key=lambda reason: counts[reason])
    files = np.bincount(lines.file_of_row[limit.rows], minlength=len(lines.delivered.files))
    all_lines = np.bincount(lines.file_of_row, minlength=len(lines.delivered.files))
    worst = int(files.argmax())
    shown = f", such as {examples[reason]}" if examples.get(reason) else ""
    raise RejectedDayError(
        f"{limit.count:,} of {limit.total:,} lines ({limit.count / limit.total:.1%}) break row rules and the"
        f" limit is {limit.share:.1%} ({limit.setting}): {counts[reason]:,} because {reason}{shown} (column"
        f" {REASONS[reason]}); worst is file {lines.delivered.files[worst]} with {files[worst]:,} of its"
        f" {all_lines[worst]:,} lines. {_name_cure(advertiser, feed, reason)}"
    )


def _name_cure(advertiser: Advertiser, feed: str, reason: str) -> str:
    if reason == inexact(REASONS[reason]):
        return (
            f"Have {REASONS[reason]} delivered as text, as the mall's system has it; a spreadsheet spoils it."
        )
    if reason != GUEST:
        other = "correct the column mapping"
        cure = next((cure for words, cure in _CURES.items() if words in reason), other)
        return (
            f"Have the day delivered again, {cure}, or raise the limit; dangol try-delivery tries which"
            " setting helps."
        )
    column = advertiser.feeds[feed].source(REASONS[GUEST]).label  # type: ignore[index]
    if advertiser.guests == "fail":
        return (
            "Where purchases without a user are normal, set guests: quarantine (kept apart) or guests: drop;"
            f" else check that user_id is the mall's column {show_column(column)}."
        )
    return (
        f"Check that user_id is the mall's column {show_column(column)}; where such days are right, set"
        " quarantine.max_share_of: {user_id: 1}."
    )
