"""The section `models`: which models an advertiser has, each with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import create_model, model_serializer, model_validator

from include.models.base import Params
from include.models.registry import DEFAULT, MODELS, load_params
from include.settings.base import Frozen
from include.settings.yaml_text import Location, YamlText


class ChosenModels(Frozen):
    """Models by name; none at all are the registry's default ones.

    A list of names means their defaults, and so does a name without parameters.
    """

    entry: ClassVar[str] = "model"

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            if not all(isinstance(name, str) for name in given):
                raise ValueError("must be a list of names, or a section with the parameters of each model")
            if not given:
                raise ValueError(f"must name at least one of {', '.join(MODELS)}")
            if len(set(given)) < len(given):
                raise ValueError("must name each model only once")
            given = dict.fromkeys(given)
        if isinstance(given, Mapping):
            chosen = given or dict.fromkeys(DEFAULT)
            return {name: {} if params is None else params for name, params in chosen.items()}
        return given

    @model_serializer(mode="plain")
    def _write_chosen(self) -> dict[str, Any]:
        return {name: params.model_dump() for name, params in self.chosen.items()}

    @property
    def chosen(self) -> dict[str, Params]:
        """The parameters of each model that the advertiser has, in the registry's order."""
        return {name: params for name in MODELS if (params := getattr(self, name, None)) is not None}


def name_models(text: YamlText) -> None:
    """Make sections of lists of names, so that a mistake about a model has its line."""
    for place in (), ("evaluation", "challenger"):
        around = text.values
        for part in place:
            around = around.get(part) if isinstance(around, dict) else None
        if isinstance(around, dict):
            _name_models(text, around, (*place, "models"))


def _name_models(text: YamlText, around: dict[str, Any], place: Location) -> None:
    names = around.get("models")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return
    if not names or len(set(names)) < len(names):
        return
    around["models"] = {name: {} for name in names}
    for number, name in enumerate(names):
        text.lines[*place, name] = text.lines[*place, number]
        text.written.pop((*place, number), None)


Models: Any = create_model(
    "Models",
    __base__=ChosenModels,
    **{name: (load_params(name) | None, None) for name in MODELS},  # type: ignore[call-overload]
)
NO_CHOICE: ChosenModels = Models()
