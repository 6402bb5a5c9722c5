"""Until when a run waits for its day, and for what."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from include.errors import MissingDataError

if TYPE_CHECKING:
    from include.settings import Advertiser

log = logging.getLogger(__name__)

_SHORTEST_POKE: Final = timedelta(minutes=1)
_LONGEST_POKE: Final = timedelta(minutes=5)
# Beyond the deadline: a poke that waits for a free worker must not become a time-out without a sentence.
_SLACK: Final = timedelta(hours=6)


def find_window_deadline(advertiser: Advertiser, as_of: date, context: Mapping[str, Any]) -> datetime:
    """Until when a window waits for days: some minutes after the deadline of its last day, in which that
    day is ingested, and at least so long after the run's own start.
    """
    began: datetime = context["dag_run"].start_date
    wait = timedelta(minutes=advertiser.schedule.window_wait_minutes)
    return max(advertiser.find_deadline(as_of), began) + wait


def find_longest_wait(advertiser: Advertiser) -> timedelta:
    """How long a sensor may wait before Airflow ends it."""
    schedule = advertiser.schedule
    wait = timedelta(hours=schedule.landing_deadline_hours, minutes=schedule.window_wait_minutes)
    return wait + _SLACK


def find_poke_interval(advertiser: Advertiser) -> timedelta:
    """How often to look: about as often as a delivery can become quiet."""
    quiet = [timedelta(minutes=feed.complete.quiet_minutes) for feed in advertiser.required_feeds.values()]
    return min(max(min(quiet), _SHORTEST_POKE), _LONGEST_POKE)


def is_landed(advertiser: Advertiser, day: date) -> bool:
    """Whether a day can be ingested: every required feed is complete, the mall is closed, or the deadline
    has passed over a delivery that is there and has only not been quiet for long enough.

    Raises MissingDataError at the deadline where a folder is not there, or is not complete by its marker
    or manifest.
    """
    from include.ingest.landing import explain_incomplete

    if advertiser.calendar.is_closed(day):
        log.info("%s is closed on %s by its calendar: nothing to wait for.", advertiser.name, day)
        return True
    reasons = {
        name: reason
        for name in advertiser.required_feeds
        if (reason := explain_incomplete(advertiser, name, day))
    }
    if not reasons:
        return True
    deadline = advertiser.find_deadline(day)
    if datetime.now(UTC) < deadline:
        say_waiting(" ".join(reasons.values()), deadline)
        return False
    _give_up(advertiser, day, reasons, deadline)
    return True


def say_waiting(reason: str, deadline: datetime) -> None:
    """Tell the task's log what a sensor waits for; by itself it says nothing."""
    log.info("Waiting until %s: %s", f"{deadline:%Y-%m-%d %H:%M %Z}", reason)


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
