"""Memory of this process in a stretch of its work, and of several processes at once; all in MB of 2**20."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import psutil

_CLAIMED = 2 << 30  # bytes
_PAGE = 4096
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def claim_memory() -> None:
    """Write to memory that is let go again, so that the machine has what the measured part asks for.

    A virtual machine hands free memory back to its host and gets it again at some milliseconds per MB: more
    than half of a second's work, in one run and not in the next, and no library's doing.
    """
    np.empty(_CLAIMED, np.uint8)[::_PAGE] = 1


def begin_peak() -> float:
    """Forget the peak so far, where the system can (Linux), and return the resident size of now."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return measure_peak()
    return _read_status("VmRSS")


def measure_peak() -> float:
    """The highest resident size of this process since `begin_peak`; since its start where that cannot be."""
    if _STATUS.exists():
        return _read_status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read_status(name: str) -> float:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


@dataclass
class Peak:
    """The highest sum of all processes' proportional sizes that was seen, and what the tools cost then.

    A proportional size (PSS) counts a page that n processes share as 1/n in each, so that in the sum
    PostgreSQL's shared memory is there once.
    """

    mb: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


@contextmanager
def watch_processes(
    groups: Mapping[str, Callable[[], Iterable[psutil.Process]]], every: float = 0.5
) -> Iterator[Peak]:
    """Sample the processes that each group's function finds until the block ends."""
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(every):
            parts = {name: sum(map(_measure_share, find())) for name, find in groups.items()}
            if (total := sum(parts.values())) > peak.mb:
                peak.mb, peak.parts = total, parts

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _measure_share(process: psutil.Process) -> float:
    import psutil

    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return float(getattr(full, "pss", full.rss)) / 2**20


def find_family(pid: int) -> list[psutil.Process]:
    """A process and all below it that are there at this moment."""
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def watch_children(every: float = 0.2) -> Callable[[], float]:
    """Begin to sample the resident sizes of this process's children; the result ends it, giving the peak."""
    import os

    highest, ended = [0.0], threading.Event()

    def sample() -> None:
        while not ended.is_set():
            sizes = [_measure_resident(child) for child in find_family(os.getpid())[1:]]
            highest[0] = max(highest[0], sum(sizes))
            time.sleep(every)

    threading.Thread(target=sample, daemon=True).start()

    def end() -> float:
        ended.set()
        return highest[0]

    return end


def _measure_resident(process: psutil.Process) -> float:
    import psutil

    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0
