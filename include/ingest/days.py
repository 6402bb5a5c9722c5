"""Ingest one feed and day: landing files → validated partition. What the tasks call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pyarrow as pa

from include.errors import MissingDataError, RejectedDayError, SettingsError, StorageError
from include.feeds.registry import load_feed
from include.ingest.clean import clean_lines
from include.ingest.lake import write_partition
from include.ingest.landing import read_delivery
from include.ingest.manifest import Manifest
from include.ingest.quarantine import collect_quarantined
from include.ingest.usual import explain_unusual
from include.ingest.verdict import apply_contract
from include.settings import Advertiser


def ingest_day(advertiser: Advertiser, feed: str, day: date) -> Manifest:
    """Read, drop exact duplicates, map, validate, and replace the day's partition in the lake.

    A day on which the mall was closed is a partition without rows. Raises MissingDataError (the folder, or
    what says that it is complete, is not there), RejectedDayError (a table rule of the contract),
    SettingsError (a timestamp format that does not exist) and StorageError (landing place or
    lake failed). After any of them the lake has what it had.
    """
    if feed not in advertiser.feeds:
        raise SettingsError(f"{advertiser.name} has no feed {feed}; it has {', '.join(advertiser.feeds)}.")
    start = time.perf_counter()
    with _name_day(advertiser, feed, day):
        delivery = read_delivery(advertiser, feed, day)
        lines = clean_lines(advertiser, feed, delivery.files)
        verdict = apply_contract(advertiser, feed, day, lines)
        schema = load_feed(feed).get_schema()
        accepted = lines.table.filter(pa.array(verdict.accepted)).select(schema.names).cast(schema)
        unusual = explain_unusual(advertiser, feed, day, accepted.num_rows)
        warnings = (*delivery.warnings, *lines.warnings, *verdict.warnings, *filter(None, [unusual]))
        manifest = Manifest(
            feed=feed,
            day=day,
            lines=delivery.lines,
            accepted_rows=accepted.num_rows,
            quarantined_rows=len(verdict.reasons),
            duplicate_rows=lines.duplicate_rows,
            guest_rows=verdict.guest_rows,
            filtered_rows=lines.filtered_rows,
            source_files=delivery.sources,
            source_fingerprint=delivery.fingerprint,
            ingested_at=datetime.now(UTC),
            rows_file="",
            quarantine_file="",
            warnings=() if delivery.is_closed else warnings,
            rules=verdict.rules,
            seconds=round(time.perf_counter() - start, 3),
            is_closed=delivery.is_closed,
        )
        return write_partition(advertiser, manifest, accepted, collect_quarantined(lines, verdict.reasons))


@contextmanager
def _name_day(advertiser: Advertiser, feed: str, day: date) -> Iterator[None]:
    """Begin every error with whose day it is, and end it with what became of the lake."""
    name = f"{advertiser.name}, {feed} of {day}"
    try:
        yield
    except (MissingDataError, SettingsError) as error:
        raise type(error)(f"{name}: {error}") from error
    except RejectedDayError as error:
        raise RejectedDayError(f"{name}: {error} The lake keeps what it had.") from error
    except StorageError as error:
        raise StorageError(f"{name}: {error} The day's partition is unchanged.") from error
