"""The models by name. A new model is one file beside this one and one line below.

A model is a module with `train(interactions, options) -> list[RankedTable]`. Modules are named, not
imported, because Airflow reads this file whenever it parses the DAGs.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from include.models.interactions import Interactions
    from include.models.ranked import Options, RankedTable

    Train = Callable[[Interactions, Options], list[RankedTable]]

MODELS: Final[dict[str, str]] = {
    "cosine": "include.models.cosine",
    "als": "include.models.als",
}


def load_model(name: str) -> Train:
    """The model's `train` function. Raises KeyError for a name that is not registered."""
    train: Train = import_module(MODELS[name]).train
    return train
