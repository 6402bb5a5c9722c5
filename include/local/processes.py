"""Background processes: start one with a log, find it again by its pid file, stop it and its children."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from include.local.secret_files import write_file

if TYPE_CHECKING:
    import psutil


def start_process(
    command: Sequence[str], environment: Mapping[str, str], *, pid_file: Path, log: Path, folder: Path
) -> int:
    """Start a process in a group of its own, so that Ctrl-C in the terminal does not reach it."""
    import psutil

    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    created = psutil.Process(process.pid).create_time()
    write_file(pid_file, json.dumps({"pid": process.pid, "created": created}))
    return process.pid


def find_process(pid_file: Path) -> psutil.Process | None:
    """The process that a pid file names, unless it has ended or its number belongs to another since."""
    import psutil

    try:
        known = json.loads(pid_file.read_text())
        process = psutil.Process(known["pid"])
        same = abs(process.create_time() - known["created"]) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        return None


def stop_processes(pid_files: Sequence[Path], *, patience: float = 20) -> list[str]:
    """Ask the processes to end, kill what is left after `patience` seconds; the names of those that ran."""
    import psutil

    running = {file: process for file in pid_files if (process := find_process(file))}
    family: list[psutil.Process] = []
    for process in running.values():
        try:
            family += [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    for process in running.values():
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(list(running.values()), timeout=patience)
    for process in {*alive, *family}:
        if process.is_running():
            _signal(process, signal.SIGKILL)
    psutil.wait_procs(family, timeout=5)
    for file in pid_files:
        file.unlink(missing_ok=True)
    return [file.stem for file in running]


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def read_tail(log: Path, lines: int = 1) -> str:
    """The last lines of a log that say something."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join([line.rstrip() for line in text.splitlines() if line.strip()][-lines:])
