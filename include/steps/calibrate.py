"""Measure this machine: the real stages on small synthetic malls, fitted to the counts of their work."""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from include.capacity import calibration as constants
from include.capacity.calibration import Calibration, Fit
from include.capacity.costs import count_work
from include.capacity.preflight import TILES
from include.capacity.work import StageWork, name_part
from include.errors import DangolError, PermanentError
from include.settings import ADVERTISERS, Advertiser
from include.state import find_state, mark_state
from include.steps.calibration_mall import SCHEMA, fill_lake, make_advertiser
from include.steps.candidates import make_candidates
from include.steps.release import code_version, gate_release, stage_release
from include.steps.run_folder import Summary
from include.steps.train import train_model
from include.steps.window import build_window

if TYPE_CHECKING:
    from include.dataset.workload import Workload
    from include.models.base import Part

log = logging.getLogger(__name__)
_PREFLIGHT: Final = logging.getLogger("include.capacity.preflight")
_QUIET: Final = logging.ERROR

# Work, lesser work and cost by the mall's users.
Costs = dict[int, tuple[float, float, float]]

# An error that a quiet machine does not have.
_DISTURBED: Final = 0.5

USERS: Final = (9_375, 37_500, 75_000, 150_000)


def calibrate(users: Sequence[int], path: Path | None = None) -> Summary:
    """Run the stages on malls of so many users each, fit their costs, and write the calibration.

    Of the models every registered one that has a default for each parameter, but for those that are
    `registry.UNCALIBRATED`. Needs the warehouse for the stages `stage` and `gate`, in a schema that is made
    for it and dropped; where there is none, those keep the reference machine's constants. Every stage runs in
    a process of its own, which makes its peak its own. Raises PermanentError where fewer than two sizes are
    asked for.
    """
    if len(set(users)) < 2:
        raise PermanentError("A line needs two sizes at least: name two or more numbers of users.")
    if path is None:
        mark_state(find_state())
        path = constants.find_calibration_file()
    seconds: dict[str, Costs] = defaultdict(dict)
    peaks: dict[str, Costs] = defaultdict(dict)
    with (
        borrow_schema() as has_warehouse,
        tempfile.TemporaryDirectory() as folder,
        _hush_preflight(),
    ):
        # The smallest twice: the first run also compiles kernels, and a disturbance only ever adds.
        for number, size in enumerate([min(users), *sorted(set(users))]):
            advertiser = make_advertiser(Path(folder) / str(number))
            load, spent = _run_stages(advertiser, size, has_warehouse)
            planned = {work.stage: work for work in count_work(load, advertiser)}
            described = ", ".join(
                f"{stage} {cost['seconds']:.1f} s {cost['peak_rss_mb']} MB" for stage, cost in spent.items()
            )
            log.info("calibrate: %s users: %s", f"{size:,}", described)
            for stage, cost in spent.items():
                work = planned[stage]
                for part, took in _split_seconds(work, cost):
                    key = name_part(stage, part)
                    _keep_least(seconds[key], size, part.work, part.lesser, took)
                arrays = sum(work.list_arrays(TILES[0]).values())
                _keep_least(peaks[stage], size, arrays, 1.0, cost["peak_rss_mb"])
    measured = Calibration(
        machine=constants.describe_machine(),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code_version=code_version(),
        users=sorted(set(users)),
        tile_mb=TILES[0],
        seconds={key: _fit(costs) for key, costs in seconds.items()},
        peak_mb={stage: _fit(costs) for stage, costs in peaks.items()},
    )
    if max(fit.error for fit in measured.seconds.values()) > _DISTURBED:
        log.warning(
            "calibrate: costs are far from a line (seconds_error): the machine was busy with other things, or"
            " the malls are too small to tell; calibrate again when it is idle."
        )
    constants.write_calibration(measured, path)
    return {"file": str(path), "seconds_error": {key: fit.error for key, fit in measured.seconds.items()}}


def _keep_least(costs: Costs, size: int, work: float, lesser: float, cost: float) -> None:
    costs[size] = (work, lesser, min(cost, costs.get(size, (work, lesser, cost))[2]))


def _fit(costs: Costs) -> Fit:
    work, lesser, cost = zip(*costs.values(), strict=True)
    return constants.fit_costs(work, cost, lesser=lesser)


def _split_seconds(work: StageWork, cost: Summary) -> Iterator[tuple[Part, float]]:
    """The seconds of each part of a stage; the rest is what its parts do not explain."""
    took: dict[str, float] = cost.get("parts", {})
    rest = cost["seconds"] - sum(took.get(part.text, 0.0) for part in work.parts)
    for part in work.parts:
        yield part, took.get(part.text, 0.0) if part.text else rest


def _run_stages(
    advertiser: Advertiser, users: int, has_warehouse: bool
) -> tuple[Workload, dict[str, Summary]]:
    """Build the window of a mall, run every stage on it, and say what each has cost."""
    from include.dataset.workload import Workload

    as_of = fill_lake(advertiser, users)
    window = build_window(advertiser, as_of)
    spent = {
        f"train {model}": _run_apart(train_model, advertiser, as_of, model, TILES[0])
        for model in advertiser.chosen_models
    }
    spent["candidates"] = _run_apart(make_candidates, advertiser, as_of)
    if has_warehouse:
        spent["stage"] = _run_apart(stage_release, advertiser, as_of, "calibrate")
        spent["gate"] = _run_apart(gate_release, advertiser, as_of, spent["stage"]["release_id"])
    return Workload(**window["preflight"]["workload"]), spent


def _run_apart(step: Callable[..., Summary], *arguments: Any) -> Summary:
    with ProcessPoolExecutor(
        1, get_context("spawn"), initializer=_PREFLIGHT.setLevel, initargs=(_QUIET,)
    ) as pool:
        return pool.submit(step, *arguments).result()


@contextmanager
def _hush_preflight() -> Iterator[None]:
    """Its tables and warnings would be of malls that nobody asked for."""
    level = _PREFLIGHT.level
    _PREFLIGHT.setLevel(_QUIET)
    try:
        yield
    finally:
        _PREFLIGHT.setLevel(level)


@contextmanager
def borrow_schema() -> Iterator[bool]:
    """An advertiser's schemas in the warehouse for the while of the block; False where there is none."""
    from include.warehouse import open_warehouse

    if (ADVERTISERS / f"{SCHEMA}.yaml").exists():
        raise PermanentError(f"The schema {SCHEMA} is for calibrations: give that advertiser another name.")
    try:
        with open_warehouse(SCHEMA) as warehouse:
            warehouse.remove(for_real=True)  # what a killed calibration has left
    except DangolError as error:
        log.warning("calibrate: stage and gate are not measured: %s", error)
        yield False
        return
    try:
        yield True
    finally:
        with open_warehouse(SCHEMA) as warehouse:
            warehouse.remove(for_real=True)
