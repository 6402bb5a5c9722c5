"""The candidate sources, the blends and the re-rank steps by name: a new one is a file and a line below."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from include.candidates.base import Source, Sources

if TYPE_CHECKING:
    from include.candidates.base import BlendModule, Params, RerankStep, SourceModule


def _similar_to_last(model: str) -> Source:
    """What is like the items that a user bought last, by a model's item_similarities."""
    return Source("include.candidates.sources.neighbours", "item_similarities", model)


def _similar_to_all(model: str) -> Source:
    """What is like all that a user bought, summed, by a model's item_similarities."""
    module = "include.candidates.sources.neighbour_sums"
    return Source(module, "item_similarities", model, sums=True)


def _recommended(model: str) -> Source:
    """A model's user_recommendations."""
    return Source("include.candidates.sources.recommendations", "user_recommendations", model)


# An advertiser that names none has those that are usual, and the first of the others whose model it has.
# Their order is what docs/explanation/quality.md shows of each alone.
SOURCES: Final[dict[str, Source]] = {
    "als": _recommended("als"),
    "ease": _recommended("ease"),
    "itemcf": _similar_to_all("cosine"),
    "cosine": _similar_to_last("cosine"),
    "bm25": _similar_to_last("bm25"),
    "tfidf": _similar_to_last("tfidf"),
    "item2vec": _similar_to_last("item2vec"),
    "itemcf_bm25": _similar_to_all("bm25"),
    "itemcf_tfidf": _similar_to_all("tfidf"),
    "linear": _similar_to_all("linear"),
    "complements": Source("include.candidates.sources.complements", "item_similarities", "complements"),
    # 2: docs/decisions/0131-an-advertiser-that-says-nothing-has-a-fusion.md
    "repurchase": Source("include.candidates.sources.repurchase", "", usual=True, weight=2.0),
    "recent": Source("include.candidates.sources.recent", "recent_items"),
    "content": Source("include.candidates.sources.content", "item_similarities", "content", by_buyers=False),
    "best_sellers": Source("include.candidates.sources.best_sellers", "best_sellers", fills=True),
    "best_of": Source("include.candidates.sources.best_of", "", fills=True, usual=True),
}

# An advertiser that names none has the first.
BLENDS: Final[dict[str, str]] = {
    "fusion": "include.candidates.blends.fusion",
    "turns": "include.candidates.blends.turns",
    "learned": "include.candidates.blends.learned",
}

RERANK_STEPS: Final[dict[str, str]] = {
    "in_stock": "include.candidates.rerank.in_stock",
    "price": "include.candidates.rerank.price",
    "already_bought": "include.candidates.rerank.already_bought",
    "diversity": "include.candidates.rerank.diversity",
    "freshness": "include.candidates.rerank.freshness",
    "campaigns": "include.candidates.rerank.campaigns",
    "popularity_cap": "include.candidates.rerank.popularity_cap",
}


def list_sources(models: Collection[str]) -> tuple[str, ...]:
    """All that read one of the models, or none at all."""
    return tuple(name for name, source in SOURCES.items() if not source.model or source.model in models)


def list_usual_sources(models: Collection[str]) -> tuple[str, ...]:
    """Those of an advertiser that names none: the usual ones, with the first that reads one of its models
    before those that fill."""
    sources = list_sources(models)
    first = [name for name in sources if SOURCES[name].model][:1]
    usual = [name for name in sources if SOURCES[name].usual]
    return arrange_sources((*usual, *first)).names


def arrange_sources(names: Iterable[str]) -> Sources:
    """As a blend takes them: those that fill after the others, and otherwise in the order given."""
    arranged = sorted(names, key=lambda name: SOURCES[name].fills)
    turns = sum(not SOURCES[name].fills for name in arranged)
    return Sources(tuple(arranged), turns, {name: SOURCES[name].weight for name in arranged})


def load_source(name: str) -> SourceModule[Any]:
    """The source's module. Raises KeyError for a name that is not registered."""
    return cast("SourceModule[Any]", import_module(SOURCES[name].module))


def load_source_params(name: str) -> type[Params]:
    """The class of the source's parameters. Raises KeyError for a name that is not registered."""
    params: type[Params] = import_module(SOURCES[name].module).Params
    return params


def load_blend(name: str) -> BlendModule[Any]:
    """The blend's module. Raises KeyError for a name that is not registered."""
    return cast("BlendModule[Any]", import_module(BLENDS[name]))


def load_blend_params(name: str) -> type[Params]:
    """The class of the blend's parameters. Raises KeyError for a name that is not registered."""
    params: type[Params] = import_module(BLENDS[name]).Params
    return params


def load_step(name: str) -> RerankStep[Any]:
    """The re-rank step's module. Raises KeyError for a name that is not registered."""
    return cast("RerankStep[Any]", import_module(RERANK_STEPS[name]))


def load_step_params(name: str) -> type[Params]:
    """The class of the step's parameters. Raises KeyError for a name that is not registered."""
    params: type[Params] = import_module(RERANK_STEPS[name]).Params
    return params
