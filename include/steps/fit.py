"""Weeks of the past → a ranker for the ad list, where the advertiser's blend is one that learns."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from include.errors import MissingDataError, PermanentError
from include.settings import Advertiser
from include.steps.evaluation_splits import LakePast, find_newest_day
from include.steps.run_folder import Summary, explain_refusals, measure

log = logging.getLogger(__name__)


def find_first_day(advertiser: Advertiser, as_of: date) -> date:
    """The first day of the first window that a ranker of this as-of date learns from."""
    from include.evaluation.splits import list_split_dates

    _, params = advertiser.ads.blend.chosen
    dates = list_split_dates(as_of, params.splits, params.every, params.test_days)
    return advertiser.find_window(dates[0] - timedelta(days=1))[0]


def fit(advertiser: Advertiser, as_of: date | None = None) -> Summary:
    """Fit a ranker on the weeks up to the as-of date, by default the newest day of the lake, and keep it.

    The candidates step takes it for this as-of date and later ones. The same weeks and settings give the same
    bits. Raises PermanentError where the blend is another, MissingDataError where there are too few weeks.
    """
    from include.evaluation.configuration import Configuration
    from include.evaluation.fitting import fit_rankers
    from include.kernels import count_cores
    from include.models.base import Context
    from include.steps.rankers import write_ranker

    if not advertiser.ads.learns:
        raise PermanentError(
            f"{advertiser.name}: ads.blend is {advertiser.ads.blend.chosen[0]}, which learns nothing; write"
            " blend: learned under ads first."
        )
    as_of = as_of or find_newest_day(advertiser)
    exclude = advertiser.ads.exclude_purchased
    summary: Summary = {"advertiser": advertiser.name, "fitted_on": as_of.isoformat()}
    with measure(summary), explain_refusals(advertiser, as_of):
        context = Context(threads=advertiser.run.threads or count_cores())
        configuration = Configuration.from_advertiser(advertiser)
        try:
            ranker = fit_rankers(LakePast(advertiser), as_of, configuration, (exclude,), context)[exclude]
        except MissingDataError as error:
            raise MissingDataError(f"{advertiser.name}: {error} Ingest earlier days first.") from error
        summary |= {**ranker.made_from, "sources": list(ranker.sources)}
        summary["file"] = write_ranker(advertiser, ranker)
    log.info(
        "%s: a ranker of %d weeks up to %s, from %s candidates of %s lists, is in %s.",
        advertiser.name, len(summary["splits"]), as_of, f"{summary['candidates']:,}",
        f"{summary['lists']:,}", summary["file"],
    )  # fmt: skip
    return summary
