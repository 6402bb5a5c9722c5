"""The replacing of a local file: killed half-way, by many at once, on a file system without locks."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from include import files
from include.files import replace_file
from tests.conftest import ROOT

# The audit event of a rename is raised before the kernel is asked to do it.
KILLED = """
import os, signal, sys
from pathlib import Path
from include.files import replace_file

def kill(event, args):
    if event == "os.rename":
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
replace_file(Path(sys.argv[1]), b"unfinished")
"""


def replace_and_be_killed(path: Path) -> Path:
    """The temporary file that it leaves."""
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    [left] = path.parent.glob(".*.tmp")
    assert left.read_bytes() == b"unfinished"
    return left


def test_what_a_killed_writer_left_goes_with_the_next_file_of_the_folder(tmp_path: Path) -> None:
    replace_file(tmp_path / "a", b"before")
    replace_and_be_killed(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"before"
    replace_file(tmp_path / "b", b"another")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_file_that_a_writer_is_at_work_on_stays(tmp_path: Path) -> None:
    unfinished, file = files._open_unfinished(tmp_path / "a", 0o666)
    with file:
        replace_file(tmp_path / "a", b"of another")
        assert unfinished.exists()
    replace_file(tmp_path / "a", b"of another")
    assert not unfinished.exists()


def test_files_that_are_not_temporary_stay(tmp_path: Path) -> None:
    names = [".a.tmp", "a.0123abcd.tmp", ".a.0123abcd", ".a.0123abcd.tmp.gz"]
    for name in names:
        (tmp_path / name).touch()
    replace_file(tmp_path / "a", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {*names, "a"}


def _replace_often(path: Path, letter: bytes) -> None:
    for _ in range(300):
        replace_file(path, letter * 50_000)


def test_writers_at_once_leave_each_others_files_alone(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    writers = [
        processes.Process(target=_replace_often, args=(tmp_path / name, letter))
        for name, letter in [("a", b"x"), ("a", b"y"), ("b", b"z")]
    ]
    for writer in writers:
        writer.start()
    met = set()
    while any(writer.is_alive() for writer in writers):
        if (tmp_path / "a").exists():
            met.add((tmp_path / "a").read_bytes())
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert met <= {b"x" * 50_000, b"y" * 50_000}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_name_that_was_removed_before_it_was_locked_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, taken = files._lock, []

    def be_overtaken(descriptor: int) -> bool | None:
        if not taken:
            taken.extend(tmp_path.glob(".*.tmp"))
            files._remove_if_left(taken[0])
        return lock(descriptor)

    monkeypatch.setattr(files, "_lock", be_overtaken)
    replace_file(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert taken
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_without_locks_only_old_files_are_left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    young, old = tmp_path / ".a.00000001.tmp", tmp_path / ".a.00000002.tmp"
    young.touch()
    old.touch()
    os.utime(old, (1_000_000_000, 1_000_000_000))
    replace_file(tmp_path / "a", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "a"]


@pytest.mark.parametrize(("mode", "expected"), [(0o666, 0o644), (0o600, 0o600)])
def test_the_mode_is_less_the_umask(tmp_path: Path, mode: int, expected: int) -> None:
    umask = os.umask(0o022)
    try:
        replace_file(tmp_path / "a", b"", mode)
    finally:
        os.umask(umask)
    assert (tmp_path / "a").stat().st_mode & 0o777 == expected


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "a", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
