"""The models by name. A new model is one file beside this one and one line below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from include.models.base import Model, Params, ScoreRange

# A name is what an advertiser's YAML calls the model, and what stands in the column `model` of its tables.
MODELS: Final[dict[str, str]] = {
    "cosine": "include.models.cosine",
    "als": "include.models.als",
    "bm25": "include.models.bm25",
    "tfidf": "include.models.tfidf",
    "item2vec": "include.models.item2vec",
    "content": "include.models.content",
    "ease": "include.models.ease",
    "complements": "include.models.complements",
    "linear": "include.models.linear",
}

# Their cost grows with the cube of a window: too dear for the malls of a calibration. For them the constants
# of the reference machine hold.
UNCALIBRATED: Final = ("ease",)

# What an advertiser has that names none.
DEFAULT: Final = ("cosine", "als")


def load_model(name: str) -> Model[Any]:
    """The model's module. Raises KeyError for a name that is not registered."""
    return cast("Model[Any]", import_module(MODELS[name]))


def load_params(name: str) -> type[Params]:
    """The class of the model's parameters. Raises KeyError for a name that is not registered."""
    return load_model(name).Params


def list_starts(name: str) -> list[Params]:
    """Parameters that were good elsewhere, and that a search tries before others: the model's `STARTS`."""
    model = load_model(name)
    return [model.Params(**values) for values in getattr(model, "STARTS", ())]


def list_scores(names: Iterable[str]) -> dict[str, Mapping[str, ScoreRange]]:
    """The range of the scores of each table that each of the models publishes."""
    return {name: load_model(name).SCORES for name in names}


def list_default_models() -> list[str]:
    """The models all of whose parameters have a default."""
    return [
        name
        for name in MODELS
        if not any(field.is_required() for field in load_params(name).model_fields.values())
    ]
