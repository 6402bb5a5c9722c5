"""Landing place and lake must not lie in one another: an ingest would overwrite what the mall delivered."""

from __future__ import annotations

from include.errors import SettingsError
from include.settings import Advertiser
from include.settings.place import BLENDS, RUNS, is_within


def check_apart(advertiser: Advertiser) -> None:
    """Raises SettingsError where a feed's folders of days and those of the lake are not apart."""
    day = advertiser.schedule.start_date
    lake = f"{advertiser.lake.url.rstrip('/')}/{advertiser.name}"
    for feed in advertiser.feeds:
        delivered = advertiser.landing_folder(feed, day).url
        for below in (*advertiser.feeds, RUNS, BLENDS):
            kept = f"{lake}/{below}"
            if is_within(delivered, kept) or is_within(kept, delivered):
                raise SettingsError(
                    f"{advertiser.name}: the delivery of {feed} at {delivered} and the lake's {kept} lie in"
                    " one another, so that an ingest would overwrite what the mall delivered: give the lake"
                    f" a place of its own, by lake.uri in {advertiser.name}.yaml."
                )
