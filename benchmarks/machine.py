"""What the figures were measured on, as far as it changes them."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def count_cores() -> int:
    """The cores that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory in GiB, system, Python, the commit and the moment of the measurement."""
    return {
        "processor": _name_processor(),
        "cores": count_cores(),
        "memory_gib": _measure_memory(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "commit": _find_commit(),
        "measured_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def find_version(package: str) -> str | None:
    """The version of a distribution in this environment; None where it is absent."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _name_processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _measure_memory() -> float | None:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _find_commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return answer.stdout.strip() or "unknown"
