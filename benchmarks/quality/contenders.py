"""What is judged: the shipped list, the one before, fusions, every source alone, baselines, and the shipped
list with a source less or more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.before import make_former
from benchmarks.quality.choice import list_choices, make_chosen_sums
from benchmarks.quality.figures import BEFORE, EQUAL, FALLBACK, FITTED, SHIPPED, name_with, name_without

if TYPE_CHECKING:
    from include.evaluation.configuration import Configuration
    from include.evaluation.contender import Contender
    from include.settings import Advertiser

# What the shipped list is tried with, where it does not have it.
FURTHER: Final = ("ease", "linear", "item2vec", "content", "complements", "recent")


def list_contenders(advertiser: Advertiser) -> list[Contender]:
    """The shipped list, the one before, fusions of its sources, every source alone, and the baselines."""
    from include.evaluation.baselines.registry import list_baselines
    from include.evaluation.configuration import make_contender, make_fitted_contender

    own = read_own(advertiser)
    lists = [make_contender(SHIPPED, own), make_contender(BEFORE, make_former(advertiser.name))]
    fused = [make_contender(name, some) for name, some in list_fusions(own)]
    if fused:
        fused.append(make_fitted_contender(FITTED, own))
    return [*lists, *fused, make_chosen_sums(), *list_sources_alone(advertiser), *list_baselines()]


def list_tried(advertiser: Advertiser) -> list[Contender]:
    """What is looked at on the earlier days: the list before, settings of a source, every source alone."""
    from include.evaluation.configuration import make_contender

    former = make_contender(BEFORE, make_former(advertiser.name))
    return [former, *list_choices(), *list_sources_alone(advertiser)]


def list_sources_alone(advertiser: Advertiser) -> list[Contender]:
    """A contender for each source: its list, and below it what fills the shipped list."""
    from include.candidates.registry import SOURCES
    from include.evaluation.configuration import make_contender

    own = read_own(advertiser).add_defaults()
    fills = tuple(name for name in own.sources if SOURCES[name].fills) or ("best_of",)
    made = []
    for name in _list_sources(advertiser, own):
        sources = (name,) if SOURCES[name].fills else (name, *fills)
        made.append(replace(make_contender(name, _choose(own, sources, "turns")), kind="source"))
    return made


def list_fusions(own: Configuration) -> Iterator[tuple[str, Configuration]]:
    """The fusion that a learned list falls back to, and the one that weighs all sources alike with the
    constant of the field.

    Nothing where the list has but one source that is not there to fill.
    """
    from include.candidates.registry import SOURCES

    if sum(not SOURCES[name].fills for name in own.sources) < 2:
        return
    if own.ads.learns:
        fallback = own.ads.blend.chosen[1].fallback
        yield FALLBACK, _choose(own, own.sources, {"fusion": fallback.model_dump(mode="json")})
    weights = {name: 1.0 for name in own.sources if not SOURCES[name].fills}
    yield EQUAL, _choose(own, own.sources, {"fusion": {"constant": 60.0, "weights": weights}})


def list_changed(advertiser: Advertiser) -> list[Contender]:
    """The shipped list, the same without each of its sources, and with each further one.

    A blend that learns learns anew from what is left.
    """
    from include.evaluation.configuration import make_contender

    own = read_own(advertiser).add_defaults()
    made = [make_contender(SHIPPED, read_own(advertiser))]
    for name in own.sources:
        if left := tuple(source for source in own.sources if source != name):
            made.append(make_contender(name_without(name), _choose(own, left)))
    known = _list_sources(advertiser, own)
    for name in FURTHER:
        if name in known and name not in own.sources:
            made.append(make_contender(name_with(name), _choose(own, (*own.sources, name))))
    return made


def _list_sources(advertiser: Advertiser, own: Configuration) -> list[str]:
    """The sources that its models allow, without those of a catalogue where none is delivered."""
    from include.candidates.registry import SOURCES, list_sources
    from include.feeds.base import Catalogue

    has_catalogue = bool(advertiser.list_feeds(Catalogue))
    return [name for name in list_sources(own.models) if has_catalogue or SOURCES[name].model != "content"]


def read_own(advertiser: Advertiser) -> Configuration:
    """What the mall's settings give."""
    from include.evaluation.configuration import Configuration

    return Configuration.from_advertiser(advertiser)


def _choose(own: Configuration, sources: tuple[str, ...], blend: Any = None) -> Configuration:
    """With those sources, and that blend in place of its own."""
    from include.settings.ads import Blend

    update: dict[str, Any] = {"sources": sources}
    if blend is not None:
        update["blend"] = Blend.model_validate(blend)
    return replace(own, ads=own.ads.model_copy(update=update))
