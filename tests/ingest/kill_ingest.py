"""Ingest a day again and again, each time killed one step later; print what the lake then holds.

Started by test_lake.py as a process of its own, with the mall's folder as its argument. It forks a child for
each try, so that Great Expectations is imported once, and does nothing itself that starts threads. A step
is an opening, renaming or removing of a file in the lake, where the child kills itself with SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from include.ingest import lake
from include.ingest.days import ingest_day
from include.ingest.storage import Folder
from include.ingest.validation import open_batches
from include.settings import Place
from tests.ingest.conftest import DAY, Mall, make_purchases

STEPS = ("open", "os.rename", "os.remove")


def run_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def kill_at(step: int, folder: str) -> None:
    """Kill this process at its step-th step in the folder. Reading is no step."""
    left = step

    def watch(event: str, args: tuple) -> None:
        nonlocal left
        if event not in STEPS or not str(args[0]).startswith(folder):
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def ingest(mall: Mall, price: float) -> None:
    mall.deliver(make_purchases(50, price=[price] * 50))
    ingest_day(mall.advertiser, "purchases", DAY)


def warm_up() -> None:
    """Import here what every child would import again; threads, which a fork would lose, are not started."""
    import psutil  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    Folder(Place(uri="/tmp")).list_entries()
    open_batches()


def main(folder: Path) -> None:
    warm_up()
    lake.UNNAMED_FILE_LIFE = timedelta(0)
    mall = Mall(folder)

    def ingest_until(step: int) -> None:
        kill_at(step, str(folder / "lake"))
        ingest(mall, 2.0)

    def report(step: int) -> None:
        prices = lake.read_partition(mall.advertiser, "purchases", DAY).column("price").to_pylist()
        print(json.dumps({"step": step, "prices": sorted(set(prices)), "rows": len(prices)}), flush=True)

    assert run_child(lambda: ingest(mall, 1.0)) == 0
    for step in range(1, 100):
        status = run_child(lambda step=step: ingest_until(step))
        assert run_child(lambda step=step: report(step)) == 0
        if not os.WIFSIGNALED(status):
            assert status == 0
            break


if __name__ == "__main__":
    main(Path(sys.argv[1]))
