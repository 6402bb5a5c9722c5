"""Constants that turn counts of work into seconds and memory: fitted, kept in a file, read back."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from include.errors import PermanentError
from include.state import find_state

log = logging.getLogger(__name__)

# Measured on the machine that the file names, for those who have not calibrated their own.
REFERENCE: Final = Path(__file__).with_name("reference_calibration.json")


@dataclass(frozen=True)
class Fit:
    """value = overhead × lesser + constant × work; `error` is a share of the value, such as 0.1.

    `lesser` is 1 but for the parts that name something else. `points` are the work and cost that it was
    fitted to.
    """

    overhead: float
    constant: float
    error: float
    points: list[tuple[float, float]] = field(default_factory=list)

    def predict(self, work: float, lesser: float = 1.0) -> float:
        return self.overhead * lesser + self.constant * float(work)


@dataclass(frozen=True)
class Calibration:
    """What one machine takes: `seconds` by `costs.name_part`, `peak_mb` by stage over the MB of its arrays.

    tile_mb is what the lists in the making were allowed in its runs. `elsewhere` names the stages whose
    constants are the reference machine's. A stage that was measured on neither has none, so that nobody
    knows what it costs.
    """

    machine: str
    measured_at: str
    code_version: str
    users: list[int]
    tile_mb: int
    seconds: dict[str, Fit]
    peak_mb: dict[str, Fit]
    elsewhere: list[str] = field(default_factory=list)


def fit_costs(work: Sequence[float], cost: Sequence[float], *, lesser: Sequence[float] | None = None) -> Fit:
    """The line through costs (n,) over ascending work (n,) with the least squares of relative errors.

    Neither overhead nor constant is negative; the overhead is of each unit of `lesser` (n,). The error is the
    largest that the line misses a cost by, or that the line through the smaller ones misses the largest by,
    whichever is more: predictions are of windows that are larger still.
    """
    sizes, values = np.asarray(work, float), np.maximum(np.asarray(cost, float), 1e-3)
    base = np.ones(len(sizes)) if lesser is None else np.asarray(lesser, float)
    overhead, constant = _fit_line(sizes, base, values)
    misses = np.abs((overhead * base + constant * sizes) / values - 1)
    low, slope = _fit_line(sizes[:-1], base[:-1], values[:-1])
    beyond = abs((low * base[-1] + slope * sizes[-1]) / values[-1] - 1)
    points = list(zip(sizes.tolist(), values.round(3).tolist(), strict=True))
    return Fit(overhead, constant, round(float(max(misses.max(), beyond)), 3), points)


def _fit_line(work: np.ndarray, lesser: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Overhead and constant."""
    from scipy.optimize import nnls

    scales = [column.max(initial=0) or 1.0 for column in (lesser, work)]
    columns = np.c_[lesser / scales[0] / values, work / scales[1] / values]
    overhead, constant = nnls(columns, np.ones(len(values)))[0]
    return float(overhead / scales[0]), float(constant / scales[1])


def describe_machine() -> str:
    """Its cores, processor and memory."""
    import psutil

    from include.kernels import count_cores

    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{count_cores()} cores of {processor}, {psutil.virtual_memory().total // 2**30} GiB"


def find_calibration_file() -> Path:
    """Beside the rest of what belongs to this machine: `calibration.json` in DANGOL_STATE (`.local/`)."""
    return find_state().folder / "calibration.json"


def complete_calibration(measured: Calibration) -> Calibration:
    """With the reference machine's constants for the stages that were not measured."""
    reference = _parse(REFERENCE)
    missing = [stage for stage in reference.peak_mb if stage not in measured.peak_mb]
    borrowed = {key: fit for key, fit in reference.seconds.items() if key.partition(": ")[0] in missing}
    return replace(
        measured,
        seconds=borrowed | measured.seconds,
        peak_mb={stage: reference.peak_mb[stage] for stage in missing} | measured.peak_mb,
        elsewhere=[*measured.elsewhere, *missing],
    )


def write_calibration(calibration: Calibration, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise PermanentError(
            f"The calibration cannot be written to {path} ({error.strerror}): name another file with --to."
        ) from None


def read_calibration() -> Calibration:
    """This machine's constants, and those of the reference machine for the stages that it has none of."""
    own = find_calibration_file()
    if own.is_file():
        try:
            return complete_calibration(_parse(own))
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            # A run must not fail for that: the constants only predict.
            log.warning(
                "%s is no calibration of this version (%r), so it is not used: run dangol calibrate.",
                own,
                error,
            )
    return _parse(REFERENCE)


def _parse(path: Path) -> Calibration:
    """Raises ValueError, KeyError, TypeError, AttributeError or OSError where the file is none."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    seconds, peak_mb = (
        {name: _parse_fit(fit) for name, fit in raw[kind].items()} for kind in ("seconds", "peak_mb")
    )
    return Calibration(**{**raw, "seconds": seconds, "peak_mb": peak_mb})


def _parse_fit(raw: dict[str, Any]) -> Fit:
    return Fit(**{**raw, "points": [(work, cost) for work, cost in raw["points"]]})
