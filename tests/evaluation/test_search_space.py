"""What tuning may try: every choice is one that the settings allow, and the first are known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import Field, model_validator

from include.errors import RefusedInputError
from include.evaluation import search_space
from include.evaluation.configuration import Configuration
from include.evaluation.search_space import Space, is_tunable, list_weights
from include.models import als, base, cosine
from include.models.base import Search
from include.settings.ads import Ads

WEIGHTS = {"purchase": 2.0, "view": 0.05, "cart": 0.0}


class Tunable(base.Params):
    """As a model's Params, with a parameter of each kind."""

    factors: Annotated[int, Field(ge=1), Search(16, 256, log=True)] = 64
    limit: Annotated[int | None, Search(2, 5)] = None
    regularization: Annotated[float, Field(ge=0), Search(1e-4, 100, log=True)] = 0.01
    bias: Annotated[bool, Search(0, 1)] = False
    weighting: Annotated[Literal["none", "log"], Search(0, 1)] = "none"
    seed: int = 7

    @model_validator(mode="after")
    def _is_possible(self) -> Tunable:
        if self.bias and self.factors > 200:
            raise ValueError("bias takes factors of at most 200")
        return self


@dataclass
class Chance:
    """Chooses anything that it may, and notes what it was asked for."""

    seed: int
    asked: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = low, high, log
        return float(self.random.uniform(low, high))

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        self.asked[name] = low, high, log
        return int(self.random.integers(low, high, endpoint=True))

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        self.asked[name] = tuple(choices)
        return choices[self.random.integers(len(choices))]


def make_space(params: base.Params | None = None, **changes: Any) -> Space:
    models = {"cosine": cosine.Params(k=9), "als": params or Tunable()}
    own = Configuration(models, Ads(sources=("cosine", "als", "best_sellers"), min_co_buyers=4))
    values = {
        "own": replace(own, weights=WEIGHTS),
        "models": models,
        "sources": ("cosine", "als"),
        "event_types": ("view",),
    }
    return Space(**(values | changes))


def test_a_choice_has_what_its_sources_read_and_nothing_else_is_asked_for() -> None:
    space = make_space()
    for seed in range(50):
        chance = Chance(seed)
        try:
            choice = space.suggest(chance)
        except RefusedInputError:
            continue
        sources = choice.sources
        assert sources[-1] == "best_sellers", "what fills stays"
        assert len(set(sources)) == len(sources)
        params = choice.models["als"]
        if "als" in sources:
            assert chance.asked["models.als.factors"] == (16, 256, True)
            assert chance.asked["models.als.limit"] == (2, 5, False)
            assert params != space.models["als"]
        else:
            assert not [name for name in chance.asked if name.startswith("models.als")]
            assert params == space.models["als"]
        assert "models.als.seed" not in chance.asked
        assert "cosine" in sources or choice.models["cosine"] == cosine.Params(k=9)
        assert choice.weights["purchase"] == 2.0
        assert choice.weights["view"] in list_weights(0.05)
        assert choice.ads.k == space.own.ads.k


def test_tried_numbers_are_short_to_write_and_in_their_range() -> None:
    space = make_space()
    found = set()
    for seed in range(60):
        try:
            choice = space.suggest(Chance(seed))
        except RefusedInputError:
            continue
        if "als" in choice.sources:
            found.add(choice.models["als"].model_dump()["regularization"])
    assert len(found) > 10
    assert all(1e-4 <= value <= 100 and float(f"{value:.3g}") == value for value in found)


def test_what_a_model_does_not_take_together_is_refused_with_its_reason() -> None:
    class Both(Chance):
        def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
            return high

        def suggest_categorical(self, name: str, choices: Any) -> Any:
            return choices[-1]

    with pytest.raises(
        RefusedInputError, match=r"models.als does not take .*: bias takes factors of at most"
    ):
        make_space().suggest(Both(0))


def test_the_first_choice_is_todays_and_then_each_source_is_alone() -> None:
    space = make_space(Tunable(limit=3))
    today, *alone = [space.suggest(search_space._Told(start)) for start in space.list_starts()]
    assert today == space.own
    assert [choice.sources for choice in alone] == [
        ("cosine", "best_sellers"),
        ("als", "best_sellers"),
    ]
    assert all(choice.weights == WEIGHTS for choice in alone)
    assert all(choice.models == space.models for choice in alone)


def test_a_source_that_is_alone_today_is_no_start_of_its_own() -> None:
    own = Configuration({"cosine": cosine.Params()}, Ads(sources=("cosine",)))
    space = Space(own, {"cosine": cosine.Params()}, ("cosine",))
    assert len(list(space.list_starts())) == 1


def test_the_end_of_a_range_stands_for_what_today_is_beyond_it() -> None:
    space = make_space(Tunable(factors=1024, regularization=0.0, weighting="log", limit=None))
    values = space.describe(space.own)
    assert values["models.als.factors"] == 256
    assert values["models.als.regularization"] == 1e-4
    assert values["models.als.weighting"] == "log"
    assert values["models.als.limit"] == 2, "None is no number"
    assert space.suggest(search_space._Told(values)) == space.own
    assert space.list_changes(values) == []
    assert space.step_back(values, 0) is None


def test_a_step_back_sets_one_value_to_todays_in_turns() -> None:
    space = make_space()
    values = space.describe(space.own) | {
        "models.als.factors": 100, "models.als.bias": True, "ads.sources.0": "als", "ads.sources.1": "als",
    }  # fmt: skip
    changed = space.list_changes(values)
    assert changed == ["ads.sources.", "models.als.bias", "models.als.factors"]
    for turn, name in enumerate(changed * 2):
        back = space.step_back(values, turn)
        assert back is not None
        assert space.list_changes(back) == [other for other in changed if other != name]
    alone = {**values, "ads.sources.0": "cosine", "ads.sources.1": ""}
    assert space.list_changes({k: v for k, v in alone.items() if "als" not in k}) == ["ads.sources."]


def test_a_step_back_to_what_a_model_refuses_is_none() -> None:
    space = make_space(Tunable(factors=250))
    values = space.describe(space.own) | {"models.als.factors": 100, "models.als.bias": True}
    assert space.list_changes(values) == ["models.als.bias", "models.als.factors"]
    assert space.step_back(values, 0) is not None
    assert space.step_back(values, 1) is None, "bias stays, and factors are 250 again"


def test_a_space_of_models_alone_asks_for_their_parameters_alone() -> None:
    own = Configuration({"als": Tunable(), "cosine": cosine.Params()}, Ads(sources=("als",)))
    space = Space.from_models(own)
    chance = Chance(1)
    choice = space.suggest(chance)
    assert all(name.startswith("models.als.") for name in chance.asked)
    assert choice.sources == ("als",)
    assert choice.models["cosine"] == cosine.Params()
    today, *elsewhere = space.list_starts()
    assert today == space.describe(own)
    factors = [start["models.als.factors"] for start in elsewhere]
    assert factors == [values["factors"] for values in als.STARTS]


def test_a_model_is_tunable_that_says_what_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(als, "Params", Tunable)
    assert is_tunable("als")
    monkeypatch.setattr(als, "Params", base.Params)
    assert not is_tunable("als")
