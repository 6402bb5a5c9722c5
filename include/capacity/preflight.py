"""What a run will cost, before its heavy stages: predicted, made to fit the memory, or refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from include.capacity.calibration import Calibration, describe_machine, read_calibration
from include.capacity.costs import PARTS, list_arrays, list_stages
from include.errors import DangolError
from include.memory import find_memory_limit
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

log = logging.getLogger(__name__)

# Scratch memory in MB that is tried, from the most to the least.
TILES: Final = (1024, 512, 256, 128, 64, 32, 16)

_HELP: Final = {
    "the interactions": "set max_history or shorten window_days",
    "the factors": "lower models.als.factors",
    "the lists in the making": "lower the k of models",
    "the rows of item_similarities": "lower the k of models",
    "the rows of user_recommendations": "lower models.als.user_k",
    "the rows of recent_items": "lower k.recent_items",
    "the rows of ad_candidates": "lower ads.k",
    "the rows of products": "deliver a catalogue of fewer products",
}


@dataclass(frozen=True)
class StageCost:
    """A stage's prediction; the errors are shares of the values.

    `parts` are the seconds by part, and `arrays` the MB of what the stage holds, by what that is.
    """

    stage: str
    seconds: float
    seconds_error: float
    peak_mb: float
    peak_error: float
    parts: dict[str, float]
    arrays: dict[str, float]


def run_preflight(
    advertiser: Advertiser, as_of: date, dataset: Dataset, recent_rows: int, products: int
) -> dict[str, Any]:
    """Count the window's work, predict every stage, choose tiles that fit, and log it as a table.

    recent_rows and products are the rows of these two tables.
    Returns what the release keeps, as JSON. Raises DangolError where the smallest tiles do not fit.
    """
    from include.dataset.workload import measure_workload

    load = measure_workload(dataset, recent_rows, products)
    calibration = read_calibration()
    limit, whose = find_memory_limit()
    if advertiser.memory_limit_mb:
        limit, whose = advertiser.memory_limit_mb, "memory_limit_mb"
    tile, costs = fit_in_memory(load, advertiser, calibration, limit)
    for line in describe_preflight(load, costs, calibration, f"{limit:,} MB ({whose})", tile):
        log.info("%s", line)
    too_big = [cost for cost in costs if cost.peak_mb > limit]
    if too_big:
        worst = max(too_big, key=lambda cost: cost.peak_mb)
        raise DangolError(f"{advertiser.name} {as_of}: {_explain(worst, load, limit, whose)}")
    return {
        "workload": asdict(load),
        "stages": {cost.stage: _round(asdict(cost)) for cost in costs},
        "tile_mb": tile,
        "memory_limit_mb": limit,
        "calibration": {
            "machine": calibration.machine,
            "measured_at": calibration.measured_at,
            "code_version": calibration.code_version,
            "is_of_this_machine": calibration.machine == describe_machine(),
        },
    }


def predict_stages(
    load: Workload, advertiser: Advertiser, calibration: Calibration, tile_mb: int
) -> list[StageCost]:
    """Seconds and peak memory of each stage after the window."""
    costs = []
    for stage in list_stages(advertiser):
        seconds = {
            part.key.partition(": ")[2]: (
                calibration.seconds[part.key].predict(
                    part.work(load, advertiser), part.lesser(load, advertiser)
                ),
                calibration.seconds[part.key].error,
            )
            for part in PARTS
            if part.stage == stage
        }
        total = sum(predicted for predicted, _ in seconds.values())
        memory = calibration.peak_mb[stage]
        arrays = list_arrays(stage, load, advertiser, tile_mb)
        peak = memory.predict(sum(arrays.values()))
        costs.append(
            StageCost(
                stage=stage,
                seconds=total,
                seconds_error=_share(sum(predicted * error for predicted, error in seconds.values()), total),
                peak_mb=peak,
                peak_error=memory.error,
                parts={name: predicted for name, (predicted, _) in seconds.items()},
                arrays={name: memory.constant * size for name, size in arrays.items()},
            )
        )
    return costs


def fit_in_memory(
    load: Workload, advertiser: Advertiser, calibration: Calibration, limit: int
) -> tuple[int, list[StageCost]]:
    """The largest tile with which every stage stays within `limit`, else the smallest; and what it costs."""
    for tile in TILES:
        costs = predict_stages(load, advertiser, calibration, tile)
        if all(cost.peak_mb <= limit for cost in costs):
            break
    return tile, costs


def _explain(cost: StageCost, load: Workload, limit: int, whose: str) -> str:
    """Why a run is refused and what would help, in one sentence."""
    largest = max(cost.arrays, key=lambda name: cost.arrays[name], default="")
    most, instead = "", "."
    if largest and cost.arrays[largest] > 0.1 * cost.peak_mb:
        most = (
            f", {cost.arrays[largest]:,.0f} MB of it for {largest} ({load.users:,} users,"
            f" {load.items:,} items, {load.pairs:,} pairs)"
        )
        instead = f", or {_HELP[largest]}."
    return (
        f"the preflight expects {cost.stage} to need {cost.peak_mb:,.0f} MB (± {cost.peak_error:.0%}) even"
        f" with the smallest tiles{most}, and the limit is {limit:,} MB ({whose}); give it more memory and"
        f" raise memory_limit_mb to {_round_up(cost.peak_mb):,}{instead}"
    )


def _round_up(mb: float) -> int:
    return int(-(-mb // 100) * 100)


def describe_preflight(
    load: Workload, costs: list[StageCost], calibration: Calibration, limit: str, tile: int
) -> Iterator[str]:
    """The lines of the table."""
    yield (
        f"Preflight: {load.users:,} users × {load.items:,} items, {load.pairs:,} pairs,"
        f" Σ history² {load.squared_histories:,} (largest history {load.largest_history:,}; the heaviest 0.1%"
        f" of users are {load.heaviest_share:.1%} of it, the top 10 users {load.top_10_share:.1%})"
    )
    yield f"  {'stage':<14}{'seconds':>16}{'peak MB':>18}"
    for cost in costs:
        line = (
            f"  {cost.stage:<14}{_show(cost.seconds, cost.seconds_error):>16}"
            f"{_show(cost.peak_mb, cost.peak_error):>18}"
        )
        parts = ", ".join(f"{name} {_number(seconds)}" for name, seconds in cost.parts.items())
        yield line + (f"   ({parts})" if len(cost.parts) > 1 else "")
    total = sum(cost.seconds for cost in costs)
    error = _share(sum(cost.seconds * cost.seconds_error for cost in costs), total)
    peak = max(costs, key=lambda cost: cost.peak_mb)
    yield f"  {'together':<14}{_show(total, error):>16}{_show(peak.peak_mb, peak.peak_error):>18}"
    yield f"  Limit {limit}; tiles of {tile} MB. {_say_where(calibration)}"


def _say_where(calibration: Calibration) -> str:
    measured = f"constants measured {calibration.measured_at[:10]} on {calibration.machine}"
    if calibration.machine != describe_machine():
        return f"Not this machine's {measured}: run python -m include.run calibrate for its own."
    elsewhere = ", ".join(calibration.elsewhere)
    return f"This machine's {measured}" + (f"; {elsewhere} on another." if elsewhere else ".")


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _show(value: float, error: float) -> str:
    return f"{_number(value)} ± {error:.0%}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _round(cost: dict[str, Any]) -> dict[str, Any]:
    """Numbers that people read, without the digits that mean nothing."""
    del cost["stage"]
    for split in ("parts", "arrays"):
        cost[split] = {name: round(value, 2) for name, value in cost[split].items()}
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in cost.items()}


def get_tile(window: Mapping[str, Any], default: int) -> int:
    """The tile in MB that the window's preflight chose; `default` for a window that had none."""
    return int(window.get("preflight", {}).get("tile_mb", default))


def compare_costs(window: Mapping[str, Any], stage: str, spent: Mapping[str, Any]) -> None:
    """Log what a stage has cost beside what the window's preflight said, where it said something."""
    predicted = window.get("preflight", {}).get("stages", {}).get(stage)
    if predicted:
        log.info(
            "%s took %s s and %s MB at the peak; the preflight said %s s and %s MB.",
            stage,
            _number(spent["seconds"]),
            f"{spent['peak_rss_mb']:,}",
            _show(predicted["seconds"], predicted["seconds_error"]),
            _show(predicted["peak_mb"], predicted["peak_error"]),
        )
