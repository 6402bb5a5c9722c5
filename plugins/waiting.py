"""How the sensors wait: how often they look, how long Airflow lets them, what their log says."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

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


def is_over(wait: Wait | None) -> bool:
    """Whether a sensor is done; else the task's log says what it waits for, which Airflow does not tell."""
    if wait:
        log.info("%s", wait)
    return wait is None
