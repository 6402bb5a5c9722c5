"""Runs are local days, called by their day; and what a backfill's dialog may not set."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.types import DagRunType

from include.errors import DangolError
from plugins.scheduling import read_date
from plugins.timetables import LocalDayTimetable

DAGS = Path(__file__).resolve().parents[2] / "dags"
NEW_YORK = "America/New_York"


def find_day(timetable: LocalDayTimetable, day: date, zone: str) -> DataInterval:
    """The data interval of a local day, as a backfill of that day finds it."""
    midnight = pendulum.instance(datetime.combine(day, datetime.min.time(), ZoneInfo(zone)))
    restriction = TimeRestriction(earliest=midnight, latest=None, catchup=True)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.data_interval is not None
    return info.data_interval


def call(timetable: LocalDayTimetable, run_type: DagRunType, interval: DataInterval) -> str:
    return timetable.generate_run_id(run_type=run_type, run_after=interval.end, data_interval=interval)


@pytest.mark.parametrize(
    ("cron", "zone", "name"),
    [
        ("0 0 * * *", NEW_YORK, "backfill__2017-12-31T00:00:00-05:00"),
        ("30 1 * * *", "Asia/Seoul", "backfill__2017-12-31T01:30:00+09:00"),
        ("0 0 * * *", "UTC", "backfill__2017-12-31T00:00:00+00:00"),
    ],
)
def test_a_run_is_called_by_the_day_that_it_owns(cron: str, zone: str, name: str) -> None:
    timetable = LocalDayTimetable(cron, zone)
    interval = find_day(timetable, date(2017, 12, 31), zone)
    assert call(timetable, DagRunType.BACKFILL_JOB, interval) == name
    assert call(timetable, DagRunType.SCHEDULED, interval) == name.replace("backfill", "scheduled")


def test_a_day_may_be_triggered_by_hand_more_than_once() -> None:
    timetable = LocalDayTimetable("0 0 * * *", NEW_YORK)
    interval = find_day(timetable, date(2017, 12, 31), NEW_YORK)
    names = {
        timetable.generate_run_id(run_type=DagRunType.MANUAL, run_after=moment, data_interval=interval)
        for moment in (pendulum.datetime(2026, 1, 5, 9), pendulum.datetime(2026, 1, 5, 10))
    }
    assert len(names) == 2


def test_no_run_is_made_after_the_last_day() -> None:
    timetable = LocalDayTimetable("0 0 * * *", NEW_YORK, date(2017, 12, 31))
    last = find_day(timetable, date(2017, 12, 31), NEW_YORK)
    catching_up = TimeRestriction(earliest=last.start, latest=None, catchup=True)
    assert timetable.next_dagrun_info(last_automated_data_interval=last, restriction=catching_up) is None
    today = TimeRestriction(earliest=last.start, latest=None, catchup=False)
    assert timetable.next_dagrun_info(last_automated_data_interval=None, restriction=today) is None


@pytest.mark.parametrize("kind", ["ingest", "recommendations"])
def test_a_run_triggered_after_the_last_day_has_its_tasks(kind: str) -> None:
    """Airflow leaves out, in silence, the tasks that end before the run's logical date."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(DAGS / f"{kind}.py").dags[f"completejourney_{kind}"]
    assert dag.end_date is None
    assert [task.task_id for task in dag.tasks if task.end_date is not None] == []
    assert isinstance(dag.timetable, LocalDayTimetable)
    assert dag.timetable.last_day == date(2017, 12, 31)


def test_airflow_reads_the_timetable_back_from_its_database() -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagBag(DAGS / "ingest.py").dags["completejourney_ingest"]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    assert isinstance(timetable, LocalDayTimetable)
    assert timetable.serialize() == {
        "cron": "0 0 * * *",
        "timezone": NEW_YORK,
        "last_day": "2017-12-31",
    }


def test_a_dag_is_shown_by_the_name_that_logs_and_documents_use() -> None:
    """The search of the UI finds the shown name only."""
    from airflow.dag_processing.dagbag import DagBag

    for dag_id, dag in DagBag(DAGS).dags.items():
        assert dag.dag_display_name == dag_id


def test_a_backfill_may_not_give_every_run_the_same_day() -> None:
    def context(run_type: str) -> dict[str, Any]:
        return {"params": {"as_of_date": "2017-12-31"}, "dag_run": SimpleNamespace(run_type=run_type)}

    assert read_date(context("manual"), "as_of_date") == date(2017, 12, 31)
    with pytest.raises(DangolError, match=r"sets as_of_date to 2017-12-31 for each .* under Date Range"):
        read_date(context("backfill"), "as_of_date")
