"""What a run will cost, before its heavy stages: predicted, made to fit the memory, or refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from include.capacity.calibration import Calibration, describe_machine, read_calibration
from include.capacity.costs import count_work
from include.capacity.work import StageWork, name_part
from include.errors import PermanentError
from include.memory import find_memory_limit
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

log = logging.getLogger(__name__)

# Scratch memory in MB that is tried, from the most to the least.
TILES: Final = (1024, 512, 256, 128, 64, 32, 16)
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class StageCost:
    """A stage's prediction; the errors are shares of the values, and None is what nobody has measured.

    `parts` are the seconds by part, and `arrays` the MB of what the stage holds, by what that is. `cures`:
    what an advertiser can change about an array.
    """

    stage: str
    seconds: float | None
    seconds_error: float
    peak_mb: float | None
    peak_error: float
    parts: dict[str, float | None]
    arrays: dict[str, float]
    cures: Mapping[str, str]

    @property
    def is_unknown(self) -> bool:
        return self.seconds is None or self.peak_mb is None


def run_preflight(
    advertiser: Advertiser, as_of: date, dataset: Dataset, products: int, recent_rows: int
) -> dict[str, Any]:
    """Count the window's work, predict every stage, choose tiles that fit, and log it as a table.

    products and recent_rows are the rows of products and of recent_items.
    Returns what the release keeps, as JSON. Raises PermanentError where the smallest tiles do not fit.
    """
    from include.dataset.workload import measure_workload

    load = measure_workload(dataset, recent_rows, products)
    calibration = read_calibration()
    limit, whose = find_memory_limit()
    if advertiser.run.memory_mb:
        limit, whose = advertiser.run.memory_mb, "run.memory_mb"
    tile, costs = fit_in_memory(load, advertiser, calibration, limit)
    for line in describe_preflight(load, costs, calibration, f"{limit:,} MB ({whose})", tile):
        log.info("%s", line)
    warnings = list(_list_warnings(costs))
    for warning in warnings:
        log.warning("%s", warning)
    too_big = [cost for cost in costs if _exceeds(cost, limit)]
    if too_big:
        worst = max(too_big, key=lambda cost: cost.peak_mb or 0.0)
        raise PermanentError(f"{advertiser.name} {as_of}: {_explain(worst, load, limit, whose)}")
    return {
        "workload": asdict(load),
        "stages": {cost.stage: _round(asdict(cost)) for cost in costs},
        "tile_mb": tile,
        "memory_limit_mb": limit,
        "warnings": warnings,
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
    return [_predict(work, calibration, tile_mb) for work in count_work(load, advertiser)]


def _predict(work: StageWork, calibration: Calibration, tile_mb: int) -> StageCost:
    parts: dict[str, float | None] = {}
    missed = 0.0
    for part in work.parts:
        key = name_part(work.stage, part)
        fit = calibration.seconds.get(key)
        seconds = fit.predict(part.work, part.lesser) if fit else None
        missed += fit.error * seconds if fit and seconds else 0.0
        parts[key.removeprefix(f"{work.stage}: ")] = seconds
    known = [seconds for seconds in parts.values() if seconds is not None]
    total = sum(known) if parts and len(known) == len(parts) else None
    arrays = work.list_arrays(tile_mb)
    memory = calibration.peak_mb.get(work.stage)
    return StageCost(
        stage=work.stage,
        seconds=total,
        seconds_error=_share(missed, total or 0.0),
        peak_mb=memory.predict(sum(arrays.values())) if memory else None,
        peak_error=memory.error if memory else 0.0,
        parts=parts,
        arrays={name: (memory.constant if memory else 1.0) * size for name, size in arrays.items()},
        cures=work.cures,
    )


def fit_in_memory(
    load: Workload, advertiser: Advertiser, calibration: Calibration, limit: int
) -> tuple[int, list[StageCost]]:
    """The largest tile with which every stage stays within `limit`, else the smallest; and what it costs."""
    for tile in TILES:
        costs = predict_stages(load, advertiser, calibration, tile)
        if not any(_exceeds(cost, limit) for cost in costs):
            break
    return tile, costs


def _exceeds(cost: StageCost, limit: int) -> bool:
    return cost.peak_mb is not None and cost.peak_mb > limit


def _list_warnings(costs: list[StageCost]) -> Iterator[str]:
    for cost in costs:
        if cost.is_unknown:
            yield (
                f"The cost of {cost.stage} is unknown, so it counts neither in the totals of the preflight"
                " nor against its limit: run dangol calibrate, which measures it on this machine."
            )


def _explain(cost: StageCost, load: Workload, limit: int, whose: str) -> str:
    """Why a run is refused and what would help, in one sentence."""
    peak_mb = cost.peak_mb or 0.0
    largest = max(cost.arrays, key=lambda name: cost.arrays[name], default="")
    most, instead = "", "."
    if largest and cost.arrays[largest] > 0.1 * peak_mb:
        most = (
            f", {cost.arrays[largest]:,.0f} MB of it for {largest} ({load.users:,} users,"
            f" {load.items:,} items, {load.pairs:,} pairs)"
        )
        instead = f", or {cost.cures[largest]}." if largest in cost.cures else "."
    return (
        f"the preflight expects {cost.stage} to need {peak_mb:,.0f} MB (± {cost.peak_error:.0%}) even"
        f" with the smallest tiles{most}, and the limit is {limit:,} MB ({whose}); give it more memory and"
        f" raise run.memory_mb to {_round_up(peak_mb):,}{instead}"
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
    width = max(len(cost.stage) for cost in costs) + 2
    yield f"  {'stage':<{width}}{'seconds':>16}{'peak MB':>18}"
    for cost in costs:
        line = (
            f"  {cost.stage:<{width}}{_show(cost.seconds, cost.seconds_error):>16}"
            f"{_show(cost.peak_mb, cost.peak_error):>18}"
        )
        parts = ", ".join(f"{name} {_number(seconds)}" for name, seconds in cost.parts.items())
        yield line + (f"   ({parts})" if len(cost.parts) > 1 else "")
    timed = [(cost.seconds, cost.seconds_error) for cost in costs if cost.seconds is not None]
    total = sum(seconds for seconds, _ in timed)
    error = _share(sum(seconds * error for seconds, error in timed), total)
    peak = max(costs, key=lambda cost: cost.peak_mb or 0.0)
    left_out = ", ".join(cost.stage for cost in costs if cost.is_unknown)
    yield (
        f"  {'together':<{width}}{_show(total, error):>16}{_show(peak.peak_mb, peak.peak_error):>18}"
        + (f"   (without {left_out})" if left_out else "")
    )
    yield f"  Limit {limit}; tiles of {tile} MB. {_say_where(calibration)}"


def _say_where(calibration: Calibration) -> str:
    measured = f"constants measured {calibration.measured_at[:10]} on {calibration.machine}"
    if calibration.machine != describe_machine():
        return f"Not this machine's {measured}: run dangol calibrate for its own."
    elsewhere = ", ".join(calibration.elsewhere)
    return f"This machine's {measured}" + (f"; {elsewhere} on another." if elsewhere else ".")


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _show(value: float | None, error: float) -> str:
    return _number(value) if value is None else f"{_number(value)} ± {error:.0%}"


def _number(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _round(cost: dict[str, Any]) -> dict[str, Any]:
    """Numbers that people read, without the digits that mean nothing."""
    del cost["stage"], cost["cures"]
    for split in ("parts", "arrays"):
        cost[split] = {name: _shorten(value) for name, value in cost[split].items()}
    return {name: _shorten(value) for name, value in cost.items()}


def _shorten(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def get_tile(window: Mapping[str, Any], default: int) -> int:
    """The tile in MB that the window's preflight chose; `default` for a window that had none."""
    return int(window.get("preflight", {}).get("tile_mb", default))


def compare_costs(window: Mapping[str, Any], stage: str, spent: Mapping[str, Any]) -> None:
    """Log what a stage has cost beside what the window's preflight said, where it said something."""
    predicted = window.get("preflight", {}).get("stages", {}).get(stage)
    if not predicted:
        return
    is_known = predicted["seconds"] is not None and predicted["peak_mb"] is not None
    seconds = _show(predicted["seconds"], predicted["seconds_error"])
    peak_mb = _show(predicted["peak_mb"], predicted["peak_error"])
    log.info(
        "%s took %s s and %s MB at the peak; the preflight %s.",
        stage,
        _number(spent["seconds"]),
        f"{spent['peak_rss_mb']:,}",
        f"said {seconds} s and {peak_mb} MB" if is_known else "did not know",
    )
