"""What Airflow's log shows of an error without scrolling sideways."""

from __future__ import annotations

import inspect

import pytest

from include.errors import MissingDataError, WarehouseUnavailableError
from plugins.messages import WIDTH, lay_out, say_errors

FOLDER = "file:///" + "/".join(["a-long-folder-name"] * 8)


def test_each_sentence_and_what_to_do_begin_a_line() -> None:
    message = (
        f"mall delivered no purchases of 2026-03-02 by 2026-03-03 03:00 UTC: {FOLDER} is not there; ask the"
        " mall for it, then run this day again. (2 other partitions are ingested.)\nA second line."
    )
    lines = lay_out(message)
    assert "ask the mall for it, then run this day again." in lines
    assert "(2 other partitions are ingested.)" in lines
    assert "A second line." in lines
    assert " ".join(lines).split() == message.split()
    assert [line for line in lines if len(line) > WIDTH] == [FOLDER]


def test_an_error_is_said_in_lines_before_it_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    @say_errors
    def fail(error: Exception) -> None:
        """Documented."""
        raise error

    for error in (MissingDataError("It is late; ask."), WarehouseUnavailableError("It is late; ask.")):
        caplog.clear()
        with pytest.raises(type(error), match=r"^It is late; ask\.$"):
            fail(error)
        assert [(record.levelname, record.message) for record in caplog.records] == [
            ("ERROR", "It is late;"),
            ("ERROR", "ask."),
        ]
    caplog.clear()
    with pytest.raises(KeyError):
        fail(KeyError("not a sentence of ours"))
    assert caplog.records == []
    assert fail.__doc__ == "Documented."
    assert list(inspect.signature(fail).parameters) == ["error"]


def test_what_a_step_returns_is_kept() -> None:
    @say_errors
    def add(first: int, second: int = 1) -> int:
        return first + second

    assert (add(1), add(1, second=3)) == (2, 4)
