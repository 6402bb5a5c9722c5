"""What each stage's seconds and memory grow with, as counts of a window and an advertiser's settings.

The counts times the constants of a calibration are a prediction. Those of a training come from the model's
own `estimate`; no model is known here by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from include.capacity.list_costs import plan_candidates
from include.capacity.work import (
    CURES,
    INTERACTIONS,
    LISTS_IN_MAKING,
    StageWork,
    size_interactions,
    size_tables,
)
from include.models.base import Estimate, Part
from include.models.registry import load_model
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.dataset.workload import Workload


def count_work(load: Workload, advertiser: Advertiser) -> list[StageWork]:
    """The work of the stages after the window, in their order."""
    estimates = {
        name: load_model(name).estimate(load, params) for name, params in advertiser.chosen_models.items()
    }
    plain = {
        "recent_items": float(load.recent_rows),
        "ad_candidates": float(load.users * min(advertiser.ads.k, load.items)),
        "products": float(load.products),
    }
    loaded = sum(plain.values()) + sum(sum(each.rows.values()) for each in estimates.values())
    return [
        *(_plan_training(load, name, estimate) for name, estimate in estimates.items()),
        plan_candidates(load, advertiser, estimates, plain),
        _plan_staging(load, estimates, plain, loaded),
        StageWork("gate", (Part("", loaded),)),
    ]


def _plan_training(load: Workload, model: str, estimate: Estimate) -> StageWork:
    rows = size_tables(load, estimate.rows)
    arrays = {INTERACTIONS: size_interactions(load), **rows, **estimate.arrays}
    unsaid = dict.fromkeys([*arrays, LISTS_IN_MAKING], f"lower what models.{model} sets")
    return StageWork(
        f"train {model}",
        estimate.parts,
        arrays,
        estimate.lists_in_making,
        unsaid | CURES | dict(estimate.cures),
    )


def _plan_staging(
    load: Workload, estimates: Mapping[str, Estimate], plain: Mapping[str, float], loaded: float
) -> StageWork:
    """Tables are read one after another, packed: the largest is what it holds."""
    listed = {name: plain[name] for name in ("recent_items", "ad_candidates")}
    largest = size_tables(load, listed)
    cures = dict(CURES)
    for model, estimate in estimates.items():
        for rows, size in size_tables(load, estimate.rows).items():
            if size > largest.get(rows, 0):
                largest[rows] = size
                cures[rows] = estimate.cures.get(rows, f"lower what models.{model} sets")
    name = max(largest, key=lambda rows: largest[rows])
    return StageWork("stage", (Part("", loaded),), {name: largest[name]}, cures=cures)
