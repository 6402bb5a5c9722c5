"""Landing files → lake partitions, recorded in the warehouse."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Final

from include.errors import DangolError, MissingDataError, RejectedDayError
from include.settings import Advertiser, days_between
from include.steps.run_folder import Summary, measure

if TYPE_CHECKING:
    from include.ingest.manifest import Manifest

log = logging.getLogger(__name__)

NAMED_IN_FULL: Final = 5


def ingest_days(advertiser: Advertiser, first: date, last: date, also_changed: bool = False) -> Summary:
    """Turn the landing files of every feed and day from `first` to `last` into lake partitions.

    `also_changed` asks for days of the window before whose files have changed since, which are not noticed
    yet. A day that is missing or breaks its contract does not stop the days after it; all such days are named
    in the one error at the end. Raises RejectedDayError or MissingDataError.
    """
    from include.ingest.days import ingest_day
    from include.models.progress import show_progress
    from include.warehouse.ingest_log import record_failure, record_partition
    from include.warehouse.schema import open_warehouse

    if last < first:
        raise DangolError(f"{advertiser.name}: from_date {first} is after to_date {last}.")
    days = days_between(first, last)
    totals: Summary = dict.fromkeys(("lines", "accepted", "quarantined", "duplicates", "partitions"), 0)
    failures: list[DangolError] = []
    # The warehouse first: one that is down must not leave partitions that it knows nothing of.
    with (
        open_warehouse(advertiser.name) as engine,
        measure(totals),
        show_progress(len(days), f"ingest {advertiser.name}", "days", every=30) as progress,
    ):
        for day in days:
            for feed, settings in advertiser.feeds.items():
                try:
                    manifest = ingest_day(advertiser, feed, day)
                except DangolError as error:
                    if settings.required or not isinstance(error, MissingDataError):
                        failures.append(error)
                        record_failure(engine, advertiser.name, feed, day, str(error))
                    continue
                record_partition(
                    engine, advertiser.name, manifest.as_partition_row(), manifest.as_quality_rows()
                )
                _add_to_totals(totals, manifest)
                log.info("%s", _describe_partition(advertiser, manifest))
            progress.update(1)
    if failures:
        kind = (
            RejectedDayError if any(isinstance(f, RejectedDayError) for f in failures) else MissingDataError
        )
        done = f" ({totals['partitions']} other partitions are ingested.)" if totals["partitions"] else ""
        raise kind(
            " ".join(str(failure) for failure in failures[:NAMED_IN_FULL]) + _count_rest(failures) + done
        )
    return totals


def _count_rest(failures: list[DangolError]) -> str:
    """A range of months that is not there must not fill a screen; the log has each of them."""
    for failure in failures[NAMED_IN_FULL:]:
        log.error("%s", failure)
    more = len(failures) - NAMED_IN_FULL
    return f" And {more} more, which the log names." if more > 0 else ""


def _add_to_totals(totals: Summary, manifest: Manifest) -> None:
    totals["lines"] += manifest.lines
    totals["accepted"] += manifest.accepted_rows
    totals["quarantined"] += manifest.quarantined_rows
    totals["duplicates"] += manifest.duplicate_rows
    totals["partitions"] += 1


def _describe_partition(advertiser: Advertiser, manifest: Manifest) -> str:
    warnings = "".join(f" Warning: {warning}" for warning in manifest.warnings)
    return (
        f"{advertiser.name} {manifest.feed} {manifest.day}: {manifest.lines:,} lines,"
        f" {manifest.accepted_rows:,} accepted, {manifest.quarantined_rows:,} quarantined,"
        f" {manifest.duplicate_rows:,} exact duplicates.{warnings}"
    )
