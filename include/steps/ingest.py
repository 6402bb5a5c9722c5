"""Landing files → lake partitions, recorded in the warehouse."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from include.errors import (
    MissingDataError,
    PermanentError,
    RejectedDayError,
    SettingsError,
    TransientError,
)
from include.feeds.registry import list_indispensable
from include.settings import Advertiser, days_between
from include.steps.run_folder import Summary, measure

if TYPE_CHECKING:
    from include.ingest.manifest import Manifest
    from include.warehouse.base import Warehouse

log = logging.getLogger(__name__)

NAMED_IN_FULL: Final = 5
_COUNTS: Final = {
    "lines": "lines",
    "accepted": "accepted_rows",
    "quarantined": "quarantined_rows",
    "duplicates": "duplicate_rows",
    "guests": "guest_rows",
    "filtered": "filtered_rows",
}


@dataclass
class _Result:
    """What became of the days: counts, the partitions that were made, and for each feed and day that must be
    mended its error.
    """

    totals: Summary
    failures: dict[tuple[date, str], PermanentError] = field(default_factory=dict)
    done: set[tuple[date, str]] = field(default_factory=set)


def ingest_days(advertiser: Advertiser, first: date, last: date, also_changed: bool = False) -> Summary:
    """Turn the landing files of every feed and day from `first` to `last` into lake partitions.

    Returns counts of lines and partitions, as `feeds` the partitions of each feed, and as `expired` how many
    former ones the lake has let go of at the end (`include.ingest.expiry`).

    With `also_changed`, days of the window before whose files have changed since are ingested again; one that
    is refused keeps what the lake had, is recorded, and fails nothing. A day that is missing, breaks its
    contract or meets an unexpected error does not stop the days after it; all such days of required feeds
    are named in the one error at the end. Raises RejectedDayError, MissingDataError or SettingsError;
    StorageError and WarehouseUnavailableError at once.
    """
    from include.ingest.apart import check_apart
    from include.ingest.expiry import find_kept, refuse_expired
    from include.progress import show_progress
    from include.steps.expiry import expire_days
    from include.warehouse import open_warehouse

    if last < first:
        raise PermanentError(f"{advertiser.name}: from_date {first} is after to_date {last}.")
    check_apart(advertiser)
    days = days_between(first, last)
    result = _Result(dict.fromkeys((*_COUNTS, "partitions", "closed", "late", "refused_late"), 0))
    result.totals["feeds"] = dict.fromkeys(advertiser.feeds, 0)
    # The warehouse first: one that is down must not leave partitions that it knows nothing of.
    with (
        open_warehouse(advertiser.name) as warehouse,
        measure(result.totals),
        show_progress(len(days), f"ingest {advertiser.name}", "days", every=30) as progress,
    ):
        kept = find_kept(advertiser)
        for day in days:
            for feed, settings in advertiser.feeds.items():
                error = refuse_expired(advertiser, feed, day, kept)
                if error := error or _ingest_one(warehouse, advertiser, feed, day, result):
                    _judge(result, feed, day, error, settings.required)
            progress.update(1)
        if also_changed:
            _ingest_late_days(warehouse, advertiser, first, last, result)
        result.totals["expired"] = expire_days(warehouse, advertiser)
    if result.failures:
        raise _sum_up(result)
    return result.totals


def find_late_days(advertiser: Advertiser, day: date) -> list[tuple[date, str]]:
    """Days (with their feed) of the window that ends on `day`, without `day`, to be ingested again.

    Their landing files have changed since they were ingested, and are complete. Raises StorageError.
    """
    from include.ingest.landing.changes import find_changed_days
    from include.ingest.landing.completeness import explain_incomplete

    first, _ = advertiser.find_window(day)
    late = []
    for feed in advertiser.feeds:
        for changed in find_changed_days(advertiser, feed, first, day):
            if changed == day:
                continue
            if reason := explain_incomplete(advertiser, feed, changed):
                log.info("%s, %s of %s waits for a later run: %s", advertiser.name, feed, changed, reason)
                continue
            late.append((changed, feed))
    return sorted(late)


def _ingest_late_days(
    warehouse: Warehouse, advertiser: Advertiser, first: date, last: date, result: _Result
) -> None:
    for day, feed in find_late_days(advertiser, last):
        if first <= day <= last:
            continue
        log.info("%s, %s of %s is ingested again.", advertiser.name, feed, day)
        result.totals["late"] += 1
        if error := _ingest_one(warehouse, advertiser, feed, day, result):
            result.totals["refused_late"] += 1
            log.error("A changed delivery is refused, and the release goes on with the former: %s", error)


def _ingest_one(
    warehouse: Warehouse, advertiser: Advertiser, feed: str, day: date, result: _Result
) -> PermanentError | None:
    """Ingest and record one feed and day; the error where that went wrong, which is recorded too."""
    from include.ingest.days import ingest_day

    done = "The lake keeps what it had."
    try:
        manifest = ingest_day(advertiser, feed, day)
        done = "The lake has the day."
        warehouse.record_partition(manifest.as_partition_row(), manifest.as_quality_rows())
    except PermanentError as error:
        _record_failure(warehouse, advertiser, feed, day, error)
        return error
    except TransientError:
        raise
    except Exception as error:
        if type(error).__module__.startswith("airflow."):  # a connection that is not there, and the like
            raise
        log.error("%s", _trace(error))
        failure = RejectedDayError(
            f"{advertiser.name}, {feed} of {day}: an unexpected error ({type(error).__name__}) stopped this"
            f" day; the log has the trace. {done} Tell the data platform, and have the day's files at hand."
        )
        _record_failure(warehouse, advertiser, feed, day, failure)
        return failure
    _add_to_totals(result, manifest)
    log.info("%s", _describe_partition(advertiser, manifest))
    return None


def _trace(error: BaseException) -> str:
    """Where an unexpected error came from, without the texts of errors, which may quote a delivered line."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return "\nwhich led to\n".join(
        "".join([*traceback.format_tb(each.__traceback__), type(each).__name__]) for each in reversed(chain)
    )


def _record_failure(
    warehouse: Warehouse, advertiser: Advertiser, feed: str, day: date, error: PermanentError
) -> None:
    """In `data_quality`; but that an optional feed did not come is no failure."""
    is_required = advertiser.feeds[feed].required
    if is_required or not isinstance(error, MissingDataError):
        warehouse.record_failure(feed, day, str(error))


def _judge(result: _Result, feed: str, day: date, error: PermanentError, is_required: bool) -> None:
    """Keep what must fail the run. What is wrong with an optional feed only warns, but for its settings."""
    if is_required or isinstance(error, SettingsError):
        result.failures[day, feed] = error
    elif isinstance(error, MissingDataError):
        log.info("An optional feed did not come: %s", error)
    else:
        log.warning("An optional feed is refused, and the run goes on without it: %s", error)


def _sum_up(result: _Result) -> PermanentError:
    """One error for all."""
    failures = list(result.failures.values())
    kinds = (RejectedDayError, SettingsError, MissingDataError)
    kind = next(kind for kind in (*kinds, PermanentError) if any(isinstance(each, kind) for each in failures))
    sentences = [str(failure) for failure in failures[:NAMED_IN_FULL]]
    # A range of months that is not there must not fill a screen; the log has each of them.
    for failure in failures[NAMED_IN_FULL:]:
        log.error("%s", failure)
    if (more := len(failures) - NAMED_IN_FULL) > 0:
        sentences.append(f"And {more} more, which the log names.")
    days = {day for day, _ in result.failures}
    ingested = [name for name in list_indispensable() if {(day, name) for day in days} <= result.done]
    if ingested:
        whose = f"of {next(iter(days))}" if len(days) == 1 else "of these days"
        sentences.append(f"The {' and '.join(ingested)} {whose} are ingested.")
    if result.totals["partitions"]:
        sentences.append(f"({result.totals['partitions']} other partitions are ingested.)")
    return kind(" ".join(sentences))


def _add_to_totals(result: _Result, manifest: Manifest) -> None:
    for name, attribute in _COUNTS.items():
        result.totals[name] += getattr(manifest, attribute)
    result.totals["partitions"] += 1
    result.totals["feeds"][manifest.feed] += 1
    result.totals["closed"] += manifest.is_closed
    result.done.add((manifest.day, manifest.feed))


def _describe_partition(advertiser: Advertiser, manifest: Manifest) -> str:
    name = f"{advertiser.name} {manifest.feed} {manifest.day}"
    if manifest.is_closed:
        return f"{name}: the mall was closed."
    counts = [
        f"{manifest.lines:,} lines",
        f"{manifest.accepted_rows:,} accepted",
        f"{manifest.quarantined_rows:,} quarantined",
        f"{manifest.duplicate_rows:,} exact duplicates",
    ]
    if manifest.guest_rows:
        counts.append(f"{manifest.guest_rows:,} of guests, dropped")
    if manifest.filtered_rows:
        counts.append(f"{manifest.filtered_rows:,} left out by the feed's where")
    warnings = "".join(f" Warning: {text}" for text in manifest.warnings)
    return f"{name}: {', '.join(counts)}.{_describe_checksums(manifest)}{warnings}"


def _describe_checksums(manifest: Manifest) -> str:
    """Said and no warning: most writers of Parquet leave them away, and a mall can rarely change that."""
    parquet = [file for file in manifest.source_files if file.has_checksums is not None]
    without = sum(not file.has_checksums for file in parquet)
    if not without:
        return ""
    return (
        f" {without:,} of {len(parquet):,} Parquet files have no checksums of their pages, so that a damaged"
        " value in them may go unseen."
    )
