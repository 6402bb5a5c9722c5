"""Seconds and memory of every stage against its work, from a sixteenth of the mall to twice its size."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.als import FACTORS as ALS_FACTORS
from benchmarks.data import WARM_UP, prepare, read_facts
from benchmarks.harness import Case, measure_cases, say
from benchmarks.release import StepError, run_release
from benchmarks.script import Options, Section, run_script

SHARES = ("1/16", "1/8", "1/4", "1/2", "1", "2")
_QUICK_SHARES = ("1/256", "1/128", "1/64")

# What a stage's seconds are held against; the release's rows and the matrix' facts give the number.
WORK = {
    "window to matrix": "lines",
    "cosine": "Σ history²",
    "als: factorise": "pairs × factors² + (users + items) × factors³",
    "als: recommend": "users × items",
    "als: similar items": "items²",
    "stage": "rows of the release",
    "gate": "rows of the release",
}
# What the machine's own growth is seen by: peers that do the same, or less, over the same data.
PEERS = {
    "window: pyarrow only reads": "lines",
    "cosine: sparse_dot_topn": "Σ history²",
}
# An exponent's error: the times at one size differ by some per cent from run to run.
TOLERANCE = 0.1

_RUNS = 3

Point = dict[str, Any]


def measure_share(share: str, threads: int) -> list[Point]:
    """One point for each stage: stage, share, work, seconds, peak_mb."""
    source = f"mall-{share}"
    folder = prepare(source)
    facts = read_facts(folder)
    steps = {step["name"]: step for step in run_release(source)}
    rows = sum(steps["stage"]["tables"].values())
    work = {
        "window to matrix": facts["lines"],
        "window: pyarrow only reads": facts["lines"],
        "cosine": facts["squares"],
        "cosine: sparse_dot_topn": facts["squares"],
        "als: factorise": facts["pairs"] * ALS_FACTORS**2
        + (facts["users"] + facts["items"]) * ALS_FACTORS**3,
        "als: recommend": facts["users"] * facts["items"],
        "als: similar items": facts["items"] ** 2,
        "stage": rows,
        "gate": rows,
    }
    costs = {name: (step["seconds"], step["peak_mb"]) for name, step in steps.items()}
    costs |= {
        part: (spent, step["peak_mb"]) for step in steps.values() for part, spent in step["parts"].items()
    }
    costs |= _measure_alone(source, threads)
    return [
        {
            "stage": stage,
            "share": share,
            "work": int(work[stage]),
            "seconds": round(costs[stage][0], 4),
            "peak_mb": round(costs[stage][1]),
        }
        for stage in (*WORK, *PEERS)
        if stage in costs
    ]


def _measure_alone(source: str, threads: int) -> dict[str, tuple[float, float]]:
    """Median seconds and peak of what takes less than its step spends on imports, checks and files."""
    config = {"folder": str(prepare(source)), "source": source, "threads": threads}
    warm_up = {"folder": str(prepare(WARM_UP)), "source": WARM_UP}
    costs = {}
    for module, cases in (
        (
            "benchmarks.window",
            [
                Case("run_ours_matrix", "window to matrix"),
                Case("run_pyarrow", "window: pyarrow only reads", "pyarrow", is_compared=False),
            ],
        ),
        (
            "benchmarks.cosine",
            [
                Case("run_ours_as_codes", "cosine"),
                Case("run_sparse_dot_topn", "cosine: sparse_dot_topn", "sparse-dot-topn", is_compared=False),
            ],
        ),
    ):
        rows, _ = measure_cases(module, f"growth, {source}", cases, config, warm_up, _RUNS)
        for row in rows:
            if row["ours"] and "error" in row:
                raise StepError(f"{row['label']} failed: {row['error']}")
            if row["seconds"]:
                costs[row["label"]] = float(np.median(row["seconds"])), max(row["peak_mb"])
    return costs


def fit_slope(work: list[float], costs: list[float]) -> float:
    """The exponent e of costs ≈ c · work^e, by least squares on the logarithms; both (n,), positive."""
    return float(np.polyfit(np.log(work), np.log(np.maximum(costs, 1e-3)), 1)[0])


def tabulate_slopes(points: list[Point]) -> dict[str, Any]:
    """A line for each stage. The largest sizes tell most: what a start costs flattens the small ones."""
    columns = ["stage", "work", "exponent of seconds", "of the three largest", "of memory", "grows faster"]
    rows: list[list[Any]] = []
    for stage, meaning in (WORK | PEERS).items():
        own = sorted((point for point in points if point["stage"] == stage), key=lambda point: point["work"])
        if len(own) < 2:
            continue
        work, seconds, memory = (
            [float(point[key]) for point in own] for key in ("work", "seconds", "peak_mb")
        )
        slope, last = fit_slope(work, seconds), fit_slope(work[-3:], seconds[-3:])
        faster = "no" if max(slope, last) <= 1 + TOLERANCE else "YES"
        rows.append(
            [stage, meaning, round(slope, 2), round(last, 2), round(fit_slope(work, memory), 2), faster]
        )
    return {"columns": columns, "rows": rows}


def tabulate_points(points: list[Point]) -> dict[str, Any]:
    shares = sorted({point["share"] for point in points}, key=Fraction)
    found = {(point["stage"], point["share"]): point for point in points}
    rows: list[list[Any]] = []
    for stage in (*WORK, *PEERS):
        line: list[Any] = [stage]
        for share in shares:
            point = found.get((stage, share))
            line.append(f"{point['seconds']:.3g} s, {point['peak_mb']:,} MB" if point else None)
        rows.append(line)
    return {"columns": ["stage", *shares], "rows": rows}


def measure(options: Options) -> Section:
    """The release at several sizes; the exponent with which each stage grows with its work."""
    points: list[Point] = []
    failures = []
    for share in SHARES if options.full else _QUICK_SHARES:
        try:
            points += measure_share(share, options.threads)
        except StepError as error:
            say(str(error))
            failures.append(f"Not measured at {share}: {str(error).splitlines()[-1]}")
    return {
        "title": "Growth",
        "about": "Every stage once at each share of the mall. An exponent of 1 means seconds in proportion"
        " to the work; a stage grows faster than its work where the exponent over all sizes, or over the"
        f" three largest, is above 1 + {TOLERANCE}. Window and cosine are measured alone, {_RUNS} times"
        " each, and so are the peers, which show how much of a growth is the machine's, whose caches hold all"
        " of a small mall and little of a large one; the others are parts of one release's steps, as these"
        " time them. Memory is the peak of the process.",
        "tables": [
            {
                "title": "Exponents",
                "points": points,
                **tabulate_slopes(points),
                "note": "\n\n".join(failures),
            },
            {"title": "Seconds and peak memory by share", **tabulate_points(points)},
        ],
    }


if __name__ == "__main__":
    run_script("growth", measure)
