"""How blocks of work are shared among threads.

Kernels release the GIL and Python threads run them: numba's own thread pools do not survive the fork with
which Airflow starts a task, and count the machine's cores, not those that a task may use.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from include.kernels.cores import count_cores

Result = TypeVar("Result")


def run_blocks(
    work: Callable[[int, int], Result], blocks: Iterable[tuple[int, int]], threads: int
) -> Iterator[tuple[int, int, Result]]:
    """Yield (start, stop, work(start, stop)) of each block in order, while `threads` threads work ahead.

    At most threads + 1 results wait, so that memory does not grow with the number of blocks. Nothing is done
    before the first is asked for; `run_all` asks for all.
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


def run_all(
    work: Callable[[int, int], object], blocks: Iterable[tuple[int, int]], threads: int | None = None
) -> None:
    """Call work(start, stop) for each block, on so many threads or one for each core, until all are done.

    A single block is done by the caller's own thread. The first error is raised.
    """
    todo = list(blocks)
    if len(todo) == 1:
        work(*todo[0])
        return
    for _ in run_blocks(work, todo, threads or count_cores()):
        pass
