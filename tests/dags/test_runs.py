"""Runs after the last day, and what a backfill's dialog may not set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import DangolError
from include.settings import load_advertiser
from plugins.scheduling import read_date, say_waiting, skip_after_end

DAGS = Path(__file__).resolve().parents[2] / "dags"


@pytest.mark.parametrize("kind", ["ingest", "recommendations"])
def test_a_run_triggered_after_the_last_day_has_its_tasks(kind: str) -> None:
    """Airflow leaves out, in silence, the tasks that end before the run's logical date."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(DAGS / f"{kind}.py").dags[f"completejourney_{kind}"]
    assert dag.end_date is None
    assert [task.task_id for task in dag.tasks if task.end_date is not None] == []


def run_on(run_type: str, day: date) -> dict[str, Any]:
    advertiser = load_advertiser("completejourney")
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), advertiser.zone)
    return {"params": {}, "dag_run": SimpleNamespace(run_type=run_type), "data_interval_end": after}


def test_only_a_scheduled_run_after_the_last_day_is_skipped() -> None:
    advertiser = load_advertiser("completejourney")
    last = date(2017, 12, 31)
    with pytest.raises(AirflowSkipException, match="completejourney ended on 2017-12-31"):
        skip_after_end(advertiser, run_on("scheduled", last + timedelta(days=1)))
    skip_after_end(advertiser, run_on("scheduled", last))
    skip_after_end(advertiser, run_on("manual", last + timedelta(days=1)))
    skip_after_end(advertiser, run_on("backfill", last + timedelta(days=1)))


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


def test_the_log_says_what_a_run_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        say_waiting("the window lacks 2017-12-31", datetime(2018, 1, 1, 5, tzinfo=UTC))
    assert caplog.messages == ["Waiting until 2018-01-01 05:00 UTC: the window lacks 2017-12-31"]
