"""The memory limit of a task, from control groups as the kernel shows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from include.memory import MB, find_memory_limit, forget_peak, read_peak_mb
from include.settings import ROOT
from tests.conftest import write_files

MACHINE = psutil.virtual_memory().total
GROUP = 512 * MB
OF_MACHINE = (int(0.8 * MACHINE / MB), f"80% of the {MACHINE // MB:,} MB of the machine")
OF_CONTAINER = (409, "80% of the 512 MB of the container")
NO_LIMIT_V1 = "9223372036854771712"


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, OF_MACHINE),
        ({"proc/self/cgroup": "0::/"}, OF_MACHINE),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": str(GROUP)}, OF_CONTAINER),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": "max"}, OF_MACHINE),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": str(MACHINE * 2)}, OF_MACHINE),
        (
            {
                "proc/self/cgroup": "0::/system.slice/scheduler",
                "sys/fs/cgroup/system.slice/memory.max": str(GROUP),
                "sys/fs/cgroup/system.slice/scheduler/memory.max": "max",
            },
            OF_CONTAINER,
        ),
        # A container that sees the machine's path of its group, and mounts the group itself.
        (
            {"proc/self/cgroup": "0::/docker/0a1b", "sys/fs/cgroup/memory.max": str(GROUP)},
            OF_CONTAINER,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a:b/c\n0::/",
                "sys/fs/cgroup/memory/a:b/c/memory.limit_in_bytes": str(GROUP),
                "sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1,
            },
            OF_CONTAINER,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1,
            },
            OF_MACHINE,
        ),
        ({"proc/self/cgroup": "5:cpu:/", "sys/fs/cgroup/memory/memory.limit_in_bytes": "1"}, OF_MACHINE),
    ],
)
def test_the_lower_of_machine_and_container(
    tmp_path: Path, files: dict[str, str], limit: tuple[int, str]
) -> None:
    assert find_memory_limit(write_files(tmp_path, files)) == limit


def test_this_machine_has_a_limit() -> None:
    limit, whose = find_memory_limit()
    assert 0 < limit <= OF_MACHINE[0]
    assert whose.startswith("80% of the ")


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux counts a peak that can be reset"
)
def test_a_peak_is_forgotten_and_a_child_does_not_inherit_it() -> None:
    forget_peak()
    before = read_peak_mb()
    held = np.ones(100 * MB // 8)
    with_it = read_peak_mb()
    assert with_it >= before + 95
    code = "from include.memory import read_peak_mb; print(read_peak_mb())"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0 < int(child.stdout) < 90
    del held
    forget_peak()
    assert read_peak_mb() <= with_it - 95
