"""One delivery read on trial: what is understood of each column, what is not and why, and what would cure it.

Nothing is written, neither to the lake nor to the warehouse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from include.errors import MissingDataError, PermanentError, SettingsError
from include.feeds.registry import load_feed
from include.feeds.rules import GUEST
from include.ingest.clean import CleanLines, clean_lines
from include.ingest.column_readings import ColumnReading, read_columns
from include.ingest.cures import Change, guess_names, list_changes
from include.ingest.landing import DeliveredFile, Delivery, read_delivery
from include.ingest.verdict import Verdict, apply_contract
from include.settings import Advertiser, Quarantine

_TRIED_LINES: Final = 5_000


@dataclass(frozen=True)
class Cure:
    """A change of the YAML, and how many of the first lines of the day would be accepted with it."""

    setting: str
    accepted: int


@dataclass(frozen=True)
class Trial:
    """What ingest would make of a day. `refusal` is why it would not accept it at all, else None.

    `tried` is how many lines the cures were tried on; `accepted_of_tried` how many of those pass without any.
    """

    feed: str
    day: date
    refusal: str | None
    files: tuple[str, ...] = ()
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    guests: int = 0
    filtered: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    warnings: tuple[str, ...] = ()
    columns: tuple[ColumnReading, ...] = ()
    tried: int = 0
    accepted_of_tried: int = 0
    cures: tuple[Cure, ...] = ()


@dataclass(frozen=True)
class _Outcome:
    accepted: int
    reasons: Counter[str]
    refusal: str | None


@dataclass(frozen=True)
class _Attempt:
    """Some lines of the day read with some settings.

    The better attempt has more `columns` of those that we look for; then is read at all; then more lines are
    accepted; then fewer reasons are against them.
    """

    advertiser: Advertiser
    files: tuple[DeliveredFile, ...]
    columns: int
    outcome: _Outcome

    @property
    def score(self) -> tuple[int, bool, int, int]:
        outcome = self.outcome
        return self.columns, outcome.refusal is None, outcome.accepted, -outcome.reasons.total()


def try_delivery(advertiser: Advertiser, feed: str, day: date) -> Trial:
    """Read one day of a feed as ingest would. Raises SettingsError for an unknown feed, StorageError."""
    if feed not in advertiser.feeds:
        raise SettingsError(f"{advertiser.name} has no feed {feed}; it has {', '.join(advertiser.feeds)}.")
    try:
        delivery = read_delivery(advertiser, feed, day)
    except MissingDataError as error:
        return Trial(feed, day, str(error))
    except PermanentError as error:
        nothing = _Attempt(advertiser, (), 0, _Outcome(0, Counter(), str(error)))
        return Trial(feed, day, str(error), cures=_find_cures(nothing, feed, day))
    attempt = _attempt(advertiser, feed, day, _take_few(delivery.files))
    trial = Trial(
        feed,
        day,
        None,
        files=tuple(file.name for file in delivery.files),
        lines=delivery.lines,
        columns=read_columns(advertiser, feed, delivery.files),
        warnings=delivery.warnings,
        tried=sum(file.table.num_rows for file in attempt.files),
        accepted_of_tried=attempt.outcome.accepted,
        cures=_find_cures(attempt, feed, day),
    )
    return _fill_counts(advertiser, feed, day, delivery, trial)


def _find_cures(attempt: _Attempt, feed: str, day: date) -> tuple[Cure, ...]:
    """Of each topic the change that lets most lines in, on top of those before, while there is one."""
    cures: list[Cure] = []
    done: set[str] = set()
    while found := _find_best_change(attempt, feed, day, done):
        change, attempt = found
        done.add(change.topic)
        cures.append(Cure(change.setting, attempt.outcome.accepted))
    if attempt.outcome.reasons[GUEST] and attempt.advertiser.guests_of(feed) == "fail":
        # No more lines come in by it: they are judged apart.
        whose = feed if attempt.advertiser.feeds[feed].guests else ""
        cures.append(Cure(Change("guests", whose, {"guests": "drop"}).setting, attempt.outcome.accepted))
    return tuple(cures)


def _find_best_change(
    attempt: _Attempt, feed: str, day: date, done: set[str]
) -> tuple[Change, _Attempt] | None:
    there = sorted({name for file in attempt.files for name in file.table.column_names})
    outcome = attempt.outcome
    changes = list_changes(attempt.advertiser, feed, there, list(outcome.reasons), outcome.refusal or "")
    topics = list(dict.fromkeys(change.topic for change in changes if change.topic not in done))
    for topic in topics:
        tried = [
            (change, after)
            for change in changes
            if change.topic == topic and (after := _apply(change, attempt, feed, day))
        ]
        better = [(change, after) for change, after in tried if after.score > attempt.score]
        if better:
            return max(better, key=lambda one: one[1].score)
    return None


def _apply(change: Change, attempt: _Attempt, feed: str, day: date) -> _Attempt | None:
    """The same lines read with the change; None where the settings, or the files, do not go with it."""
    advertiser = change.apply(attempt.advertiser)
    if advertiser is None:
        return None
    files = attempt.files
    if change.rereads or not files:
        try:
            files = _take_few(read_delivery(advertiser, feed, day).files)
        except PermanentError:
            return None
    return _attempt(advertiser, feed, day, files)


def _attempt(advertiser: Advertiser, feed: str, day: date, files: tuple[DeliveredFile, ...]) -> _Attempt:
    settings = advertiser.feeds[feed]
    wanted = {name for ours in load_feed(feed).required for name in settings.source(ours).columns}
    there = {name for file in files for name in file.table.column_names}
    columns = len(wanted & there) + (len(guess_names(advertiser, feed, sorted(there))) if there else 0)
    return _Attempt(advertiser, files, columns, _judge(advertiser, feed, day, files))


def _fill_counts(advertiser: Advertiser, feed: str, day: date, delivery: Delivery, trial: Trial) -> Trial:
    """The whole day's verdict, by the advertiser's own limits."""
    try:
        lines = clean_lines(advertiser, feed, delivery.files)
    except PermanentError as error:
        return replace(trial, refusal=str(error))
    warnings = (*trial.warnings, *lines.warnings)
    refusal: str | None = None
    guests = 0
    try:
        verdict = apply_contract(advertiser, feed, day, lines)
    except PermanentError as error:
        outcome, refusal = _judge_lines(advertiser, feed, day, lines), str(error)
    else:
        outcome, guests = _weigh(verdict), verdict.guest_rows
        warnings += verdict.warnings
    return replace(
        trial,
        refusal=refusal,
        accepted=outcome.accepted,
        duplicates=lines.duplicate_rows,
        guests=guests,
        filtered=lines.filtered_rows,
        reasons=tuple(outcome.reasons.most_common()),
        warnings=warnings,
    )


def _judge(advertiser: Advertiser, feed: str, day: date, files: Sequence[DeliveredFile]) -> _Outcome:
    """As `_judge_lines`, of files that may not even have the columns."""
    try:
        lines = clean_lines(advertiser, feed, files)
    except PermanentError as error:
        return _Outcome(0, Counter(), str(error))
    return _judge_lines(advertiser, feed, day, lines)


def _judge_lines(advertiser: Advertiser, feed: str, day: date, lines: CleanLines) -> _Outcome:
    """Accepted lines and reasons, whatever the limits say of their share."""
    lenient_feed = advertiser.feeds[feed].model_copy(update={"quarantine": Quarantine(max_share=1)})
    lenient = advertiser.model_copy(update={"feeds": {**advertiser.feeds, feed: lenient_feed}})
    try:
        return _weigh(apply_contract(lenient, feed, day, lines))
    except PermanentError as error:
        return _Outcome(0, Counter(), str(error))


def _weigh(verdict: Verdict) -> _Outcome:
    reasons = Counter(reason for text in verdict.reasons.values() for reason in text.split("; "))
    return _Outcome(int(verdict.accepted.sum()), reasons, None)


def _take_few(files: Sequence[DeliveredFile]) -> tuple[DeliveredFile, ...]:
    """The first lines of each file, alike many of each."""
    share = max(1, _TRIED_LINES // max(1, len(files)))
    return tuple(replace(file, table=file.table.slice(0, share)) for file in files)
