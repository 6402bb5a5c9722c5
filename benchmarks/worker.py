"""One measured run in a process of its own: `python -m benchmarks.worker JOB.json`, started by the harness.

It needs numpy, scipy and psutil alone, so that it also runs in the environment of a peer.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.memory import begin_peak, claim_memory, measure_peak, watch_children
from include.compile_cache import choose_cache

Arrays = dict[str, Any]


class Work(NamedTuple):
    """What a runner makes of its configuration: the call that is timed, and what to note of its output."""

    run: Callable[[], Any]
    describe: Callable[[Any], tuple[dict[str, Any], Arrays]] = lambda output: ({}, {})


def main(job_file: str) -> None:
    choose_cache()
    job = json.loads(Path(job_file).read_text())
    runner = getattr(import_module(job["module"]), job["runner"])
    warm_up = None
    if job["warm_up"]:
        small = runner(job["warm_up"])
        started = time.perf_counter()
        small.run()
        warm_up = time.perf_counter() - started
        del small
    work: Work = runner(job["config"])
    gc.collect()
    claim_memory()
    end_watch = watch_children() if job["watch_children"] else None
    before = begin_peak()
    started = time.perf_counter()
    output = work.run()
    seconds = time.perf_counter() - started
    peak = measure_peak() + (end_watch() if end_watch else 0.0)
    facts, arrays = work.describe(output)
    np.savez(job["arrays"], **arrays)
    result = {
        "seconds": seconds,
        "peak_mb": peak,
        "added_mb": peak - before,
        "warm_up": warm_up,
        "facts": facts,
    }
    Path(job["result"]).write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])
