"""Days of the past → settings by which the ad list would have been better: a proposal, and nothing else."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from include.errors import MissingDataError, PermanentError
from include.feeds.base import Event
from include.feeds.registry import load_feed
from include.settings import Advertiser, data_root
from include.settings.evaluation import HEADLINE
from include.settings.weights import Weights
from include.state import find_state
from include.steps.evaluation_splits import (
    choose_split_dates,
    find_newest_day,
    read_splits,
    take_fingerprint,
)
from include.steps.run_folder import Summary, explain_refusals

if TYPE_CHECKING:
    from include.evaluation.objective import Gain, Objective
    from include.evaluation.search_space import Space
    from include.evaluation.splits import Split
    from include.evaluation.tuning import Budget, Found

log = logging.getLogger(__name__)

_SEED: Final = 0


@dataclass(frozen=True)
class Search:
    """What to search by; None is what the advertiser's section `evaluation` says.

    until: the last day that may be looked at; by default the newest one before the test days of the newest
    `evaluation.splits` splits, which stay for the judge. models: what may be tried, by default the
    advertiser's models and all that say what to try. study: go on with the trials that there are (resume:
    there must be some), or forget them (fresh).
    """

    until: date | None = None
    splits: int | None = None
    purchases: Literal["new", "all"] | None = None
    models: tuple[str, ...] = ()
    study: Literal["any", "resume", "fresh"] = "any"


@dataclass(frozen=True)
class Days:
    """Split dates to choose settings by, and later ones that nothing is chosen by; test days after each."""

    until: date
    chosen_by: tuple[date, ...]
    held_out: tuple[date, ...]
    test_days: int


def tune(advertiser: Advertiser, budget: Budget, search: Search | None = None) -> Summary:
    """Search for settings of the ad list that are worth more than today's, and say how much more.

    The summary has the gain on the splits that they were chosen by, which is too good, and on the later ones,
    each with its 95% interval, and the sections of a challenger. Raises MissingDataError where the lake has
    no days to choose by, PermanentError where another process tunes too, and what the daily job raises.
    """
    from include.evaluation.studies import open_study
    from include.evaluation.tuning import list_done, run_trials

    search = search or Search()
    days = choose_days(advertiser, search)
    purchases = search.purchases or advertiser.evaluation.purchases
    with explain_refusals(advertiser, days.until):
        space = make_space(advertiser, search)
        file, name = find_file(advertiser), _name_study(advertiser, space, days, purchases)
        with open_study(file, name, fresh=search.study == "fresh") as study:
            if search.study == "resume" and not list_done(study):
                raise PermanentError(
                    f"{file} has no trials of {advertiser.name} with these settings, data and days to go on"
                    " with; leave --resume out to begin."
                )
            log.info(
                "%s: %d split times %s to %s; %d trials are there, in %s.",
                advertiser.name, len(days.chosen_by), days.chosen_by[0], days.chosen_by[-1],
                len(list_done(study)), file,
            )  # fmt: skip
            objective = read_objective(advertiser, days.chosen_by, days.test_days, purchases)
            found = run_trials(study, space, objective.score, budget, seed=_SEED)
        gain = objective.compare(found.choice, space.own)
        del objective
        later = None
        if days.held_out and not found.is_own:
            later = read_objective(advertiser, days.held_out, days.test_days, purchases).compare(
                found.choice, space.own
            )
    return _summarise(advertiser, days, purchases, found, file, gain, later)


def choose_days(advertiser: Advertiser, search: Search) -> Days:
    """Raises MissingDataError where the lake has no days to choose by."""
    from include.evaluation.splits import list_split_dates

    own = advertiser.evaluation
    span = max(own.test_days)
    judged = list_split_dates(find_newest_day(advertiser), own.splits, own.every, span)
    until = search.until or judged[0] - timedelta(days=1)
    dates = list_split_dates(until, search.splits or own.splits, own.every, span)
    try:
        chosen, sentence = choose_split_dates(advertiser, dates, span)
    except MissingDataError as error:
        raise MissingDataError(
            f"{error} Tuning looks at the days up to {until} alone; ingest earlier days, ask for fewer splits"
            " (evaluation.splits), or say --until."
        ) from None
    if sentence:
        log.warning("%s", sentence)
    held_out: Sequence[date] = [split_date for split_date in judged if split_date > until]
    if held_out:
        held_out, _ = choose_split_dates(advertiser, held_out, span)
    return Days(until, tuple(chosen), tuple(held_out), own.test_days[0])


def make_space(advertiser: Advertiser, search: Search) -> Space:
    """What may be tried of the advertiser's feeds, and of the models that are asked for."""
    from include.evaluation.search_space import Space

    roles = [load_feed(name).role for name in advertiser.list_feeds(Event)]
    types = {role.type for role in roles if isinstance(role, Event)}
    return Space.from_advertiser(advertiser, search.models, types)


def read_objective(
    advertiser: Advertiser, dates: Sequence[date], test_days: int, purchases: Literal["new", "all"]
) -> Objective:
    """What settings are worth on the splits of these dates."""
    from include.evaluation.leaks import check_split
    from include.evaluation.objective import Objective
    from include.kernels import count_cores
    from include.models.base import Context

    def read(weights: Mapping[str, float]) -> list[Split]:
        weighed = advertiser.model_copy(update={"weights": Weights.model_validate(dict(weights))})
        splits = list(read_splits(weighed, dates, [test_days]))
        for split in splits:
            check_split(split)
        return splits

    return Objective(
        read,
        advertiser.event_weights,
        metric=HEADLINE,
        purchases=purchases,
        k=advertiser.evaluation.k,
        context=Context(threads=advertiser.run.threads or count_cores()),
    )


def find_file(advertiser: Advertiser) -> Path:
    """Where the trials are kept: in DANGOL_DATA, or where that is no folder in DANGOL_STATE."""
    root = data_root()
    folder = find_state().folder if "://" in root else Path(root)
    return folder / "tuning" / f"{advertiser.name}.log"


def _name_study(advertiser: Advertiser, space: Space, days: Days, purchases: str) -> str:
    """The same for trials that may stand beside each other: of the same days, data and space."""
    told = {
        "own": space.own.to_json(),
        "models": {name: params.model_dump(mode="json") for name, params in space.models.items()},
        "sources": space.sources,
        "event_types": space.event_types,
        "days": [str(day) for day in days.chosen_by],
        "window": advertiser.window.days,
        "test_days": days.test_days,
        "data": take_fingerprint(advertiser, days.chosen_by, days.test_days),
        "measured": [HEADLINE, advertiser.evaluation.k, purchases],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _summarise(
    advertiser: Advertiser,
    days: Days,
    purchases: str,
    found: Found,
    file: Path,
    gain: Gain,
    later: Gain | None,
) -> Summary:
    from include.evaluation.proposals import list_changes

    return {
        **describe_search(advertiser, days, purchases),
        "trials": found.trials,
        "stopped": found.stopped,
        "refused": found.refused,
        "file": str(file),
        "is_better": not found.is_own,
        "gain": asdict(gain),
        "later_gain": asdict(later) if later else None,
        "sections": {} if found.is_own else list_changes(advertiser, found.choice),
    }


def describe_search(advertiser: Advertiser, days: Days, purchases: str) -> Summary:
    """By what was chosen, and on which days."""
    return {
        "advertiser": advertiser.name,
        "metric": f"{HEADLINE}@{advertiser.evaluation.k}",
        "purchases": purchases,
        "test_days": days.test_days,
        "until": days.until,
        "chosen_by": list(days.chosen_by),
        "held_out": list(days.held_out),
    }
