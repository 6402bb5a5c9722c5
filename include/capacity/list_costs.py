"""What the ad list costs: its sources, its blend and its re-rank steps.

Work is counted in rows that a source looks at. What a fused, ranked or re-ranked candidate takes is so many
of them, measured at the full size of the synthetic mall (docs/decisions/0166).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from include.candidates.blends import fusion, learned
from include.candidates.registry import SOURCES
from include.candidates.sources import repurchase
from include.capacity.work import CURES, INTERACTIONS, StageWork, size_interactions
from include.models.base import Estimate, Part
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.candidates.base import Params
    from include.dataset.workload import Workload

EVENTS: Final = "the events that its sources read"
LONG_LISTS: Final = "the lists before the re-rank steps"

# In rows looked at: what is proposed to a fusion; each of a tree's levels for a candidate; a candidate that
# goes through a re-rank step.
_FUSED: Final = 9.0
_RANKED: Final = 0.5
_RERANKED: Final = 11.0
# In rows read: a pair that repurchase weighs, and a candidate in a step over all users.
_WEIGHED: Final = 7.0
_WHOLE: Final = 0.4

# Bytes of a row in the making: texts are codes, and what is not shown has gone.
_HELD: Final = {
    "user_recommendations": 30,
    "item_similarities": 35,
    "recent_items": 24,
    "ad_candidates": 24,
}
_PAIR_OF_EVENTS: Final = 93
_CANDIDATE: Final = 18


class _Sources(NamedTuple):
    """Rows that all sources look at, items that they propose at most, the rows that they read by table, the
    pairs that repurchase weighs, and whether one reads the window's events."""

    looked: float
    proposed: float
    read: Mapping[str, float]
    weighed: float
    has_events: bool


def plan_candidates(
    load: Workload, advertiser: Advertiser, estimates: Mapping[str, Estimate], plain: Mapping[str, float]
) -> StageWork:
    """estimates: of each model. plain: the rows of the tables that no model makes."""
    from include.candidates.reranking import load_steps, measure_room, split_steps

    steps, blend = load_steps(advertiser.ads.steps), advertiser.ads.blend.chosen[1]
    of_blocks, of_all = split_steps(steps)
    room = min(measure_room(steps, advertiser.ads.k), load.items)
    sources = _count_sources(load, advertiser, estimates, min(max(room, _find_depth(blend)), load.items))
    blended = _count_blend(load, blend, sources.proposed)
    before = float(load.users * room)  # candidates that a re-rank step is given
    held = {**sources.read, **{name: plain[name] for name in ("recent_items", "ad_candidates")}}
    rest = load.pairs + sum(held.values()) + _WEIGHED * sources.weighed + _WHOLE * len(of_all) * before
    arrays = {
        INTERACTIONS: size_interactions(load),
        **{f"the rows of {table}": rows * _HELD[table] for table, rows in held.items()},
        EVENTS: float(load.pairs * _PAIR_OF_EVENTS * sources.has_events),
        LONG_LISTS: before * _CANDIDATE if of_all else 0.0,
    }
    return StageWork(
        "candidates",
        (
            Part("ad candidates", sources.looked + blended + _RERANKED * len(of_blocks) * before),
            Part("", rest),
        ),
        {name: size for name, size in arrays.items() if size},
        cures=_list_cures(advertiser, estimates),
    )


def _count_sources(
    load: Workload, advertiser: Advertiser, estimates: Mapping[str, Estimate], depth: int
) -> _Sources:
    """Each source is asked for `depth` items of each user."""
    looked = proposed = weighed = 0.0
    read: dict[str, float] = {}
    for name in advertiser.ad_sources:
        source, params = SOURCES[name], advertiser.ads.get_params(name)
        looks = float(load.recent_rows)
        if source.model:
            looks = made = float(estimates[source.model].rows.get(source.table, 0))
            read[source.table] = read.get(source.table, 0.0) + made
            if source.table == "item_similarities":
                looks = (load.pairs if source.sums else load.recent_rows) * made / max(1, load.items)
        elif isinstance(params, repurchase.Params):
            weighed += load.pairs
            looks = float(load.pairs * (1 + params.neighbours))
        elif source.fills:
            looks = float(load.users * depth)
        looked += looks
        proposed += min(looks, load.users * depth)
    has_events = any(not SOURCES[name].table for name in advertiser.ad_sources)
    return _Sources(looked, proposed, read, weighed, has_events)


def _find_depth(blend: Params) -> int:
    """How many items of each source it asks for at least."""
    if isinstance(blend, fusion.Params):
        return blend.candidates
    return blend.depth if isinstance(blend, learned.Params) else 0


def _count_blend(load: Workload, blend: Params, proposed: float) -> float:
    """Beside what the sources look at. A ranker of which nobody knows yet whether it is there counts."""
    if isinstance(blend, fusion.Params):
        return _FUSED * proposed
    if isinstance(blend, learned.Params):
        ranked = min(proposed, float(load.users * blend.candidates))
        return _FUSED * proposed + _RANKED * blend.rounds * math.log2(blend.leaves) * ranked
    return 0.0


def _list_cures(advertiser: Advertiser, estimates: Mapping[str, Estimate]) -> dict[str, str]:
    cures = {
        **CURES,
        EVENTS: "shorten window.days",
        LONG_LISTS: "take a step over all lists out of ads.rerank",
    }
    for source in (SOURCES[name] for name in advertiser.ad_sources):
        if source.model:
            rows = f"the rows of {source.table}"
            cures.setdefault(
                rows, estimates[source.model].cures.get(rows, f"lower what models.{source.model} sets")
            )
    return cures
