"""The candidate sources and the re-rank steps by name: a new one is one file and one line below."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from include.candidates.base import Source

if TYPE_CHECKING:
    from include.candidates.base import Params, RerankStep, SourceModule


def _similar_to_last(model: str) -> Source:
    """What is like the items that a user bought last, by a model's item_similarities."""
    return Source("include.candidates.sources.neighbours", "item_similarities", model)


def _similar_to_all(model: str) -> Source:
    """What is like all that a user bought, summed, by a model's item_similarities."""
    module = "include.candidates.sources.neighbour_sums"
    return Source(module, "item_similarities", model, sums=True, usual=False)


def _recommended(model: str) -> Source:
    """A model's user_recommendations."""
    return Source("include.candidates.sources.recommendations", "user_recommendations", model)


# In the order in which an advertiser has them that names none.
SOURCES: Final[dict[str, Source]] = {
    "cosine": _similar_to_last("cosine"),
    "als": _recommended("als"),
    "bm25": _similar_to_last("bm25"),
    "tfidf": _similar_to_last("tfidf"),
    "item2vec": _similar_to_last("item2vec"),
    "itemcf": _similar_to_all("cosine"),
    "ease": _recommended("ease"),
    "best_sellers": Source("include.candidates.sources.best_sellers", "best_sellers", fills=True),
}

RERANK_STEPS: Final[dict[str, str]] = {
    "in_stock": "include.candidates.rerank.in_stock",
}


def list_sources(models: Collection[str]) -> tuple[str, ...]:
    """The sources of an advertiser that names none: the usual ones that read one of its models or fill."""
    return tuple(
        name for name, source in SOURCES.items() if source.usual and (source.model in models or source.fills)
    )


def load_source(name: str) -> SourceModule:
    """The source's module. Raises KeyError for a name that is not registered."""
    return cast("SourceModule", import_module(SOURCES[name].module))


def load_step(name: str) -> RerankStep[Any]:
    """The re-rank step's module. Raises KeyError for a name that is not registered."""
    return cast("RerankStep[Any]", import_module(RERANK_STEPS[name]))


def load_step_params(name: str) -> type[Params]:
    """The class of the step's parameters. Raises KeyError for a name that is not registered."""
    params: type[Params] = import_module(RERANK_STEPS[name]).Params
    return params
