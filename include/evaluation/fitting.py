"""Weeks of the past → a fitted ranker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, Protocol

from include.candidates.blends.learned import Params
from include.candidates.blends.ranker import Ranker, import_lightgbm
from include.candidates.blends.ranking_features import name_features
from include.candidates.registry import arrange_sources
from include.errors import MissingDataError
from include.evaluation.configured import Configuration
from include.evaluation.leaks import check_split
from include.evaluation.memo import RecentMemo
from include.evaluation.ranker_samples import Sample, choose_params, join_samples, make_sample
from include.evaluation.splits import Split
from include.models.base import Context
from include.progress import show_progress

_SEED: Final = 0  # of the trees
# Samples of so many splits and kinds of lists stay in memory: those of the next split to be judged are the
# same but for a few.
_samples: RecentMemo = RecentMemo(60)


class Past(Protocol):
    """The days before a window, as they were then."""

    @property
    def window_days(self) -> int:
        """How many days a window has."""

    def read_split(self, split_date: date, test_days: int) -> Split | None:
        """The window before the date and what was bought from it on; None where its days are not there."""

    def take_fingerprint(self, split_date: date, test_days: int) -> str:
        """The same for the same days."""


def list_training_dates(last: date, params: Params) -> list[date]:
    """The split dates, ascending, of which the last day of the test days is no later than `last`.

    They are on a grid of `every` days, so that fits of several weeks share the splits they learn from.
    """
    newest = last.toordinal() + 1 - params.test_days
    newest -= newest % params.every
    return [date.fromordinal(newest - params.every * age) for age in reversed(range(params.splits))]


def fit_rankers(
    past: Past, last: date, configuration: Configuration, kinds: Sequence[bool], context: Context
) -> dict[bool, Ranker]:
    """A ranker for lists that leave out what users had bought (True), or have it (False), as asked for.

    It has seen nothing after `last`. Raises MissingDataError where the past has too few splits, and
    RefusedInputError where LightGBM cannot be loaded.
    """
    params = choose_params(configuration)
    import_lightgbm()  # before weeks are read for nothing
    samples: dict[bool, list[tuple[date, Sample]]] = {kind: [] for kind in kinds}
    dates = list_training_dates(last, params)
    with show_progress(len(dates), "weeks to learn from", "splits") as progress:
        for split_date in dates:
            found = _read_samples(past, split_date, configuration, kinds, context, last)
            for kind, sample in (found or {}).items():
                samples[kind].append((split_date, sample))
            progress.update(1)
    return {
        kind: _fit(params, configuration, past.window_days, kind, last, some)
        for kind, some in samples.items()
    }


def describe_settings(configuration: Configuration, window_days: int) -> dict[str, Any]:
    """All that candidates and their order depend on beside the window, as JSON has it."""
    told = configuration.to_json()
    told["ads"].pop("rerank", None)  # which come after
    told["blend"] = told["ads"].pop("blend")
    told["blend"]["learned"].pop("fallback")
    told["window_days"] = window_days
    settings: dict[str, Any] = json.loads(json.dumps(told))
    return settings


def _read_samples(
    past: Past,
    split_date: date,
    configuration: Configuration,
    kinds: Sequence[bool],
    context: Context,
    last: date,
) -> dict[bool, Sample] | None:
    params = choose_params(configuration)
    settings = json.dumps(describe_settings(configuration, past.window_days), sort_keys=True)
    told = (past.take_fingerprint(split_date, params.test_days), split_date, settings)
    if missing := [kind for kind in kinds if (told, kind) not in _samples]:
        split = past.read_split(split_date, params.test_days)
        if split is None:
            return None
        check_split(split)
        if split_date + timedelta(days=params.test_days - 1) > last:
            raise ValueError(f"A split of {split_date} must not teach on {last}.")
        for kind in missing:
            _samples[told, kind] = make_sample(split, configuration, kind, context)
    return {kind: _samples[told, kind] for kind in kinds}


def _fit(
    params: Params,
    configuration: Configuration,
    window_days: int,
    exclude_purchased: bool,
    last: date,
    samples: Sequence[tuple[date, Sample]],
) -> Ranker:
    some = [(split_date, sample) for split_date, sample in samples if len(sample.groups)]
    if len(some) < params.fewest:
        raise MissingDataError(
            f"There are {len(some)} weeks to learn from before {last}, and the learned blend asks for"
            f" at least {params.fewest} (ads.blend.learned.fewest): from fewer it learns chance."
        )
    names = list(arrange_sources(configuration.sources).names)
    features = name_features(names)
    sample = join_samples([sample for _, sample in some], len(features))
    return Ranker(
        names,
        features,
        describe_settings(configuration, window_days),
        exclude_purchased,
        last.isoformat(),
        {
            "splits": [split_date.isoformat() for split_date, _ in some],
            "lists": len(sample.groups),
            "candidates": len(sample.bought),
            "bought": int(sample.bought.sum()),
        },
        fit_trees(sample, params, features),
    )


def fit_trees(sample: Sample, params: Params, features: Sequence[str]) -> str:
    """LightGBM's text, the same bits for the same sample: on one thread."""
    lightgbm = import_lightgbm()
    told = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 30,
        "num_leaves": params.leaves,
        "learning_rate": params.learning_rate,
        "min_data_in_leaf": params.min_rows,
        "feature_fraction": 0.7,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": _SEED,
        "verbose": -1,
    }
    data = lightgbm.Dataset(
        sample.features, sample.bought, group=sample.groups, feature_name=list(features), params=told
    )
    text: str = lightgbm.train(told, data, params.rounds).model_to_string()
    return text
