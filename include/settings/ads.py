"""The section `ads`: where the items of the ad list come from, and what is done with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar

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
    BLENDS,
    RERANK_STEPS,
    SOURCES,
    list_usual_sources,
    load_blend_params,
    load_source_params,
    load_step_params,
)
from include.settings.base import Frozen, list_distinct
from include.settings.unknown_keys import find_near


class Chosen(Frozen):
    """One of the things that are `known` by name: its name alone, or its name with its parameters."""

    known: ClassVar[Mapping[str, str]] = {}
    what: ClassVar[str] = ""
    example: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _read_name(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = {given: {}}
        if not isinstance(given, Mapping):
            return given
        if len(given) != 1:
            raise ValueError(f"must be one {cls.what}, such as {cls.example}")
        [(name, params)] = given.items()
        if name not in cls.known:
            raise ValueError(f"must be a {cls.what}, of: {_name_known(name, cls.known)}")
        return {name: {} if params is None else params}

    @model_serializer(mode="wrap")
    def _write_name(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without those that it is not."""
        return {name: params for name, params in write(self).items() if params is not None}

    @property
    def chosen(self) -> tuple[str, Params]:
        """Its name and its parameters."""
        return next((name, params) for name in self.known if (params := getattr(self, name)) is not None)


class RerankStep(Chosen):
    known = RERANK_STEPS
    what = "re-rank step"
    example = "in_stock or {in_stock: {absent: keep}}"


class ChosenBlend(Chosen):
    known = BLENDS
    what = "blend"
    example = "fusion or {fusion: {weights: {als: 2}}}"


Step: Any = create_model(
    "Step",
    __base__=RerankStep,
    **{name: (load_step_params(name) | None, None) for name in RERANK_STEPS},  # type: ignore[call-overload]
)

Blend: Any = create_model(
    "Blend",
    __base__=ChosenBlend,
    **{name: (load_blend_params(name) | None, None) for name in BLENDS},  # type: ignore[call-overload]
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
    """The ad list: up to k items for each user, blended from candidate sources, then through re-rank steps.

    `sources` (default: what is usual, and the first of `candidates.registry.SOURCES` that reads one of the
    advertiser's models). `source_params`: parameters of sources by name. `blend`: how the sources become one
    list; fused where it is not said. `rerank`: steps in their order.
    `min_co_buyers`: neighbours that fewer users bought with an item are no evidence.
    """

    k: Annotated[int, Field(ge=1, le=1000)] = 20
    sources: Annotated[tuple[str, ...], AfterValidator(_known_sources)] | None = None
    source_params: SourceParams = SourceParams()
    blend: Blend = Blend(**{next(iter(BLENDS)): {}})
    rerank: tuple[Step, ...] = ()
    exclude_purchased: bool = True
    min_co_buyers: Annotated[int, Field(ge=1)] = 3

    def get_params(self, source: str) -> Params:
        """The parameters of a candidate source."""
        chosen: dict[str, Params] = self.source_params.chosen
        return chosen[source] if source in chosen else load_source_params(source)()

    @property
    def learns(self) -> bool:
        """Whether the blend is one that is to be fitted."""
        return hasattr(self.blend.chosen[1], "fallback")

    @property
    def steps(self) -> list[tuple[str, Params]]:
        """The re-rank steps in their order, each with its parameters."""
        return [step.chosen for step in self.rerank]


def check_named_sources(ads: Ads, models: Collection[str]) -> None:
    """Raises ValueError for a source that reads a model which the advertiser does not have, and for one that
    the blend weighs and there is not."""
    for name in list_weighed_sources(ads):
        if name not in SOURCES:
            raise ValueError(
                f"blend weighs {name}, no candidate source; there are {_name_known(name, SOURCES)}"
            )
    for name in ads.sources or ():
        if (model := SOURCES[name].model) and model not in models:
            raise ValueError(
                f"sources names {name}, which reads the model {model}, and models has {', '.join(models)}"
                f" only; add {model} to models, or take {name} out of sources"
            )


def list_weighed_sources(ads: Ads) -> list[str]:
    """The sources that the blend's parameters give weights for."""
    params = ads.blend.chosen[1]
    return list(dict.fromkeys(params.list_named())) if hasattr(params, "list_named") else []


def choose_sources(ads: Ads, models: Collection[str]) -> tuple[str, ...]:
    """Those that are named, or the usual ones with the first that reads one of the models.

    Raises ValueError where no source reads any of the models, so that they would be trained for nothing.
    """
    if ads.sources:
        return ads.sources
    sources = list_usual_sources(models)
    if not any(SOURCES[name].model for name in sources):
        raise ValueError(
            f"no candidate source reads {' or '.join(models)}, so that ads would use no model; add a model"
            f" that one reads to models ({_name_models()}), or write ads.sources: [{', '.join(sources)}] if"
            " that is meant"
        )
    return sources


def _name_models() -> str:
    return ", ".join(dict.fromkeys(source.model for source in SOURCES.values() if source.model))
