"""How loops that NumPy cannot say are compiled, and how blocks of work are shared among threads.

Kernels release the GIL and Python threads run them: numba's own thread pools do not survive the fork with
which Airflow starts a task, and count the machine's cores, not those that a task may use.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Result = TypeVar("Result")
Kernel = TypeVar("Kernel", bound=Callable)


def compile_kernel(function: Kernel) -> Kernel:
    """A function of arrays and numbers as machine code, compiled when it is first called.

    The code is kept beside the module, in the user's cache, or under NUMBA_CACHE_DIR, so that only the first
    run waits for it; where none of them can be written, each process compiles anew.
    """
    compiled: Any
    try:
        compiled = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        compiled = numba.njit(nogil=True)(function)
    return cast(Kernel, compiled)


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
