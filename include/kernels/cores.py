"""How many cores a process may keep busy."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def count_cores(root: Path = Path("/")) -> int:
    """The cores that this process may keep busy, where the system tells; at least 1.

    The fewer of those that it may run on and the time that its control groups (v1 or v2) allow, as a
    container's limit sets it; a part of a core counts as a core.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *_list_quotas(root)]))


def _list_quotas(root: Path) -> Iterator[int]:
    """Cores, of the process's groups and those above; a container may not see the folder of its own."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            group = Path(path.lstrip("/"))
            for folder in (group, *group.parents):
                with suppress(OSError, ValueError, ZeroDivisionError):  # "max" is no limit
                    if not controllers:
                        quota, period = (root / "sys/fs/cgroup" / folder / "cpu.max").read_text().split()
                    elif "cpu" in controllers.split(","):
                        times = root / "sys/fs/cgroup/cpu" / folder
                        quota = (times / "cpu.cfs_quota_us").read_text()
                        period = (times / "cpu.cfs_period_us").read_text()
                    else:
                        continue
                    if int(quota) > 0:  # -1 is no limit
                        yield math.ceil(int(quota) / int(period))
