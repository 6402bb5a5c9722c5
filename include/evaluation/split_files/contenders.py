"""Contenders by name: candidate sources alone, the whole ad list, and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from include.candidates.registry import SOURCES
from include.errors import RefusedInputError
from include.evaluation.baselines.registry import BASELINES, list_baselines
from include.evaluation.configuration import Configuration, make_contender, make_source_contender
from include.evaluation.contender import Contender
from include.settings.unknown_keys import find_near

ADS: Final = "ads"


def list_names() -> list[str]:
    """What can be judged: candidate sources, baselines, and the blend of an ad list."""
    return [*SOURCES, *BASELINES, ADS]


def check_names(names: Sequence[str]) -> None:
    """Raises RefusedInputError for a name that is none of `list_names`."""
    known = list_names()
    for name in names:
        if name not in known:
            near = find_near(name, known)
            meant = f"{near} was probably meant; " if near else ""
            raise RefusedInputError(f"There is no model {name}; {meant}known: {', '.join(known)}.")


def make_contenders(
    names: Sequence[str], configuration: Configuration, tuned: Mapping[str, Configuration]
) -> list[Contender]:
    """Contenders by name, in their order: of a source by its own settings of `tuned`, where it has some."""
    baselines = {each.name: each for each in list_baselines()}
    made = []
    for name in names:
        if name in SOURCES:
            made.append(make_source_contender(tuned.get(name, configuration), name))
        elif name == ADS:
            made.append(make_contender(ADS, configuration))
        else:
            made.append(baselines[name])
    return made
