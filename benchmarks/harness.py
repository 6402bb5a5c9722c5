"""Measured runs: each in a process of its own, ours and the peers' in turn, with medians and spread.

One round runs every case once, so that a machine that slows down slows all of them. Nothing else should run
on the machine. A case whose package is absent is named with how to install it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import compare_lists
from benchmarks.machine import ROOT, find_version
from benchmarks.worker import Arrays

# Peers whose packages do not go together with ours.
BUFFALO_PYTHON = Path(os.environ.get("DANGOL_BENCH_BUFFALO", ROOT / ".venv-buffalo" / "bin" / "python"))
SPARK_PYTHON = Path(os.environ.get("DANGOL_BENCH_SPARK", ROOT / ".venv-spark" / "bin" / "python"))

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One row of a table: a runner of the script's module and what it is called.

    `scale` is what the run's seconds are multiplied by where it did a sample of the work; `runs` limits how
    often a slow one is run; `absent` says why it cannot run here; one that `does_less` than ours is no
    measure for it where another does the same.
    """

    runner: str
    label: str
    package: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    runs: int | None = None
    python: Path = Path(sys.executable)
    install: str = "make bench"
    absent: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    watch_children: bool = False
    warms_up: bool = True
    is_compared: bool = True
    does_less: bool = False

    @property
    def is_ours(self) -> bool:
        return not self.package


def measure_cases(
    module: str,
    title: str,
    cases: Sequence[Case],
    config: Mapping[str, Any],
    warm_up: Mapping[str, Any] | None,
    runs: int,
) -> tuple[list[Row], dict[str, Arrays]]:
    """Run every case `runs` times in turn; their rows, and the arrays that the first run of each described.

    The first case of ours is what the others are compared with.
    """
    versions = {case.label: _find_case(case) for case in cases}
    rows: dict[str, Row] = {case.label: _begin_row(case, versions[case.label]) for case in cases}
    arrays: dict[str, Arrays] = {}
    for number in range(runs):
        for case in cases:
            row = rows[case.label]
            if row.get("absent") or row.get("error") or number >= (case.runs or runs):
                continue
            say(f"{title}: {case.label}, run {number + 1} of {min(case.runs or runs, runs)}")
            try:
                result, described = _run_case(module, case, config, warm_up if case.warms_up else None)
            except subprocess.CalledProcessError as error:
                row["error"] = _find_reason(error)
                say(f"  failed: {row['error']}")
                continue
            arrays.setdefault(case.label, described)
            for name in ("seconds", "peak_mb", "added_mb", "warm_up"):
                row[name].append(result[name] and round(result[name], 4))
            row["facts"] = result["facts"]
            say(f"  {result['seconds']:.3f} s, peak {result['peak_mb']:,.0f} MB")
    ours = next((arrays[case.label] for case in cases if case.is_ours and case.label in arrays), None)
    for case in cases:
        found = arrays.get(case.label)
        if ours and found and found is not ours and case.is_compared and "ids" in found:
            rows[case.label]["agreement"] = compare_lists(ours, found)
    return list(rows.values()), arrays


def _begin_row(case: Case, found: str | None) -> Row:
    row: Row = {"label": case.label, "ours": case.is_ours, "package": case.package, "version": found}
    row["does_less"] = case.does_less
    row |= {"scale": case.scale, "seconds": [], "peak_mb": [], "added_mb": [], "warm_up": [], "facts": {}}
    if case.absent:
        row["absent"] = case.absent
    elif not case.is_ours and found is None:
        row["absent"] = f"{case.package} is not installed: {case.install}"
    if "absent" in row:
        say(f"{case.label}: {row['absent']}")
    return row


def _find_case(case: Case) -> str | None:
    if case.is_ours:
        return None
    if case.python == Path(sys.executable):
        return find_version(case.package)
    if not case.python.exists():
        return None
    code = f"from importlib.metadata import version; print(version({case.package!r}))"
    answer = subprocess.run([case.python, "-c", code], capture_output=True, text=True)
    return answer.stdout.strip() or None


def _run_case(
    module: str, case: Case, config: Mapping[str, Any], warm_up: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Arrays]:
    with tempfile.TemporaryDirectory(prefix="dangol-bench-") as folder:
        paths = {
            name: str(Path(folder, f"{name}.{end}")) for name, end in (("result", "json"), ("arrays", "npz"))
        }
        job = {
            "module": module,
            "runner": case.runner,
            "config": {**config, **case.config},
            "warm_up": {**config, **case.config, **warm_up} if warm_up else None,
            "watch_children": case.watch_children,
            **paths,
        }
        job_file = Path(folder, "job.json")
        job_file.write_text(json.dumps(job))
        subprocess.run(
            [case.python, "-m", "benchmarks.worker", job_file],
            cwd=ROOT,
            env={**os.environ, **case.environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        result = json.loads(Path(paths["result"]).read_text())
        with np.load(paths["arrays"]) as saved:
            return result, dict(saved)


def _find_reason(error: subprocess.CalledProcessError) -> str:
    """The line in which a failed run says why; a run that was killed wrote none."""
    if error.returncode < 0:
        return f"ended by signal {-error.returncode} (out of memory?)"
    lines = [line.strip() for line in (error.stderr or "").splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line.split(":")[0]]
    return (telling or lines or [f"ended with {error.returncode}"])[-1]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
