"""How the sensors wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import airflow.settings  # noqa: F401  (its first import turns off the loggers that are there)
import pytest

from include.settings import load_advertiser
from include.steps.waiting import Wait
from plugins.waiting import find_longest_wait, find_poke_interval, is_over
from tests.malls import open_mall


@pytest.mark.parametrize(("quiet", "seconds"), [(0, 60), (2, 120), (5, 300), (600, 300)])
def test_a_landing_is_looked_at_as_often_as_it_can_become_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: float, seconds: float
) -> None:
    feeds = {"purchases": {"complete": {"quiet_minutes": quiet}}, "products": {"required": False}}
    open_mall(tmp_path, monkeypatch, feeds=feeds)
    assert find_poke_interval(load_advertiser("mall")) == timedelta(seconds=seconds)


def test_airflow_ends_no_wait_before_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = {
        "start_date": date(2026, 3, 2),
        "landing_deadline_hours": 12,
        "window_wait_minutes": 15,
    }
    open_mall(tmp_path, monkeypatch, schedule=schedule)
    assert find_longest_wait(load_advertiser("mall")) > timedelta(hours=12, minutes=15)


def test_the_log_says_what_a_run_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert not is_over(Wait("the window lacks 2017-12-31.", datetime(2018, 1, 1, 5, tzinfo=UTC)))
        assert is_over(None)
    assert caplog.messages == ["Waiting until 2018-01-01 05:00 UTC: the window lacks 2017-12-31."]
