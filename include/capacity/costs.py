"""What each stage's seconds and memory grow with, as counts of a window and an advertiser's settings.

The counts times the constants of a calibration are a prediction. Those of a training come from the model's
own `estimate`; no model is known here by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from include.candidates.registry import SOURCES
from include.memory import MB
from include.models.base import Estimate, Part
from include.models.registry import load_model
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.dataset.workload import Workload

INTERACTIONS: Final = "the interactions"
LISTS_IN_MAKING: Final = "the lists in the making"

_CURES: Final = {
    INTERACTIONS: "set window.max_items or shorten window.days",
    "the rows of recent_items": "lower k.recent_items",
    "the rows of ad_candidates": "lower ads.k",
}


@dataclass(frozen=True)
class StageWork:
    """What a stage does: the parts of its seconds, and the bytes of what it holds at once by what that is.

    `lists_in_making` are bytes too, of which it holds no more than a tile. `cures`: what would help where
    one of them is too large.
    """

    stage: str
    parts: tuple[Part, ...]
    arrays: Mapping[str, float] = field(default_factory=dict)
    lists_in_making: float = 0.0
    cures: Mapping[str, str] = field(default_factory=dict)

    def list_arrays(self, tile_mb: int) -> dict[str, float]:
        """The MB of each array, with tiles of that size."""
        sizes = {name: size / MB for name, size in self.arrays.items()}
        if self.lists_in_making:
            sizes[LISTS_IN_MAKING] = min(self.lists_in_making / MB, tile_mb)
        return sizes


def name_part(stage: str, part: Part) -> str:
    """What a calibration calls a part of a stage."""
    return f"{stage}: {part.text.rpartition(': ')[2] or 'rest'}"


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
        _plan_candidates(load, advertiser, estimates, plain),
        _plan_staging(load, estimates, plain, loaded),
        StageWork("gate", (Part("", loaded),)),
    ]


def _plan_training(load: Workload, model: str, estimate: Estimate) -> StageWork:
    rows = _size_tables(load, estimate.rows)
    arrays = {INTERACTIONS: _size_interactions(load), **rows, **estimate.arrays}
    unsaid = dict.fromkeys([*arrays, LISTS_IN_MAKING], f"lower what models.{model} sets")
    return StageWork(
        f"train {model}",
        estimate.parts,
        arrays,
        estimate.lists_in_making,
        unsaid | _CURES | dict(estimate.cures),
    )


def _plan_candidates(
    load: Workload, advertiser: Advertiser, estimates: Mapping[str, Estimate], plain: Mapping[str, float]
) -> StageWork:
    """Of its sources those that read a model's table; best sellers are few."""
    proposed, read, cures = 0.0, dict[str, float](), dict(_CURES)
    for source in (SOURCES[name] for name in advertiser.ad_sources):
        if not source.model:
            continue
        estimate, rows = estimates[source.model], f"the rows of {source.table}"
        made = estimate.rows.get(source.table, 0)
        is_of_items = source.table == "item_similarities"
        history = load.pairs if source.sums else load.recent_rows
        proposed += history * made / max(1, load.items) if is_of_items else made
        read[source.table] = read.get(source.table, 0.0) + made
        cures.setdefault(rows, estimate.cures.get(rows, f"lower what models.{source.model} sets"))
    held = read | {name: plain[name] for name in ("recent_items", "ad_candidates")}
    return StageWork(
        "candidates",
        (Part("ad candidates", proposed), Part("", load.pairs + sum(held.values()))),
        {INTERACTIONS: _size_interactions(load), **_size_tables(load, held)},
        cures=cures,
    )


def _plan_staging(
    load: Workload, estimates: Mapping[str, Estimate], plain: Mapping[str, float], loaded: float
) -> StageWork:
    """Tables are read one after another, packed: the largest is what it holds."""
    listed = {name: plain[name] for name in ("recent_items", "ad_candidates")}
    largest = _size_tables(load, listed)
    cures = dict(_CURES)
    for model, estimate in estimates.items():
        for rows, size in _size_tables(load, estimate.rows).items():
            if size > largest.get(rows, 0):
                largest[rows] = size
                cures[rows] = estimate.cures.get(rows, f"lower what models.{model} sets")
    name = max(largest, key=lambda rows: largest[rows])
    return StageWork("stage", (Part("", loaded),), {name: largest[name]}, cures=cures)


def _size_interactions(load: Workload) -> float:
    """Beside the two ids: weight, time, the codes that they are sorted by, and the sparse matrix."""
    return load.pairs * (load.user_id_bytes + load.item_id_bytes + 52)


def _size_tables(load: Workload, rows: Mapping[str, float]) -> dict[str, float]:
    """The bytes of so many rows of each table, as Arrow holds them."""
    user, item = load.user_id_bytes, load.item_id_bytes
    row = {
        "item_similarities": 2 * item + 12,
        "user_recommendations": user + item + 12,
        "item_audiences": user + item + 12,
        "recent_items": user + item + 24,
        "ad_candidates": user + 2 * item + 20,
    }
    return {f"the rows of {table}": count * row[table] for table, count in rows.items()}
