"""The section `ads`: where the items of the ad list come from, and what is done with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
    model_validator,
)

from include.candidates.base import Params
from include.candidates.registry import (
    RERANK_STEPS,
    SOURCES,
    list_usual_sources,
    load_source_params,
    load_step_params,
)
from include.settings.base import Frozen, list_distinct
from include.settings.unknown_keys import find_near


class RerankStep(Frozen):
    """One step: its name alone, or its name with its parameters."""

    @model_validator(mode="before")
    @classmethod
    def _read_name(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = {given: {}}
        if not isinstance(given, Mapping):
            return given
        if len(given) != 1:
            raise ValueError("must be one re-rank step, such as in_stock or {in_stock: {absent: keep}}")
        [(name, params)] = given.items()
        if name not in RERANK_STEPS:
            raise ValueError(f"must be a re-rank step, of: {_name_known(name, RERANK_STEPS)}")
        return {name: {} if params is None else params}

    @model_serializer(mode="wrap")
    def _write_name(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the steps that it is not."""
        return {name: params for name, params in write(self).items() if params is not None}

    @property
    def chosen(self) -> tuple[str, Params]:
        """The step's name and its parameters."""
        return next((name, params) for name in RERANK_STEPS if (params := getattr(self, name)) is not None)


Step: Any = create_model(
    "Step",
    __base__=RerankStep,
    **{name: (load_step_params(name) | None, None) for name in RERANK_STEPS},  # type: ignore[call-overload]
)


class ChosenParams(Frozen):
    """Parameters of candidate sources by name; of a source that is not named, the defaults."""

    @model_serializer(mode="plain")
    def _write_chosen(self) -> dict[str, Any]:
        return {name: params.model_dump(mode="json") for name, params in self.chosen.items()}

    @property
    def chosen(self) -> dict[str, Params]:
        return {name: params for name in SOURCES if (params := getattr(self, name, None)) is not None}


SourceParams: Any = create_model(
    "SourceParams",
    __base__=ChosenParams,
    **{name: (load_source_params(name) | None, None) for name in SOURCES},  # type: ignore[call-overload]
)


def _known_sources(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in SOURCES:
            raise ValueError(f"{name} is no candidate source; there are {_name_known(name, SOURCES)}")
    if not names:
        raise ValueError(f"must name at least one of {', '.join(SOURCES)}")
    return list_distinct(names)


def _name_known(name: str, known: Collection[str]) -> str:
    near = find_near(name, list(known))
    return f"{', '.join(known)}" + (f" ({near} was probably meant)" if near else "")


class Ads(Frozen):
    """The ad list: up to k items for each user, from candidate sources by turns, then through re-rank steps.

    `sources` in the order in which they take turns (default: the first of `candidates.registry.SOURCES` that
    reads one of the advertiser's models, and best sellers). `source_params`: parameters of sources by name.
    `rerank`: steps in their order. `min_co_buyers`: neighbours that fewer users bought with an item are no
    evidence.
    """

    k: Annotated[int, Field(ge=1, le=1000)] = 20
    sources: Annotated[tuple[str, ...], AfterValidator(_known_sources)] | None = None
    source_params: SourceParams = SourceParams()
    rerank: tuple[Step, ...] = ()
    exclude_purchased: bool = True
    min_co_buyers: Annotated[int, Field(ge=1)] = 3

    def get_params(self, source: str) -> Params:
        """The parameters of a candidate source."""
        chosen: dict[str, Params] = self.source_params.chosen
        return chosen[source] if source in chosen else load_source_params(source)()

    @property
    def steps(self) -> list[tuple[str, Params]]:
        """The re-rank steps in their order, each with its parameters."""
        return [step.chosen for step in self.rerank]


def check_named_sources(ads: Ads, models: Collection[str]) -> None:
    """Raises ValueError for a source that reads a model which the advertiser does not have."""
    for name in ads.sources or ():
        if (model := SOURCES[name].model) and model not in models:
            raise ValueError(
                f"sources names {name}, which reads the model {model}, and models has {', '.join(models)}"
                f" only; add {model} to models, or take {name} out of sources"
            )


def choose_sources(ads: Ads, models: Collection[str]) -> tuple[str, ...]:
    """Those that are named, or the first that reads one of the models, and best sellers.

    Raises ValueError where these would be best sellers alone, for no source reads any of the models.
    """
    if ads.sources:
        return ads.sources
    sources = list_usual_sources(models)
    if all(SOURCES[name].fills for name in sources):
        raise ValueError(
            f"no candidate source reads {' or '.join(models)}, so that ads would be best sellers alone; add"
            f" a model that one reads to models ({_name_models()}), or write ads.sources: [best_sellers] if"
            " that is meant"
        )
    return sources


def _name_models() -> str:
    return ", ".join(dict.fromkeys(source.model for source in SOURCES.values() if source.model))
