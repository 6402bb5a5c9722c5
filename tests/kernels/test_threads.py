"""Blocks of work on several threads, and how many there are."""

from __future__ import annotations

import math
import os
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from include.kernels import count_cores, run_blocks
from include.kernels.threads import run_all
from tests.conftest import write_files

BLOCKS = list(pairwise(range(0, 101, 10)))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order_of_the_blocks(workers: int) -> None:
    def work(start: int, stop: int) -> int:
        time.sleep((100 - start) / 10_000)  # the first takes longest
        return stop * stop

    assert list(run_blocks(work, BLOCKS, workers)) == [(a, b, b * b) for a, b in BLOCKS]


@pytest.mark.parametrize("blocks", [[], BLOCKS[:1], BLOCKS])
@pytest.mark.parametrize("given", [None, 1, 3])
def test_all_blocks_are_done_when_it_returns(blocks: list[tuple[int, int]], given: int | None) -> None:
    done: list[tuple[int, int]] = []
    run_all(lambda start, stop: done.append((start, stop)), iter(blocks), given)
    assert sorted(done) == blocks


def test_a_single_block_starts_no_thread() -> None:
    seen: list[threading.Thread] = []
    run_all(lambda start, stop: seen.append(threading.current_thread()), [(0, 9)], 2)
    assert seen == [threading.current_thread()]


def test_an_error_of_any_block_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        run_all(lambda start, stop: 1 // (start - 50), BLOCKS, 2)


def test_few_results_wait() -> None:
    begun: list[int] = []
    results = run_blocks(lambda start, stop: begun.append(start), BLOCKS, 2)
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 4


def test_an_error_ends_the_rest() -> None:
    begun: list[int] = []

    def work(start: int, stop: int) -> None:
        begun.append(start)
        if start == 10:
            raise ValueError("block 10")

    with pytest.raises(ValueError, match="block 10"):
        list(run_blocks(work, BLOCKS, 1))
    assert 90 not in begun


def test_no_blocks() -> None:
    assert list(run_blocks(lambda start, stop: 1, [], 2)) == []


MACHINE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, MACHINE),
        ({"proc/self/cgroup": "0::/"}, MACHINE),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "100000 100000"}, 1),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "20000 100000"}, 1),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "max 100000"}, MACHINE),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": f"{MACHINE}00000 50000"}, MACHINE),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "nonsense"}, MACHINE),
        (
            {
                "proc/self/cgroup": "0::/system.slice/scheduler",
                "sys/fs/cgroup/system.slice/cpu.max": "50000 50000",
                "sys/fs/cgroup/system.slice/scheduler/cpu.max": "max 100000",
            },
            1,
        ),
        # A container that sees the machine's path of its group, and mounts the group itself.
        ({"proc/self/cgroup": "0::/docker/0a1b", "sys/fs/cgroup/cpu.max": "100000 100000"}, 1),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/a:b/c\n4:memory:/a\n0::/",
                "sys/fs/cgroup/cpu/a:b/c/cpu.cfs_quota_us": "80000",
                "sys/fs/cgroup/cpu/a:b/c/cpu.cfs_period_us": "100000",
            },
            1,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            MACHINE,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            MACHINE,
        ),
    ],
)
def test_the_fewer_of_the_machines_cores_and_the_containers(
    tmp_path: Path, files: dict[str, str], cores: int
) -> None:
    assert count_cores(write_files(tmp_path, files)) == cores


@pytest.mark.parametrize(("quota", "cores"), [(1.0, 1), (1.5, 2), (2.0, 2), (3.2, 4), (64.0, 8)])
def test_a_part_of_a_core_counts_as_a_core(
    tmp_path: Path, quota: float, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    limit = {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": f"{math.floor(quota * 100_000)} 100000"}
    assert count_cores(write_files(tmp_path, limit)) == cores
