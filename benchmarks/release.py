"""The whole release, from validated partitions to published: seconds, memory and rows of every step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import cache
from typing import Any

from benchmarks.data import describe_facts, find_window, prepare, read_facts
from benchmarks.harness import say
from benchmarks.load import open_server
from benchmarks.machine import ROOT
from benchmarks.memory import Peak, find_family, watch_processes
from benchmarks.script import Options, Section, run_script

STEPS = ("window", "train cosine", "train als", "candidates", "stage", "gate", "publish")
# What can be done again is, which tells what of its seconds is the disk's mood.
_REPEATED = ("stage", "gate")
_RUNS = 3
_COUNTS = ("users", "items", "pairs", "checks", "rows")

Step = dict[str, Any]


class StepError(Exception):
    """A step of the release ended with an error; the message has its last lines."""


@cache
def run_release(source: str) -> list[Step]:
    """Every step of a release of the source as the command line runs it, on a PostgreSQL of its own.

    Of each step: name, seconds (of the step, after imports), wall (of the process), peak_mb (resident, of its
    process), all_mb (the most that its processes and PostgreSQL had together), what it counted, and the
    seconds of its parts by the text of their progress. Of several runs it is the median one. Run once,
    however often it is asked for. Raises StepError.
    """
    folder = prepare(source)
    as_of = find_window(source)[1]
    steps: list[Step] = []
    with open_server() as server:
        environment = {**os.environ, "DANGOL_DATA": str(folder)}
        for name in STEPS:
            say(f"release, {source}: {name}")
            step, *model = name.split()
            command = [
                sys.executable,
                "-m",
                "include.run",
                step,
                "--advertiser",
                "ssg",
                "--as-of",
                str(as_of),
            ]
            command += ["--model", *model] if model else []
            count = _RUNS if name in _REPEATED else 1
            runs = [run_step(command, environment, server.port) for _ in range(count)]
            runs.sort(key=lambda run: run["seconds"])
            steps.append({"name": name, **runs[count // 2]})
            seconds, peak, together = (steps[-1][key] for key in ("seconds", "peak_mb", "all_mb"))
            say(f"  {seconds:.1f} s, peak {peak:,} MB; with PostgreSQL {together:,} MB")
    return steps


def run_step(command: list[str], environment: dict[str, str], port: int | None = None) -> Step:
    """The costs of one command as `run_release` lists them; without a port there is no PostgreSQL."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        groups = {"step": lambda: find_family(process.pid)}
        if port is not None:
            groups["PostgreSQL"] = lambda: find_postgres(port)
        peak: Peak
        with watch_processes(groups) as peak:
            answer, errors = process.communicate()
    wall = time.perf_counter() - started
    if process.returncode:
        raise StepError(f"{' '.join(command[1:])} failed: {errors.strip()[-2000:]}")
    summary = _read_summary(answer)
    return {
        "seconds": summary["seconds"],
        "wall": round(wall, 3),
        "peak_mb": summary["peak_rss_mb"],
        "all_mb": round(peak.mb),
        "parts_mb": {name: round(mb) for name, mb in peak.parts.items()},
        "counts": {key: summary[key] for key in _COUNTS if key in summary},
        "tables": summary.get("tables", {}),
        "blend": summary.get("blend", {}).get("name"),
        "parts": summary.get("parts", {}),
    }


def _read_summary(answer: str) -> dict[str, Any]:
    """The JSON that ends what a step prints; Airflow may have logged a line before it."""
    lines = answer.splitlines()
    start = next(number for number, line in enumerate(lines) if line in ("{", "["))
    summary = json.loads("\n".join(lines[start:]))
    first: dict[str, Any] = summary[0] if isinstance(summary, list) else summary
    return first


def find_postgres(port: int) -> list[Any]:
    """The server that listens there and the processes of its sessions."""
    import psutil

    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and "-p" in words and str(port) in words:
            return find_family(process.pid)
    return []


def tabulate_steps(steps: list[Step]) -> dict[str, Any]:
    columns = [
        "step",
        "seconds",
        "with start and imports",
        "peak RSS MB",
        "all processes MB",
        "rows",
        "rows/s",
    ]
    rows: list[list[Any]] = []
    for step in steps:
        count = sum(step["tables"].values()) if step["tables"] else step["counts"].get("pairs")
        rate = round(count / step["seconds"]) if count and step["seconds"] else None
        line = [step["name"], float(step["seconds"]), float(step["wall"]), step["peak_mb"], step["all_mb"]]
        rows.append([*line, count, rate])
    total = [sum(step[key] for step in steps) for key in ("seconds", "wall")]
    most = [max(step[key] for step in steps) for key in ("peak_mb", "all_mb")]
    rows.append(["**all**", float(total[0]), float(total[1]), *most, None, None])
    return {"columns": columns, "rows": rows}


def describe_steps(steps: list[Step]) -> str:
    staged = next(step for step in steps if step["name"] == "stage")
    gate = next(step for step in steps if step["name"] == "gate")
    most = max(steps, key=lambda step: step["all_mb"])
    parts = " and ".join(f"{mb:,} MB of {name}" for name, mb in most["parts_mb"].items())
    tables = ", ".join(f"{name} {count:,}" for name, count in staged["tables"].items())
    return (
        f"Rows of the release: {sum(staged['tables'].values()):,} ({tables}). {gate['counts']['checks']}"
        f" checks passed the gate. The most memory at one moment was in the step {most['name']}: {parts}."
    )


def measure(options: Options) -> Section:
    """The steps of one release, run as processes of their own on an embedded PostgreSQL."""
    source = f"mall-{options.share}"
    steps = run_release(source)
    facts = read_facts(prepare(source))
    return {
        "title": "The whole release",
        "about": "`python -m include.run` step by step, from validated partitions to published. Seconds"
        " are the step's own, beside them those of its process with start and imports. All processes: the"
        " step's and PostgreSQL's, by proportional size (PSS), so that shared memory counts once; sampled"
        f" twice a second. Stage and gate are the medians of {_RUNS} runs.",
        "tables": [
            {
                "title": source,
                "about": describe_facts(facts) + ".",
                "facts": facts,
                "steps": steps,
                **tabulate_steps(steps),
                "note": describe_steps(steps),
            }
        ],
    }


if __name__ == "__main__":
    run_script("release", measure)
