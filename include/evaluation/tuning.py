"""Try settings one after the other, each chosen by what those before were worth (TPE, by Optuna).

J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl: Algorithms for hyper-parameter optimization, NeurIPS 2011.
"""

from __future__ import annotations

import json
import logging
import math
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from include.errors import RefusedInputError
from include.evaluation.configuration import Configuration
from include.evaluation.search_space import Space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

# So many choices in a row that were tried before: the space holds nothing else worth trying.
_MOST_REPEATS: Final = 25
# Trials before any is given up after some of its splits, and splits that each is given in any case.
_WHOLE_TRIALS: Final = 10
_LEAST_SPLITS: Final = 2
_BETWEEN_STEPS_BACK: Final = 4
_OWN: Final = "own"
_SETTINGS: Final = "settings"
_REFUSED: Final = "refused"

# The mean after each split, the last of which is what the choice is worth.
Score = Callable[[Configuration], Iterator[float]]


@dataclass(frozen=True)
class Budget:
    """No trial begins after so many minutes, nor when there are so many trials, those of before included."""

    minutes: float
    trials: int | None = None


@dataclass(frozen=True)
class Found:
    """choice: the best, which is the space's own unless another is worth more. value, own_value: what they
    are worth. trials: how many are done; of them were `stopped` early, and `refused` by a model."""

    choice: Configuration
    value: float
    own_value: float
    trials: int
    stopped: int = 0
    refused: int = 0

    @property
    def is_own(self) -> bool:
        return self.value <= self.own_value


def run_trials(
    study: Study,
    space: Space,
    score: Score,
    budget: Budget,
    *,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Try until the budget is used up, and return the best of all trials that the study has.

    The first trial is the space's own choice, and is made in any case; then each source's list alone; then
    what TPE chooses, and now and then the best with one value as it is today. The same study goes on with the
    same trials, whether it was interrupted or not. What is interrupted leaves the study as it was before its
    last trial. Ends early where nothing new is chosen. Raises RefusedInputError where the own choice is
    refused.
    """
    start = clock()
    pruner = _make_pruner()
    while True:
        done = list_done(study)
        is_late = clock() - start >= budget.minutes * 60
        if done and (is_late or len(done) >= (budget.trials or math.inf) or _is_used_up(done)):
            return find_best(study, space)
        trial = _ask(study, space, done, seed)
        try:
            _try(study, trial, space, score, pruner, done)
        except BaseException:
            study.tell(trial, state=_states().FAIL)
            log.info("%d trials are kept.", len(done))
            raise
        _tell_progress(study, space, (clock() - start) / 60, budget)


def list_done(study: Study) -> list[FrozenTrial]:
    """The trials that came to an end of their own, in their order."""
    states = _states()
    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if trial.state in (states.COMPLETE, states.PRUNED) or _REFUSED in trial.user_attrs
    ]


def find_best(study: Study, space: Space) -> Found:
    """Of trials that are worth the same, the one that changes least, and the first of these."""
    states, done = _states(), list_done(study)
    own = next(trial for trial in done if _OWN in trial.user_attrs)
    best = _find_best(study, space)
    return Found(
        space.own if best is own else space.suggest(_Again(best.params)),
        float(best.value or 0.0),
        float(own.value or 0.0),
        len(done),
        sum(trial.state == states.PRUNED for trial in done),
        sum(_REFUSED in trial.user_attrs for trial in done),
    )


def _find_best(study: Study, space: Space) -> FrozenTrial:
    def rank(trial: FrozenTrial) -> tuple[float, int, int]:
        changes = 0 if _OWN in trial.user_attrs else len(space.list_changes(trial.params))
        return trial.value or 0.0, -changes, -trial.number

    return max((trial for trial in list_done(study) if trial.state == _states().COMPLETE), key=rank)


def _is_used_up(done: list[FrozenTrial]) -> bool:
    """Whether the last trials were all of settings that had been tried before them."""
    first = len(done) - _MOST_REPEATS
    return first > 0 and all(_find_twin(done[:place], done[place]) for place in range(first, len(done)))


def _find_twin(done: list[FrozenTrial], trial: FrozenTrial | Trial) -> FrozenTrial | None:
    """The trial of the same settings among those that are done."""
    settings = trial.user_attrs.get(_SETTINGS)
    return next((each for each in done if each.user_attrs.get(_SETTINGS) == settings), None)


def _ask(study: Study, space: Space, done: list[FrozenTrial], seed: int) -> Trial:
    import optuna

    waiting = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
    if not waiting and (values := _choose_beforehand(study, space, done)):
        study.enqueue_trial(values)
    with warnings.catch_warnings(action="ignore", category=optuna.exceptions.ExperimentalWarning):
        # Anew for each trial, so that what it chooses does not depend on which process chose before.
        study.sampler = optuna.samplers.TPESampler(multivariate=True, group=True, seed=seed + len(done))
    trial = study.ask()
    if not done:
        trial.set_user_attr(_OWN, True)
    return trial


def _choose_beforehand(study: Study, space: Space, done: list[FrozenTrial]) -> dict[str, Any] | None:
    """The values of a start, or now and then the best ones with one of them as it is today.

    What is gained by chance alone goes from the proposal so, and what is left is learned from.
    """
    starts = list(space.list_starts())
    if len(done) < len(starts):
        return starts[len(done)]
    if len(done) % _BETWEEN_STEPS_BACK:
        return None
    return space.step_back(_find_best(study, space).params, len(done) // _BETWEEN_STEPS_BACK)


def _try(
    study: Study, trial: Trial, space: Space, score: Score, pruner: BasePruner, done: list[FrozenTrial]
) -> None:
    states = _states()
    study.pruner = pruner
    value = math.nan
    try:
        choice = space.suggest(trial)
        is_own = _OWN in trial.user_attrs
        choice = space.own if is_own else choice
        trial.set_user_attr(_SETTINGS, json.loads(json.dumps(choice.to_json())))
        if twin := _find_twin(done, trial):
            _repeat(study, trial, twin)
            return
        for step, value in enumerate(score(choice)):
            trial.report(value, step)
            if not is_own and trial.should_prune():
                study.tell(trial, state=states.PRUNED)
                return
    except RefusedInputError as error:
        if _OWN in trial.user_attrs:
            raise
        trial.set_user_attr(_REFUSED, str(error))
        study.tell(trial, state=states.FAIL)
        return
    if math.isnan(value):
        raise RefusedInputError(
            "Nobody bought anything on the days that tuning may look at; let it look at other days (--until)."
        )
    study.tell(trial, value)


def _repeat(study: Study, trial: Trial, twin: FrozenTrial) -> None:
    """Say of a trial what is known of its twin."""
    for step, value in twin.intermediate_values.items():
        trial.report(value, step)
    if _REFUSED in twin.user_attrs:
        trial.set_user_attr(_REFUSED, twin.user_attrs[_REFUSED])
    study.tell(trial, twin.value if twin.state == _states().COMPLETE else None, state=twin.state)


@dataclass(frozen=True)
class _Again:
    """Chooses what a trial has chosen."""

    params: dict[str, Any]

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return float(self.params[name])

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return int(self.params[name])

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return self.params[name]


def _make_pruner() -> BasePruner:
    from optuna.pruners import MedianPruner

    return MedianPruner(n_startup_trials=_WHOLE_TRIALS, n_warmup_steps=_LEAST_SPLITS - 1)


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


def _tell_progress(study: Study, space: Space, minutes: float, budget: Budget) -> None:
    found, last = find_best(study, space), list_done(study)[-1]
    states = _states()
    what = {states.PRUNED: "stopped early", states.FAIL: last.user_attrs.get(_REFUSED, "refused")}
    log.info(
        "trial %d: %s; best %.4f (today %.4f); %.1f%s minutes",
        found.trials,
        what.get(last.state) or f"{last.value:.4f}",
        found.value,
        found.own_value,
        minutes,
        f" of {budget.minutes:g}" if math.isfinite(budget.minutes) else "",
    )
