"""The section `models`: which models an advertiser has, each with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import create_model, model_validator

from include.models.base import Params
from include.models.registry import DEFAULT, MODELS, load_params
from include.settings.base import Frozen


class ChosenModels(Frozen):
    """The models by name; a list of names means their defaults, and so does a name without parameters."""

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, given: Any) -> Any:
        if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
            if len(set(given)) < len(given):
                raise ValueError("must name each model once")
            given = dict.fromkeys(given)
        if isinstance(given, Mapping):
            given = {name: {} if params is None else params for name, params in given.items()}
            if not given:
                raise ValueError(f"must name at least one of {', '.join(MODELS)}")
        return given

    @property
    def chosen(self) -> dict[str, Params]:
        """The parameters of each model that the advertiser has, in the registry's order."""
        return {name: getattr(self, name) for name in MODELS if getattr(self, name, None) is not None}


Models: Any = create_model(
    "Models",
    __base__=ChosenModels,
    **{name: (load_params(name) | None, None) for name in MODELS},  # type: ignore[call-overload]
)
NO_CHOICE: ChosenModels = Models.model_validate(DEFAULT)
