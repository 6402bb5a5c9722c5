"""How often what ads heed is brought up to date, and how long what was bought stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from include.settings import Keep, Schedule

START = date(2026, 1, 1)


def make_schedule(**given: Any) -> Schedule:
    return Schedule(start_date=START, **given)


def test_every_five_minutes_unless_somebody_says_otherwise_or_never() -> None:
    assert make_schedule().live == "*/5 * * * *"
    assert make_schedule(live=" 0,30  8-20 * * 1-5 ").live == "0,30 8-20 * * 1-5"
    assert make_schedule(live=None).live is None


@pytest.mark.parametrize("cron", ["", "@hourly", "*/5 * * *", "every five minutes or so", "*/5 * * * * *"])
def test_what_is_no_cron_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="must be a cron expression of five fields, such as"):
        make_schedule(live=cron)


def test_what_was_just_bought_stays_a_day_at_least() -> None:
    assert Keep().just_bought == 7
    with pytest.raises(ValidationError):
        Keep(just_bought=0)
