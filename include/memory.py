"""How much memory a task may take, and how much it has taken."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

SHARE: Final = 0.8
MB: Final = 2**20


def find_memory_limit(root: Path = Path("/")) -> tuple[int, str]:
    """80% of the memory in MB that there is for this process, and in words whose memory that is.

    The lower of the machine's memory and the limits of the control groups (v1 or v2) that the process is in.
    """
    import psutil

    machine = psutil.virtual_memory().total
    group = min(_list_limits(root), default=machine)
    total, owner = (group, "container") if group < machine else (machine, "machine")
    return int(SHARE * total / MB), f"{SHARE:.0%} of the {total // MB:,} MB of the {owner}"


def _list_limits(root: Path) -> Iterator[int]:
    """Bytes, of the process's groups and those above; a container may not see the folder of its own."""
    groups = root / "proc/self/cgroup"
    with suppress(OSError):
        for line in groups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                folder, name = root / "sys/fs/cgroup", "memory.max"
            elif "memory" in controllers.split(","):
                folder, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
            else:
                continue
            group = Path(path.lstrip("/"))
            for place in (group, *group.parents):
                with suppress(OSError, ValueError):  # "max" is no limit
                    yield int((folder / place / name).read_text())


def forget_peak() -> None:
    """Let the peak be counted anew from now on, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def read_peak_mb() -> int:
    """The process's peak memory in MB, since `forget_peak` where that could be.

    Linux's own count for a child process includes what its parent held when it started it, so it is read
    from the process's state where there is one.
    """
    with suppress(OSError):
        if found := re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M):
            return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
