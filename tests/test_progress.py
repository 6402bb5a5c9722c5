"""Progress: a bar in a terminal, few lines in a log, nothing for what is short."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from include.progress import show_progress, time_parts
from include.settings import ROOT


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def no_terminal(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    caplog.set_level(logging.INFO, logger="include.progress")


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def run(total: int, seconds_each: float, unit: str = "users") -> None:
    clock = Clock()
    with show_progress(total, "als: recommend", unit, every=5, clock=clock) as progress:
        for _ in range(total):
            clock.now += seconds_each
            progress.update(1)


@pytest.mark.usefixtures("no_terminal")
def test_a_line_every_few_seconds_with_rate_and_time_left(caplog: pytest.LogCaptureFixture) -> None:
    run(16, 1)
    assert messages(caplog) == [
        "als: recommend: 5 of 16 users (31%), 1 users/s, 00:11 left",
        "als: recommend: 10 of 16 users (62%), 1 users/s, 00:06 left",
        "als: recommend: 15 of 16 users (94%), 1 users/s, 00:01 left",
        "als: recommend: 16 users in 00:16, 1 users/s",
    ]


@pytest.mark.usefixtures("no_terminal")
def test_a_total_that_nobody_knows(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with show_progress(None, "load", clock=clock) as progress:
        for _ in range(3):
            clock.now += 3
            progress.update(3000)
    assert messages(caplog) == ["load: 6,000 rows, 1.00k rows/s", "load: 9,000 rows in 00:09, 1.00k rows/s"]


@pytest.mark.usefixtures("no_terminal")
def test_what_is_short_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    run(4, 1)
    run(0, 1)
    assert messages(caplog) == []


@pytest.mark.usefixtures("no_terminal")
def test_many_updates_are_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    run(200_000, 0.0001)
    assert len(messages(caplog)) == 4
    assert messages(caplog)[0].endswith("left")
    assert "10.0k users/s" in messages(caplog)[-1]


@pytest.mark.usefixtures("no_terminal")
def test_slow_steps_are_a_line_each_at_most(caplog: pytest.LogCaptureFixture) -> None:
    run(3, 60, "days")
    assert [line.split(": ")[-1] for line in messages(caplog)] == [
        "1 of 3 days (33%), 0.017 days/s, 02:00 left",
        "2 of 3 days (67%), 0.017 days/s, 01:00 left",
        "3 days in 03:00, 0.017 days/s",
    ]


@pytest.mark.usefixtures("no_terminal")
def test_a_failure_is_not_called_done(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with pytest.raises(KeyError), show_progress(2, "cosine", clock=clock) as progress:
        clock.now += 10
        progress.update(0)
        raise KeyError
    assert messages(caplog) == ["cosine: 0 of 2 rows (0%), 0 rows/s, ? left"]


def test_parts_are_timed_by_their_text() -> None:
    clock = Clock()
    with time_parts() as outer:
        with time_parts() as inner, show_progress(1, "a", clock=clock):
            clock.now += 2
        for seconds in (1, 3):
            with show_progress(1, "b", clock=clock):
                clock.now += seconds
    with show_progress(1, "c", clock=clock):
        clock.now += 1
    assert (inner, outer) == ({"a": 2.0}, {"b": 4.0})


_PROGRAM = """
import logging, time
from include.progress import show_progress
logging.basicConfig(level=logging.INFO, format="%(message)s")
with show_progress(4, "als: factorise", "iterations", every=0.1) as progress:
    for step in range(4):
        time.sleep(0.15)
        progress.update(1)
    logging.info("a line beside the bar")
"""


def test_a_terminal_sees_a_bar_and_whole_lines() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with subprocess.Popen([sys.executable, "-c", _PROGRAM], cwd=ROOT, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    assert process.returncode == 0
    text = seen.decode()
    assert re.search(r"als: factorise: 100%\|█+\| 4.00/4.00 \[.*iterations/s\]", text), text
    assert re.search(r"\r *\ra line beside the bar\r\n", text), text
    assert "left" not in text


def test_a_pipe_sees_lines() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=True
    )
    said = done.stderr.splitlines()
    assert said[0].startswith("als: factorise: 1 of 4 iterations (25%), ")
    assert said[-2] == "a line beside the bar"
    assert said[-1].startswith("als: factorise: 4 iterations in 00:00, ")
    assert "\r" not in done.stderr
