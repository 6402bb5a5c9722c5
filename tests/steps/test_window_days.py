"""The days that a window lacks, as a backfill wants them."""

from __future__ import annotations

from datetime import date, timedelta

from include.settings import load_advertiser
from include.steps.window import explain_missing_days, list_spans


def test_days_that_follow_each_other_are_one_range() -> None:
    days = [date(2017, 12, day) for day in (1, 2, 3, 5, 30, 31)] + [date(2018, 1, 1)]
    assert list_spans(days) == ["2017-12-01 to 2017-12-03", "2017-12-05", "2017-12-30 to 2018-01-01"]
    assert list_spans([]) == []


def test_a_whole_window_is_named_to_its_last_day() -> None:
    days = [date(2017, 10, 3) + timedelta(days=age) for age in range(90)]
    sentence = explain_missing_days(load_advertiser("completejourney"), days[-1], {"purchases": days})
    assert "lacks 90 of 90 days of purchases: 2017-10-03 to 2017-12-31;" in sentence
    assert sentence.count("2017-12-31") == 2, "the window's end, and the range's"


def test_each_feed_is_named_with_its_days() -> None:
    days = {"purchases": [date(2017, 12, 31)], "views": [date(2017, 12, 2), date(2017, 12, 3)]}
    sentence = explain_missing_days(load_advertiser("completejourney"), date(2017, 12, 31), days)
    assert sentence == (
        "completejourney: the window 2017-10-03 to 2017-12-31 lacks 1 of 90 days of purchases: 2017-12-31 and"
        " 2 of 90 days of views: 2017-12-02 to 2017-12-03; run or backfill the DAG completejourney_ingest for"
        " them, then run this again."
    )
