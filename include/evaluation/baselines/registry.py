"""The baselines by name: a new one is one file beside this one and one line below."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from include.evaluation.contender import Contender

BASELINES: Final[dict[str, str]] = {
    "popular": "include.evaluation.baselines.popular",
    "popular_7_days": "include.evaluation.baselines.popular_7_days",
    "popular_by_category": "include.evaluation.baselines.popular_by_category",
    "last_purchased": "include.evaluation.baselines.last_purchased",
    "most_bought": "include.evaluation.baselines.most_bought",
    "personal_then_popular": "include.evaluation.baselines.personal_then_popular",
}


def list_baselines() -> list[Contender]:
    """A contender for each."""
    modules = {name: import_module(path) for name, path in BASELINES.items()}
    return [
        Contender(name, "baseline", module.rank, getattr(module, "SETTINGS", {}))
        for name, module in modules.items()
    ]
