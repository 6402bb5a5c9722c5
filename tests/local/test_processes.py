"""Background processes: found again, never mistaken for another, stopped with their children."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.local.processes import find_process, read_tail, start_process, stop_processes

SLEEP = [sys.executable, "-c", "import time; print('asleep', flush=True); time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']).pid, flush=True);"
    " time.sleep(300)",
]


@pytest.fixture
def pid_file(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "pids" / "sleeper.json"
    yield file
    stop_processes([file], patience=1)


def start(command: list[str], pid_file: Path) -> int:
    log = pid_file.parent.parent / "sleeper.log"
    return start_process(command, os.environ, pid_file=pid_file, log=log, folder=pid_file.parent.parent)


def wait_for_line(log: Path) -> str:
    deadline = time.monotonic() + 10
    while not (line := read_tail(log)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return line


def test_a_process_is_found_by_its_pid_file_and_stopped(pid_file: Path) -> None:
    pid = start(SLEEP, pid_file)
    found = find_process(pid_file)
    assert found is not None
    assert found.pid == pid
    assert stop_processes([pid_file]) == ["sleeper"]
    assert find_process(pid_file) is None
    assert not pid_file.exists()
    assert stop_processes([pid_file]) == []


def test_it_has_a_group_of_its_own(pid_file: Path) -> None:
    assert os.getpgid(start(SLEEP, pid_file)) != os.getpgid(0)


def test_a_number_that_another_process_has_since_is_not_stopped(pid_file: Path) -> None:
    pid = start(SLEEP, pid_file)
    known = json.loads(pid_file.read_text())
    pid_file.write_text(json.dumps({**known, "created": known["created"] - 1000}))
    assert find_process(pid_file) is None
    assert stop_processes([pid_file]) == []
    assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    psutil.Process(pid).kill()


def test_one_that_does_not_listen_is_killed_with_its_children(pid_file: Path, tmp_path: Path) -> None:
    start(STUBBORN, pid_file)
    child = psutil.Process(int(wait_for_line(tmp_path / "sleeper.log")))
    assert stop_processes([pid_file], patience=0.5) == ["sleeper"]
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_log_before_is_kept(pid_file: Path, tmp_path: Path) -> None:
    (tmp_path / "sleeper.log").write_text("what the last one said\n")
    start(SLEEP, pid_file)
    assert wait_for_line(tmp_path / "sleeper.log") == "asleep"
    assert read_tail(tmp_path / "sleeper.previous.log") == "what the last one said"


@pytest.mark.parametrize("text", ["", "not json", "{}", '{"pid": 99999999, "created": 1.0}'])
def test_a_useless_pid_file_names_no_process(pid_file: Path, text: str) -> None:
    pid_file.parent.mkdir()
    pid_file.write_text(text)
    assert find_process(pid_file) is None
