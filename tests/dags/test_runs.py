"""Runs after the last day, and the names of DAGs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from include.settings import load_advertiser
from plugins.scheduling import skip_after_end

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
    start, end = (
        datetime.combine(day + timedelta(offset), datetime.min.time(), advertiser.zone) for offset in (0, 1)
    )
    run = {"logical_date": start, "data_interval_start": start, "data_interval_end": end, "run_after": end}
    return {"params": {}, "dag_run": SimpleNamespace(run_type=run_type, **run)}


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
