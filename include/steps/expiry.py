"""What is too old for the lake goes, and the warehouse says so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.settings import Advertiser

if TYPE_CHECKING:
    from include.warehouse.base import Warehouse

log = logging.getLogger(__name__)


def expire_days(warehouse: Warehouse, advertiser: Advertiser) -> int:
    """How many partitions the lake has let go of.

    Whatever fails is logged, for the days are ingested; the next ingest tries again.
    """
    from include.ingest.expiry import expire_lake

    days = 0
    try:
        for feed in expire_lake(advertiser):
            if feed.days or feed.quarantines:
                log.info(
                    "%s, %s: %d days before %s and the quarantined lines of %d more have expired.",
                    advertiser.name, feed.feed, feed.days, feed.before, feed.quarantines,
                )  # fmt: skip
            days += feed.days
            warehouse.record_expiry(feed.feed, feed.before, feed.held)
    except Exception as error:
        log.warning("%s: what has expired is left to the next ingest: %s", advertiser.name, error)
    return days
