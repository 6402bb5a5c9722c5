"""Until when a run waits, and for what, with landing folders that are really there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.errors import MissingDataError
from include.settings import Advertiser, load_advertiser
from include.steps.waiting import find_window_deadline, wait_for_days, wait_for_landing
from tests.malls import Mall, open_mall, purchase

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
LONG_AGO = date(2026, 3, 2)
FEEDS = {"purchases": {"complete": {"quiet_minutes": 0}}, "products": {"required": False}}


def make_mall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deadline: float = 72, **settings: Any
) -> tuple[Mall, Advertiser]:
    schedule = {"start_date": LONG_AGO, "landing_deadline_hours": deadline, "window_wait_minutes": 10}
    mall = open_mall(tmp_path, monkeypatch, **({"feeds": FEEDS, "schedule": schedule} | settings))
    return mall, load_advertiser("mall")


@pytest.mark.parametrize("cron", ["0 0 * * *", "30 1 * * *", "59 23 * * *"])
@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Asia/Seoul", date(2026, 3, 2), datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 29), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_the_deadline_counts_from_the_end_of_the_local_day_whatever_the_cron(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cron: str, zone: str, day: date, end: datetime
) -> None:
    schedule = {
        "start_date": date(2011, 1, 1),
        "landing_deadline_hours": 12,
        "window_wait_minutes": 15,
        "ingest": cron,
        "recommendations": cron,
    }
    _, advertiser = make_mall(tmp_path, monkeypatch, schedule=schedule, time_zone=zone)
    assert advertiser.find_deadline(day) == end + timedelta(hours=12)

    in_time = find_window_deadline(advertiser, day, end + timedelta(hours=1))
    assert in_time == find_window_deadline(advertiser, day) == end + timedelta(hours=12, minutes=15)
    late = end + timedelta(days=40)
    assert find_window_deadline(advertiser, day, late) == late + timedelta(minutes=15)


def test_a_day_on_its_way_is_waited_for_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mall, advertiser = make_mall(tmp_path, monkeypatch)
    wait = wait_for_landing(advertiser, YESTERDAY)
    assert wait and wait.deadline == advertiser.find_deadline(YESTERDAY)
    assert str(wait) == f"Waiting until {wait.deadline:%Y-%m-%d %H:%M} UTC: {wait.reason}"
    assert f"dt={YESTERDAY}" in wait.reason
    mall.deliver(YESTERDAY, [purchase("u1", "i1", YESTERDAY)])
    assert wait_for_landing(advertiser, YESTERDAY) is None


def test_every_required_feed_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = {**FEEDS, "products": {"required": True, "complete": {"quiet_minutes": 0}}}
    mall, advertiser = make_mall(tmp_path, monkeypatch, feeds=feeds)
    mall.deliver(YESTERDAY, [purchase("u1", "i1", YESTERDAY)])
    wait = wait_for_landing(advertiser, YESTERDAY)
    assert wait and f"products/dt={YESTERDAY}" in wait.reason
    assert f"purchases/dt={YESTERDAY}" not in wait.reason
    mall.deliver(YESTERDAY, ["i1,A shirt"], feed="products", header="item_id,title")
    assert wait_for_landing(advertiser, YESTERDAY) is None
    with pytest.raises(MissingDataError, match=r"no products of .* no purchases of 2026-03-02 by"):
        wait_for_landing(advertiser, LONG_AGO)


def test_at_the_deadline_a_folder_that_is_not_there_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, advertiser = make_mall(tmp_path, monkeypatch)
    expected = (
        r"^mall delivered no purchases of 2026-03-02 by 2026-03-05 15:00 UTC: file://\S+/dt=2026-03-02 is not"
        r" there; ask the mall for it, then run this day again\.$"
    )
    with pytest.raises(MissingDataError, match=expected):
        wait_for_landing(advertiser, LONG_AGO)


@pytest.mark.parametrize("complete", [{"marker": "_SUCCESS"}, {"manifest": "manifest.json"}])
def test_at_the_deadline_a_delivery_without_its_marker_or_manifest_is_missing_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complete: dict[str, str]
) -> None:
    feeds = {"purchases": {"complete": complete}}
    mall, advertiser = make_mall(tmp_path, monkeypatch, feeds=feeds)
    mall.landing("purchases", LONG_AGO).mkdir(parents=True)
    reason = waiting_reason(advertiser)
    with pytest.raises(MissingDataError) as error:
        wait_for_landing(advertiser, LONG_AGO)
    assert reason.rstrip(".") in str(error.value)
    assert str(error.value).endswith("; ask the mall for it, then run this day again.")


def waiting_reason(advertiser: Advertiser) -> str:
    from include.ingest.landing import explain_incomplete

    reason = explain_incomplete(advertiser, "purchases", LONG_AGO)
    assert reason
    return reason


def test_at_the_deadline_a_delivery_that_is_not_quiet_goes_on_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An empty folder is such a one: it is a closed day once the deadline has passed."""
    mall, advertiser = make_mall(tmp_path, monkeypatch)
    mall.landing("purchases", LONG_AGO).mkdir(parents=True)
    assert wait_for_landing(advertiser, LONG_AGO) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert waiting_reason(advertiser) in caplog.text


def test_a_day_that_the_calendar_closes_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed = {"closed_dates": [YESTERDAY, LONG_AGO]}
    _, advertiser = make_mall(tmp_path, monkeypatch, calendar=closed)
    with caplog.at_level("INFO"):
        assert wait_for_landing(advertiser, YESTERDAY) is None
        assert wait_for_landing(advertiser, LONG_AGO) is None
    assert f"mall is closed on {YESTERDAY}" in caplog.text


def test_a_window_waits_for_its_days_until_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, advertiser = make_mall(tmp_path, monkeypatch)
    wait = wait_for_days(advertiser, YESTERDAY)
    assert wait and wait.deadline == find_window_deadline(advertiser, YESTERDAY)
    assert "lacks 3 of 3 days of purchases" in wait.reason
    with pytest.raises(MissingDataError, match="lacks 1 of 1 days of purchases: 2026-03-02"):
        wait_for_days(advertiser, LONG_AGO)
    began = datetime.now(UTC)
    wait = wait_for_days(advertiser, LONG_AGO, began)
    assert wait and wait.deadline == began + timedelta(minutes=10)
