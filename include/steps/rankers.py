"""Where fitted rankers are kept: beside the lake's feeds, one file for each last day that one has seen."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from include.errors import StorageError
from include.settings import Advertiser, Place
from include.settings.place import BLENDS

if TYPE_CHECKING:
    from include.candidates.blends.ranker import Ranker
    from include.ingest.storage import Folder

log = logging.getLogger(__name__)

_PREFIX: Final = "fitted_on="
_SUFFIX: Final = ".json"


def describe_needs(advertiser: Advertiser) -> dict[str, Any]:
    """What a ranker of this advertiser's list must have been fitted with."""
    from include.evaluation.configured import Configuration
    from include.evaluation.fitting import describe_settings

    return describe_settings(Configuration.from_advertiser(advertiser), advertiser.window.days)


def write_ranker(advertiser: Advertiser, ranker: Ranker) -> str:
    """Put it in the place of the one of the same day, and return where it is."""
    folder, name = _open(advertiser), f"{_PREFIX}{ranker.fitted_on}{_SUFFIX}"
    folder.write_file(name, ranker.to_text().encode())
    return f"{folder.url}/{name}"


def find_ranker(advertiser: Advertiser, as_of: date) -> tuple[Ranker | None, str]:
    """The newest ranker that has seen no day after the as-of date, or None and a sentence why there is none.

    One that other settings than today's were fitted with is none. Raises StorageError for a damaged one.
    """
    from include.candidates.blends.ranker import Ranker
    from include.candidates.registry import arrange_sources

    cure = f"run dangol fit --advertiser {advertiser.name} --as-of {as_of}"
    days = [day for day in list_fitted(advertiser) if day <= as_of]
    if not days:
        return None, f"no ranker was fitted on or before {as_of}; {cure}"
    folder, name = _open(advertiser), f"{_PREFIX}{days[-1]}{_SUFFIX}"
    try:
        ranker = Ranker.from_text(folder.read_file(name).decode())
    except ValueError as error:
        raise StorageError(f"{folder.url}/{name} is damaged ({error}); {cure}.") from error
    names = list(arrange_sources(advertiser.ad_sources).names)
    needs = describe_needs(advertiser)
    difference = ranker.explain_difference(names, needs, advertiser.ads.exclude_purchased)
    if difference:
        return None, f"the ranker fitted on {days[-1]} is not this list's, for {difference}; {cure}"
    return ranker, ""


def list_fitted(advertiser: Advertiser) -> list[date]:
    """The days that there are rankers of, ascending."""
    entries = _open(advertiser).list_entries() or []
    names = [entry.name for entry in entries if entry.name.startswith(_PREFIX)]
    return sorted(date.fromisoformat(name.removeprefix(_PREFIX).removesuffix(_SUFFIX)) for name in names)


def _open(advertiser: Advertiser) -> Folder:
    from include.ingest.storage import Folder

    url = f"{advertiser.lake.url}/{advertiser.name}/{BLENDS}"
    return Folder(Place(uri=url, conn_id=advertiser.lake.conn_id))
