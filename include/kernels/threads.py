"""How blocks of work are shared among threads.

Kernels release the GIL and Python threads run them: numba's own thread pools do not survive the fork with
which Airflow starts a task, and count the machine's cores, not those that a task may use.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

_FEW = 1 << 16  # rows that are done sooner than a thread has begun

Result = TypeVar("Result")


def count_cores() -> int:
    """The cores that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_blocks(
    work: Callable[[int, int], Result], blocks: Iterable[tuple[int, int]], threads: int
) -> Iterator[tuple[int, int, Result]]:
    """Yield (start, stop, work(start, stop)) of each block in order, while `threads` threads work ahead.

    At most threads + 1 results wait, so that memory does not grow with the number of blocks.
    """
    waiting: deque[tuple[int, int, Future[Result]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for start, stop in blocks:
                waiting.append((start, stop, pool.submit(work, start, stop)))
                if len(waiting) > threads:
                    first, last, done = waiting.popleft()
                    yield first, last, done.result()
            while waiting:
                first, last, done = waiting.popleft()
                yield first, last, done.result()
        finally:
            for _, _, pending in waiting:
                pending.cancel()


def run_slices(work: Callable[[slice], None], rows: int) -> None:
    """Call work(slice) for slices that cover so many rows evenly, one for each core."""
    threads = count_cores() if rows > _FEW else 1
    edges = [rows * part // threads for part in range(threads + 1)]
    if threads == 1:
        work(slice(0, rows))
        return
    for _ in run_blocks(lambda start, stop: work(slice(start, stop)), pairwise(edges), threads):
        pass
