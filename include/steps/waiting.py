"""What a run waits for before it begins: the mall's delivery of a day, and the lake's days of a window.

Each function looks once. None means that the steps after it can begin.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from include.errors import MissingDataError
from include.settings import Advertiser
from include.steps.window import explain_missing_days, find_missing_days

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wait:
    """What is not there yet, in a sentence, and until when it is waited for."""

    reason: str
    deadline: datetime

    def __str__(self) -> str:
        return f"Waiting until {self.deadline:%Y-%m-%d %H:%M %Z}: {self.reason}"


def wait_for_landing(advertiser: Advertiser, day: date) -> Wait | None:
    """None where a day can be ingested: every required feed is complete, the mall is closed, or the deadline
    has passed over a delivery that is there and has only not been quiet for long enough.

    Raises MissingDataError at the deadline where a folder is not there, or is not complete by its marker
    or manifest.
    """
    from include.ingest.landing import explain_incomplete

    if advertiser.calendar.is_closed(day):
        log.info("%s is closed on %s by its calendar: nothing to wait for.", advertiser.name, day)
        return None
    reasons = {
        name: reason
        for name in advertiser.required_feeds
        if (reason := explain_incomplete(advertiser, name, day))
    }
    if not reasons:
        return None
    deadline = advertiser.find_deadline(day)
    if datetime.now(UTC) < deadline:
        return Wait(" ".join(reasons.values()), deadline)
    _give_up(advertiser, day, reasons, deadline)
    return None


def _give_up(advertiser: Advertiser, day: date, reasons: Mapping[str, str], deadline: datetime) -> None:
    """Raise for what is missing, warn of what is merely not quiet."""
    from include.ingest.landing import is_there

    missing = []
    for name, reason in reasons.items():
        complete = advertiser.feeds[name].complete
        what = f"{advertiser.name} delivered no {name} of {day} by {deadline:%Y-%m-%d %H:%M %Z}"
        if not is_there(advertiser, name, day):
            folder = advertiser.landing_folder(name, day).url
            missing.append(f"{what}: {folder} is not there")
        elif complete.marker or complete.manifest:
            missing.append(f"{what} that are complete: {reason.rstrip('. ')}")
        else:
            log.warning("The deadline has passed, so %s is taken as it is: %s", day, reason)
    if missing:
        raise MissingDataError(". ".join(missing) + "; ask the mall for it, then run this day again.")


def wait_for_days(advertiser: Advertiser, as_of: date, began: datetime | None = None) -> Wait | None:
    """None where every day of the window is in the lake. `began` is when the run did, which may be long after
    the as-of date.

    Raises MissingDataError, which names the days, at the deadline.
    """
    missing = find_missing_days(advertiser, as_of)
    if not missing:
        return None
    lack = explain_missing_days(advertiser, as_of, missing)
    deadline = find_window_deadline(advertiser, as_of, began)
    if datetime.now(UTC) < deadline:
        return Wait(lack, deadline)
    raise MissingDataError(lack)


def find_window_deadline(advertiser: Advertiser, as_of: date, began: datetime | None = None) -> datetime:
    """Until when a window waits for days: some minutes after the deadline of its last day, in which that
    day is ingested, and at least so long after the run's own start.
    """
    wait = timedelta(minutes=advertiser.schedule.window_wait_minutes)
    last = advertiser.find_deadline(as_of)
    return (max(last, began) if began else last) + wait
