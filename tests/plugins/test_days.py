"""Which day a run owns, for runs as Airflow itself makes them: their intervals come from its own code."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from include.errors import PermanentError
from include.settings import Advertiser
from plugins.days import find_as_of_date, find_days, read_date

ZONES = {
    "Asia/Seoul": [(date(2026, 2, 26), date(2026, 3, 4))],
    "UTC": [(date(2027, 12, 28), date(2028, 1, 3)), (date(2028, 2, 26), date(2028, 3, 3))],
    "America/New_York": [(date(2026, 3, 5), date(2026, 3, 11)), (date(2026, 10, 29), date(2026, 11, 4))],
    "Pacific/Apia": [(date(2011, 12, 26), date(2012, 1, 3))],  # which had no 30 December
    "America/Havana": [(date(2026, 3, 6), date(2026, 3, 10)), (date(2026, 10, 30), date(2026, 11, 3))],
    "America/Sao_Paulo": [(date(2018, 2, 15), date(2018, 2, 20)), (date(2018, 11, 1), date(2018, 11, 6))],
}
CRONS = ("0 0 * * *", "30 1 * * *", "30 2 * * *", "59 23 * * *", "0 19 * * *")
MISSING = date(2011, 12, 30)
# Here clocks change at midnight, and Airflow leaves that day out of a backfill that begins with it.
AT_MIDNIGHT = ("Pacific/Apia", "America/Havana", "America/Sao_Paulo")


def make_advertiser(zone: str, cron: str = "0 0 * * *") -> Advertiser:
    crons = ("ingest", "recommendations") if cron.endswith("*") else ("evaluation",)
    return Advertiser.model_validate(
        {
            "name": "mall",
            "time_zone": zone,
            "landing": {"uri": "landing"},
            "feeds": {"purchases": {}},
            "schedule": {"start_date": date(2010, 1, 1), **dict.fromkeys(crons, cron)},
        }
    )


@cache
def make_dag(zone: str, cron: str) -> Any:
    """The ingest DAG, or for a weekly cron that of the evaluation, as the scheduler and the API server have
    it.
    """
    from airflow.serialization.serialized_objects import DagSerialization

    from dags.evaluation import build_evaluation_dag
    from dags.ingest import build_ingest_dag

    build = build_ingest_dag if cron.endswith("*") else build_evaluation_dag
    return DagSerialization.from_dict(DagSerialization.to_dict(build(make_advertiser(zone, cron))))


def list_days(zone: str) -> list[date]:
    spans = ZONES[zone]
    days = [first + timedelta(offset) for first, last in spans for offset in range((last - first).days + 1)]
    return [day for day in days if (zone, day) != ("Pacific/Apia", MISSING)]


def context(run_type: str, **values: Any) -> dict[str, Any]:
    """What a task is told of its run."""
    from airflow.sdk.api.datamodels._generated import DagRun

    run = {"dag_id": "mall_ingest", "run_id": "run", "start_date": None, "end_date": None, "state": "running"}
    run |= {"consumed_asset_events": [], "partition_key": None, "run_type": run_type}
    empty = {"logical_date": None, "data_interval_start": None, "data_interval_end": None}
    params = values.pop("params", {})
    return {"params": params, "dag_run": DagRun.model_validate(run | empty | values)}


def trigger(zone: str, cron: str, moment: datetime | None, now: datetime, **body: Any) -> dict[str, Any]:
    """A *Single Run* of the UI, the command line or an operator: the API gives it its interval."""
    from airflow.api_fastapi.core_api.datamodels.dag_run import TriggerDAGRunPostBody

    made = TriggerDAGRunPostBody(logical_date=moment, run_after=now, **body).validate_context(
        make_dag(zone, cron)
    )
    interval = made["data_interval"]
    return context(
        "manual",
        logical_date=made["logical_date"],
        run_after=made["run_after"],
        params=body.get("conf", {}),
        data_interval_start=interval and interval.start,
        data_interval_end=interval and interval.end,
    )


def list_runs(zone: str, cron: str, run_type: str, first: date, last: date) -> list[dict[str, Any]]:
    """The runs of a backfill over whole days, and of the schedule, which walks the same intervals."""
    advertiser = make_advertiser(zone, cron)
    infos = make_dag(zone, cron).iter_dagrun_infos_between(
        datetime.combine(first, time.min, advertiser.zone).astimezone(UTC),
        datetime.combine(last, time(23, 59), advertiser.zone).astimezone(UTC),
    )
    return [
        context(
            run_type,
            logical_date=info.logical_date,
            run_after=info.run_after,
            data_interval_start=info.data_interval.start,
            data_interval_end=info.data_interval.end,
        )
        for info in infos
    ]


@pytest.mark.parametrize("cron", CRONS)
@pytest.mark.parametrize("zone", ZONES)
def test_the_schedule_and_backfills_own_each_day_once_and_the_last_one_before_their_interval_ends(
    zone: str, cron: str
) -> None:
    advertiser = make_advertiser(zone, cron)
    for run_type in ("scheduled", "backfill"):
        owned = []
        for first, last in ZONES[zone]:
            runs = list_runs(zone, cron, run_type, first, last)
            owned += [find_as_of_date(advertiser, run) for run in runs]
            for run in runs:
                end = run["dag_run"].data_interval_end
                assert find_as_of_date(advertiser, run) == advertiser.as_of_date(end)
        assert owned == list_days(zone)


@pytest.mark.parametrize("cron", CRONS)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", [time(0, 0), time(12, 34), time(23, 59)])
def test_a_run_by_hand_for_a_date_owns_what_a_backfill_of_it_owns(zone: str, cron: str, clock: time) -> None:
    advertiser = make_advertiser(zone, cron)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    for day in list_days(zone):
        if (zone, day) == ("Pacific/Apia", MISSING + timedelta(days=1)):
            continue  # whose interval Airflow makes two days long, or lets it end after the logical date
        run = trigger(zone, cron, datetime.combine(day, clock, advertiser.zone).astimezone(UTC), now)
        backfill = [find_as_of_date(advertiser, each) for each in list_runs(zone, cron, "backfill", day, day)]
        assert find_as_of_date(advertiser, run) == day
        assert backfill == [day] or (backfill == [] and zone in AT_MIDNIGHT)


@pytest.mark.parametrize("cron", CRONS)
@pytest.mark.parametrize("zone", ZONES)
def test_a_run_by_hand_for_the_present_moment_owns_the_last_whole_day(zone: str, cron: str) -> None:
    """The form fills in the moment at which it was opened; the browser's clock may be fast."""
    advertiser = make_advertiser(zone, cron)
    days = list_days(zone)
    for before, day in itertools.pairwise(days):
        if (day - before).days > 2:
            continue
        for clock in (time(0, 1), time(12, 34), time(23, 58)):
            now = datetime.combine(day, clock, advertiser.zone).astimezone(UTC)
            for moment in (now, now - timedelta(seconds=40), now + timedelta(seconds=40)):
                assert find_as_of_date(advertiser, trigger(zone, cron, moment, now)) == before


def test_a_day_that_ends_between_opening_the_form_and_sending_it_is_over() -> None:
    advertiser = make_advertiser("Asia/Seoul")
    opened = datetime(2026, 3, 10, 23, 59, 50, tzinfo=advertiser.zone)
    run = trigger("Asia/Seoul", "0 0 * * *", opened, opened + timedelta(seconds=20))
    assert find_as_of_date(advertiser, run) == date(2026, 3, 10)


def test_a_run_that_a_backfill_takes_over_owns_the_day_of_the_backfill() -> None:
    """*All Runs* clears a run by hand of that logical date and leaves it the interval of the day before."""
    advertiser = make_advertiser("Asia/Seoul")
    moment = datetime(2026, 3, 10, tzinfo=advertiser.zone)
    run = trigger("Asia/Seoul", "0 0 * * *", moment, datetime(2026, 5, 1, tzinfo=UTC))
    assert run["dag_run"].data_interval_end == moment
    run["dag_run"].run_type = "backfill"
    assert find_as_of_date(advertiser, run) == date(2026, 3, 10)


WEEKLY = ("0 0 * * 1", "30 2 * * 0", "59 23 * * 3")


@pytest.mark.parametrize("cron", WEEKLY)
@pytest.mark.parametrize("zone", ["Asia/Seoul", "UTC", "America/New_York", "America/Havana"])
def test_a_week_is_owned_by_its_last_day(zone: str, cron: str) -> None:
    """Weeks in which the clocks change among them; the oracle is the end of Airflow's own interval."""
    advertiser = make_advertiser(zone, cron)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    for first, last in ((date(2026, 2, 20), date(2026, 4, 10)), (date(2026, 10, 10), date(2026, 11, 20))):
        runs = [run for kind in ("scheduled", "backfill") for run in list_runs(zone, cron, kind, first, last)]
        owned = [find_as_of_date(advertiser, run, days=7) for run in runs]
        assert owned == [advertiser.as_of_date(run["dag_run"].data_interval_end) for run in runs]
        weeks = owned[: len(owned) // 2]
        assert len(weeks) >= 6 and owned == weeks * 2
        assert {after - before for before, after in itertools.pairwise(weeks)} == {timedelta(days=7)}
        for run, day in zip(runs, owned, strict=True):
            moment = run["dag_run"].logical_date
            for clock in (moment, moment.astimezone(advertiser.zone).replace(hour=23, minute=59)):
                assert find_as_of_date(advertiser, trigger(zone, cron, clock, now), days=7) == day


@pytest.mark.parametrize("cron", WEEKLY)
def test_a_run_by_hand_in_a_week_that_is_not_over_owns_the_last_whole_day(cron: str) -> None:
    advertiser = make_advertiser("Asia/Seoul", cron)
    for offset in range(14):
        now = datetime(2026, 3, 9, 12, 34, tzinfo=advertiser.zone) + timedelta(days=offset)
        for moment in (now, now - timedelta(days=3)):
            run = trigger("Asia/Seoul", cron, moment, now)
            assert find_as_of_date(advertiser, run, days=7) == now.date() - timedelta(days=1)
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    york = make_advertiser("America/New_York", cron)
    with pytest.raises(PermanentError, match=r"with the param as_of_date, 2026-03-15 or 2026-03-16\."):
        find_as_of_date(york, trigger("America/New_York", cron, midnight, midnight + timedelta(99)), days=7)


def test_a_run_without_a_logical_date_is_refused_unless_the_param_is_there() -> None:
    advertiser = make_advertiser("Asia/Seoul")
    now = datetime(2026, 3, 10, tzinfo=UTC)
    run = trigger("Asia/Seoul", "0 0 * * *", None, now)
    with pytest.raises(PermanentError, match=r"has no logical date.* with the param as_of_date"):
        find_as_of_date(advertiser, run)
    for run_type in ("asset_triggered", "asset_materialization", "operator_triggered"):
        with pytest.raises(PermanentError, match=r"has no logical date.* with the param to_date"):
            find_days(advertiser, context(run_type, run_after=now))
    run = trigger("Asia/Seoul", "0 0 * * *", None, now, conf={"as_of_date": "2026-02-01"})
    assert find_as_of_date(advertiser, run) == date(2026, 2, 1)


def test_the_param_counts_before_everything_else() -> None:
    advertiser = make_advertiser("America/New_York")
    moment = datetime(2026, 3, 10, tzinfo=UTC)
    run = trigger("America/New_York", "0 0 * * *", moment, moment, conf={"to_date": "2026-02-01"})
    assert find_days(advertiser, run) == (date(2026, 2, 1), date(2026, 2, 1))
    for conf in ({"from_date": "2026-01-30", "to_date": "2026-02-01"}, {"from_date": "2026-01-30"}):
        run = trigger("America/New_York", "0 0 * * *", moment, moment, conf=conf)
        last = date.fromisoformat(conf.get("to_date", "2026-01-30"))
        assert find_days(advertiser, run) == (date(2026, 1, 30), last)


def test_a_logical_date_in_the_future_is_refused() -> None:
    advertiser = make_advertiser("Asia/Seoul")
    now = datetime(2026, 3, 10, 12, tzinfo=advertiser.zone)
    run = trigger("Asia/Seoul", "0 0 * * *", now + timedelta(days=1), now)
    with pytest.raises(PermanentError, match=r"2026-03-11 03:00 UTC is in the future.*latest 2026-03-09\."):
        find_as_of_date(advertiser, run)


def test_a_date_without_a_time_that_is_another_date_in_the_zone_is_refused() -> None:
    """The command line reads 2026-03-10 as midnight in UTC, which is the evening of the 9th in New York."""
    advertiser = make_advertiser("America/New_York")
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    run = trigger("America/New_York", "0 0 * * *", midnight, datetime(2026, 5, 1, tzinfo=UTC))
    expected = r"is 10 March in UTC and 09 March in America/New_York.* as_of_date, 2026-03-09 or 2026-03-10\."
    with pytest.raises(PermanentError, match=expected):
        find_as_of_date(advertiser, run)
    # At that very moment both dates stand for the last whole day.
    assert find_as_of_date(advertiser, trigger("America/New_York", "0 0 * * *", midnight, midnight)) == date(
        2026, 3, 8
    )
    seoul = make_advertiser("Asia/Seoul")
    run = trigger("Asia/Seoul", "0 0 * * *", midnight, datetime(2026, 5, 1, tzinfo=UTC))
    assert find_as_of_date(seoul, run) == date(2026, 3, 10)


def test_a_data_interval_of_another_day_is_refused() -> None:
    """The form and the API let people set one beside the logical date."""
    advertiser = make_advertiser("Asia/Seoul")
    now = datetime(2026, 3, 10, 12, tzinfo=advertiser.zone)

    def run_with_interval(day: date) -> dict[str, Any]:
        start = datetime.combine(day, time.min, advertiser.zone)
        body = {"data_interval_start": start, "data_interval_end": start + timedelta(days=1)}
        return trigger("Asia/Seoul", "0 0 * * *", now, now, **body)

    with pytest.raises(PermanentError, match="interval is of 2026-02-01 and its logical date of 2026-03-09"):
        find_as_of_date(advertiser, run_with_interval(date(2026, 2, 1)))
    assert find_as_of_date(advertiser, run_with_interval(date(2026, 3, 9))) == date(2026, 3, 9)


def test_a_backfill_may_not_give_every_run_the_same_day() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    given = {"params": {"as_of_date": "2017-12-31"}, "run_after": now}
    assert read_date(context("manual", **given), "as_of_date") == date(2017, 12, 31)
    given = {"params": {"as_of_date": "2017-12-31"}, "run_after": now}
    with pytest.raises(PermanentError, match=r"sets as_of_date to 2017-12-31 for each .* under Date Range"):
        read_date(context("backfill", **given), "as_of_date")
