"""What tuning may try: the models' parameters, the sources of the ad list, and what events weigh."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol, get_args, get_origin

from pydantic import ValidationError

from include.candidates.registry import SOURCES
from include.dataset.events import PURCHASE
from include.errors import RefusedInputError
from include.evaluation.configuration import Configuration
from include.models.base import Params, Search
from include.models.registry import MODELS, list_starts, load_params
from include.settings import Advertiser

# What an event that is no purchase may weigh, beside what it weighs now; a purchase keeps its weight.
_WEIGHTS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
_MOST_CO_BUYERS: Final = 20
# Digits of a tried number: what is told apart by more is chance, and a person reads it in a YAML.
_DIGITS: Final = 3
_LEAST_TURNS: Final = 2
_NOBODY: Final = ""
_SOURCES: Final = "ads.sources."


class Suggest(Protocol):
    """What chooses a value: a trial of Optuna."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number from low to high."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number from low to high."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of the choices."""


@dataclass(frozen=True)
class Space:
    """own: what there is today, which every trial starts from.

    models: those that may be tried, with the parameters they start from. sources: those that may be in the
    list, as its blend has them; the ones that only fill stay as `own` has them. event_types: those
    whose weight may be another. ads: whether the sources and min_co_buyers may be others.
    """

    own: Configuration
    models: Mapping[str, Params]
    sources: tuple[str, ...]
    event_types: tuple[str, ...] = ()
    ads: bool = True

    @classmethod
    def from_advertiser(
        cls, advertiser: Advertiser, models: Collection[str] = (), event_types: Collection[str] = ()
    ) -> Space:
        """Of the advertiser's own models and of those that say what may be tried, or of `models` alone.

        event_types: those beside purchases that the advertiser has a feed of.
        """
        own = Configuration.from_advertiser(advertiser)
        chosen = advertiser.chosen_models
        tried = {
            name: chosen.get(name) or load_params(name)()
            for name in MODELS
            if (name in models if models else name in chosen or is_tunable(name))
        }
        return cls(own, tried, _list_sources(tried, own), tuple(sorted(set(event_types) - {PURCHASE})))

    @classmethod
    def from_models(cls, own: Configuration) -> Space:
        """Of the parameters of the models that the configuration's list is made from, and of nothing else."""
        read = {SOURCES[name].model for name in own.sources}
        models = {name: params for name, params in own.models.items() if name in read}
        return cls(own, models, _list_sources(models, own), ads=False)

    def suggest(self, trial: Suggest) -> Configuration:
        """Settings that the trial chooses, each a number that is short to write.

        Raises RefusedInputError where a model does not take them together.
        """
        own = self.own
        ads, sources = own.ads, own.sources
        if self.ads:
            sources = self._suggest_sources(trial)
            fewest = trial.suggest_int("ads.min_co_buyers", 1, _MOST_CO_BUYERS, log=True)
            ads = ads.model_copy(update={"sources": sources, "min_co_buyers": fewest})
        models = dict(own.models)
        for name in dict.fromkeys(SOURCES[source].model for source in sources):
            if name in self.models:
                models[name] = _suggest_params(trial, f"models.{name}", self.models[name])
        weights = dict(own.weights or {})
        for name in self.event_types:
            known = list_weights(weights[name])
            weights[name] = known[trial.suggest_int(f"weights.{name}", 0, len(known) - 1)]
        return replace(own, models=models, ads=ads, weights=weights or own.weights)

    def list_starts(self) -> Iterator[dict[str, Any]]:
        """The values to try first, by their names: today's, then each source's list alone, or, where the
        sources stay, what the models were good with elsewhere."""
        yield self.describe(self.own)
        for name in () if self.ads else self.models:
            for params in list_starts(name):
                yield self.describe(replace(self.own, models={**self.own.models, name: params}))
        turns = self._list_own_turns()
        for source in self.sources if self.ads else ():
            if (source,) != turns:
                ads = self.own.ads.model_copy(update={"sources": (source, *self._fillers)})
                yield self.describe(replace(self.own, ads=ads))

    def describe(self, choice: Configuration) -> dict[str, Any]:
        """The values by which `suggest` makes the choice; one that it never makes is moved to its nearest."""
        return self._list_asked(self._list_values(choice))

    def list_changes(self, values: Mapping[str, Any]) -> list[str]:
        """The names of those of a trial's values that are not today's; a source that is another is one."""
        own = self._list_values(self.own)
        sources = {name: value for name, value in values.items() if name.startswith(_SOURCES)}
        today = self._list_asked(own | sources)
        changed = [name for name in today if name not in sources and values.get(name) != today[name]]
        if tuple(dict.fromkeys(filter(None, sources.values()))) != (
            self._list_own_turns() if sources else ()
        ):
            changed.append(_SOURCES)
        return sorted(changed)

    def step_back(self, values: Mapping[str, Any], turn: int) -> dict[str, Any] | None:
        """A trial's values but for one, which is today's again: another one each turn. None where all are."""
        if not (changed := self.list_changes(values)):
            return None
        name, own = changed[turn % len(changed)], self._list_values(self.own)
        is_gone = str.startswith if name == _SOURCES else str.__eq__
        kept = {key: value for key, value in values.items() if not is_gone(key, name)}
        try:
            return self._list_asked(own | kept)
        except RefusedInputError:
            return None

    def _list_asked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that are asked for, each in its range."""
        told = _Told(values)
        self.suggest(told)
        return told.values

    def _list_values(self, choice: Configuration) -> dict[str, Any]:
        models = {**self.models, **choice.models}
        values = {f"models.{name}.{key}": value for name in models for key, value in models[name]}
        turns = [name for name in choice.sources if name in self.sources]
        values |= {f"{_SOURCES}{turn}": name for turn, name in enumerate(turns)}
        values["ads.min_co_buyers"] = choice.ads.min_co_buyers
        for name in self.event_types:
            own, weight = (weights[name] for weights in (self.own.weights or {}, choice.weights or {}))
            values[f"weights.{name}"] = list_weights(own).index(weight)
        return values

    def _suggest_sources(self, trial: Suggest) -> tuple[str, ...]:
        turns = max(_LEAST_TURNS, len(self._list_own_turns()))
        chosen = [trial.suggest_categorical(f"{_SOURCES}0", list(self.sources))]
        for turn in range(1, min(turns, len(self.sources))):
            chosen.append(trial.suggest_categorical(f"{_SOURCES}{turn}", [_NOBODY, *self.sources]))
        return (*(name for name in dict.fromkeys(chosen) if name != _NOBODY), *self._fillers)

    def _list_own_turns(self) -> tuple[str, ...]:
        return tuple(name for name in self.own.sources if name in self.sources)

    @property
    def _fillers(self) -> tuple[str, ...]:
        return tuple(name for name in self.own.sources if SOURCES[name].fills)


@dataclass(frozen=True)
class _Told:
    """Chooses the values that it is `told`, as far as it may; `values` are those that were asked for."""

    told: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        told = self.told.get(name)
        self.values[name] = low if told is None else min(max(told, low), high)
        return float(self.values[name])

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return int(self.suggest_float(name, low, high))

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        told = self.told.get(name)
        self.values[name] = told if told in choices else choices[0]
        return self.values[name]


def is_tunable(model: str) -> bool:
    """Whether the model says of a parameter what tuning may try."""
    return any(_find_search(field.metadata) for field in load_params(model).model_fields.values())


def list_weights(own: float) -> list[float]:
    """What an event may weigh that weighs `own` today."""
    return sorted({*_WEIGHTS, own})


def _list_sources(models: Mapping[str, Params], own: Configuration) -> tuple[str, ...]:
    """Those that read one of the models, and of those that read none the configuration's, but for the ones
    that only fill."""
    return tuple(
        name
        for name, source in SOURCES.items()
        if not source.fills and (source.model in models if source.model else name in own.sources)
    )


def _find_search(metadata: list[Any]) -> Search | None:
    return next((each for each in metadata if isinstance(each, Search)), None)


def _suggest_params(trial: Suggest, place: str, own: Params) -> Params:
    values: dict[str, Any] = {}
    for name, info in type(own).model_fields.items():
        if search := _find_search(info.metadata):
            usual = getattr(own, name)
            values[name] = _suggest_value(trial, f"{place}.{name}", info.annotation, search, usual)
    try:
        return type(own).model_validate({**own.model_dump(), **values})
    except ValidationError as error:
        reason = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
        raise RefusedInputError(f"{place} does not take {values}: {reason}.") from None


def _suggest_value(trial: Suggest, name: str, annotation: Any, search: Search, own: Any) -> Any:
    """A value of the parameter's type; where its own is out of the range, the nearest end stands for that."""
    if annotation is bool:
        return trial.suggest_categorical(name, [False, True])
    if get_origin(annotation) is Literal:
        return trial.suggest_categorical(name, list(get_args(annotation)))
    is_whole = int in (annotation, *get_args(annotation))
    low, high = (int(search.low), int(search.high)) if is_whole else (search.low, search.high)
    if is_whole:
        value: float = trial.suggest_int(name, int(low), int(high), log=search.log)
    else:
        value = trial.suggest_float(name, low, high, log=search.log)
    if value == (low if own is None else min(max(own, low), high)):
        return own
    return value if is_whole else min(max(float(f"{value:.{_DIGITS}g}"), low), high)
