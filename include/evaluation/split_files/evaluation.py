"""An evaluation on files: settings chosen on train, the contenders judged by the test, all of it as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from include.candidates.registry import SOURCES
from include.evaluation.configuration import Configuration
from include.evaluation.split_files.choosing import Validation, choose_settings
from include.evaluation.split_files.contenders import ADS, make_contenders
from include.evaluation.split_files.judging import Judgement, judge_contenders
from include.evaluation.split_files.pairs import Pairs
from include.evaluation.split_files.window import count_strangers, make_split, make_window
from include.evaluation.tuning import Budget, Found
from include.models.base import Context, Params
from include.settings.lists import Lists

_COLUMNS = ("value", "low", "high", "difference", "difference_low", "difference_high")


@dataclass(frozen=True)
class Asked:
    """names: the contenders, of `contenders.list_names`; the first is what the others are compared with.

    cutoffs: the lengths of lists. lists: the settings of models and list. budget: how long settings are
    chosen, on what `validation` holds out; without one they are those of `lists`. seed: of the bootstrap.
    """

    names: Sequence[str]
    cutoffs: Sequence[int]
    lists: Lists = field(default_factory=Lists)
    budget: Budget | None = None
    validation: Validation = field(default_factory=Validation)
    replicates: int = 1000
    seed: int = 0


def evaluate_pairs(train: Pairs, test: Pairs, asked: Asked, context: Context) -> dict[str, Any]:
    """What `dangol evaluate-split` prints of its contenders.

    The test is looked at after the settings are chosen. Raises RefusedInputError where a model refuses its
    parameters or the data.
    """
    configuration = make_configuration(asked)
    tuned = tune_models(train, configuration, asked, context) if asked.budget else {}
    chosen = {source: found.choice for source, found in tuned.items()}
    contenders = make_contenders(asked.names, configuration, chosen)
    split = make_split(make_window(train), test)
    judged = judge_contenders(
        split, contenders, asked.cutoffs, context, replicates=asked.replicates, seed=asked.seed
    )
    return {
        "users": judged.rows[0]["users"],
        "k": list(asked.cutoffs),
        "compared_with": asked.names[0],
        "replicates": asked.replicates,
        "seed": asked.seed,
        "tuning": _describe_tuning(tuned, asked),
        "models": [
            {
                "model": contender.name,
                "kind": contender.kind,
                "settings": dict(contender.settings),
                "seconds": round(judged.seconds[contender.name], 3),
                "figures": _take_figures(judged, contender.name),
            }
            for contender in contenders
        ],
    }


def make_configuration(asked: Asked) -> Configuration:
    """The settings that were given, with the defaults of all other models that the contenders read.

    Where a list is to be longer than what a model recommends, the model recommends more.
    """
    given: Mapping[str, Any] = asked.lists.models.chosen
    configuration = Configuration(given, asked.lists.ads)
    read = {SOURCES[name].model for name in asked.names if name in SOURCES} - {""}
    if ADS in asked.names and not given:
        read |= {SOURCES[name].model for name in asked.lists.ads.sources or ()} - {""}
    configuration = configuration.add_defaults(sorted(read))
    longest = max(asked.cutoffs)
    return replace(
        configuration,
        models={name: _lengthen(params, longest) for name, params in configuration.models.items()},
    )


def _lengthen(params: Params, longest: int) -> Params:
    """A model that recommends to users itself must recommend as many as the longest list holds."""
    shorter = getattr(params, "user_k", longest) < longest
    return params.model_copy(update={"user_k": longest}) if shorter else params


def tune_models(
    train: Pairs, configuration: Configuration, asked: Asked, context: Context
) -> dict[str, Found]:
    """The best settings found for each of the sources; it is given train alone."""
    assert asked.budget
    sources = {name: configuration for name in asked.names if name in SOURCES}
    return choose_settings(train, sources, asked.budget, asked.validation, context)


def describe_parts(train: Pairs, test: Pairs) -> dict[str, Any]:
    """What was read, and what of the test cannot be hit or is not asked for."""
    strangers = asdict(count_strangers(train, test))
    return {"train": _describe_pairs(train), "test": _describe_pairs(test) | {"not_in_train": strangers}}


def _describe_pairs(pairs: Pairs) -> dict[str, Any]:
    return {
        "users": len(pairs.user_ids),
        "items": len(pairs.item_ids),
        "pairs": len(pairs),
        "lines": pairs.lines,
        "duplicates": pairs.duplicates,
        "below_min_rating": pairs.unrated,
        "users_without_items": pairs.empty_users,
        "has_times": pairs.has_times,
    }


def _describe_tuning(tuned: Mapping[str, Found], asked: Asked) -> dict[str, Any] | None:
    if not tuned:
        return None
    held = asked.validation
    return {
        "held_out_of_train": held.share,
        "way": held.way,
        "seed": held.seed,
        "metric": f"ndcg@{held.k}",
        "models": {
            name: {"trials": found.trials, "value": found.value, "untuned": found.own_value}
            for name, found in tuned.items()
        },
    }


def _take_figures(judged: Judgement, name: str) -> dict[str, dict[str, float | None]]:
    """By metric and cutoff, such as recall@20."""
    return {
        f"{row['metric']}@{row['k']}": {column: row[column] for column in _COLUMNS}
        for row in judged.rows
        if row["contender"] == name
    }
