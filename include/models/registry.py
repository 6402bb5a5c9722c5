"""The models by name. A new model is one file beside this one and one line below."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from include.models.base import Model, Params

MODELS: Final[dict[str, str]] = {
    "cosine": "include.models.cosine",
    "als": "include.models.als",
    "bm25": "include.models.bm25",
    "tfidf": "include.models.tfidf",
    "item2vec": "include.models.item2vec",
}

# What an advertiser has that names none.
DEFAULT: Final = ("cosine", "als")


def load_model(name: str) -> Model[Any]:
    """The model's module. Raises KeyError for a name that is not registered."""
    return cast("Model[Any]", import_module(MODELS[name]))


def load_params(name: str) -> type[Params]:
    """The class of the model's parameters. Raises KeyError for a name that is not registered."""
    return load_model(name).Params
