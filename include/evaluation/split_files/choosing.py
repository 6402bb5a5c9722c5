"""Settings chosen on a part of train that is held out; nothing here is given a test."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from include.candidates.registry import SOURCES
from include.errors import RefusedInputError
from include.evaluation.configuration import Configuration, make_source_contender, select_source
from include.evaluation.search_space import Space, is_tunable
from include.evaluation.split_files.forms import Way
from include.evaluation.split_files.held_out import hold_out
from include.evaluation.split_files.judging import make_case, measure_lists
from include.evaluation.split_files.pairs import Pairs
from include.evaluation.split_files.window import make_split, make_window
from include.evaluation.studies import open_study
from include.evaluation.tuning import Budget, Found, run_trials
from include.models.base import Context
from include.settings.evaluation import HEADLINE

log = logging.getLogger(__name__)

_DRAWS: Final = 1


@dataclass(frozen=True)
class Validation:
    """What is held out of train, and the length of the lists that are judged by it."""

    share: float = 0.1
    way: Way = "random"
    seed: int = 0
    k: int = 20


def list_tunable(names: Iterable[str]) -> list[str]:
    """Those of the contenders that are candidate sources of a model that can be tuned."""
    return [
        name for name in names if (source := SOURCES.get(name)) and source.model and is_tunable(source.model)
    ]


def choose_settings(
    train: Pairs,
    configurations: dict[str, Configuration],
    budget: Budget,
    validation: Validation,
    context: Context,
) -> dict[str, Found]:
    """For each candidate source whose model can be tuned, the best settings of that model for it.

    configurations: by source, what is set today, which is tried first. The best have the highest ndcg@k on
    the pairs held out of train, after training on the rest. The budget's minutes are shared out alike; its
    trials are for each source. Raises RefusedInputError where no source has a model that can be tuned.
    """
    tuned = list_tunable(configurations)
    if not tuned:
        raise RefusedInputError(
            "None of the models says what of it can be tuned; leave --tune and --trials out."
        )
    # Draws of their own: train may be what the same seed has left of a file, and the same draws would choose
    # pairs beside those of the test.
    rest, held = hold_out(train, validation.share, (validation.seed, _DRAWS), validation.way)
    log.info("Settings are chosen on %s pairs held out of %s of train", f"{len(held):,}", f"{len(train):,}")
    window = make_window(rest)
    case = make_case(make_split(window, held))
    each = replace(budget, minutes=budget.minutes / len(tuned))
    found = {}
    for source in tuned:

        def score(choice: Configuration, source: str = source) -> Iterator[float]:
            # A memo of its own, so that the tables of one trial are gone at the next.
            contender = make_source_contender(choice, source)
            lists = contender.rank(replace(window, memo={}), validation.k, context)
            yield measure_lists(case, lists, HEADLINE, validation.k)

        log.info("%s: trying settings", source)
        with open_study(None, source) as study:
            space = Space.from_models(select_source(configurations[source], source))
            found[source] = run_trials(study, space, score, each, seed=validation.seed)
    return found
