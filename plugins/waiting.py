"""How the sensors wait: what they ask, how often, how long Airflow lets them, what their log says."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from airflow.sdk import PokeReturnValue

if TYPE_CHECKING:
    from include.settings import Advertiser
    from include.steps.waiting import Wait

log = logging.getLogger(__name__)

_SHORTEST_POKE: Final = timedelta(minutes=1)
_LONGEST_POKE: Final = timedelta(minutes=5)
# Beyond the deadline: a poke that waits for a free worker must not become a time-out without a sentence.
_SLACK: Final = timedelta(hours=6)


def find_longest_wait(advertiser: Advertiser) -> timedelta:
    """How long a sensor may wait before Airflow ends it."""
    schedule = advertiser.schedule
    wait = timedelta(hours=schedule.landing_deadline_hours, minutes=schedule.window_wait_minutes)
    return wait + _SLACK


def find_poke_interval(advertiser: Advertiser) -> timedelta:
    """How often to look: about as often as a delivery can become quiet."""
    quiet = [timedelta(minutes=feed.complete.quiet_minutes) for feed in advertiser.required_feeds.values()]
    return min(max(min(quiet), _SHORTEST_POKE), _LONGEST_POKE)


def has_landed(advertiser: Advertiser, day: date) -> bool:
    """Whether the mall has delivered the day. Raises MissingDataError at the deadline."""
    from include.steps.waiting import wait_for_landing

    return is_over(wait_for_landing(advertiser, day))


def has_days(advertiser: Advertiser, as_of: date, began: datetime | None) -> PokeReturnValue:
    """Whether the lake has the window's days, which the tasks after it get. Raises MissingDataError at the
    deadline.
    """
    from include.steps.waiting import wait_for_days

    is_done = is_over(wait_for_days(advertiser, as_of, began))
    first, last = advertiser.find_window(as_of)
    return PokeReturnValue(is_done, {"from": str(first), "to": str(last)})


def is_over(wait: Wait | None) -> bool:
    """Whether a sensor is done; else the task's log says what it waits for, which Airflow does not tell."""
    if wait:
        log.info("%s", wait)
    return wait is None
