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


@pytest.mark.parametrize("kind", ["ingest", "recommendations", "evaluation", "live"])
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


def test_a_scheduled_week_that_ends_after_the_last_day_is_skipped() -> None:
    advertiser = load_advertiser("completejourney")
    for first, is_skipped in ((date(2017, 12, 25), False), (date(2017, 12, 26), True)):
        if is_skipped:
            with pytest.raises(AirflowSkipException, match="ended on 2017-12-31"):
                skip_after_end(advertiser, run_on("scheduled", first), days=7)
        else:
            skip_after_end(advertiser, run_on("scheduled", first), days=7)
        skip_after_end(advertiser, run_on("backfill", first), days=7)


def test_a_dag_is_shown_by_the_name_that_logs_and_documents_use() -> None:
    """The search of the UI finds the shown name only."""
    from airflow.dag_processing.dagbag import DagBag

    for dag_id, dag in DagBag(DAGS).dags.items():
        assert dag.dag_display_name == dag_id


@pytest.mark.parametrize("run_type", ["scheduled", "manual", "backfill"])
def test_only_a_scheduled_run_also_ingests_days_that_came_late(
    run_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People say which days they mean; the step itself is tested beside it."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import Asset
    from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context

    from include.steps import ingest

    called: list[tuple[Any, ...]] = []

    def note(advertiser: Any, first: date, last: date, also_changed: bool) -> dict[str, Any]:
        called.append((advertiser.name, first, last, also_changed))
        return {"partitions": 1}

    monkeypatch.setattr(ingest, "ingest_days", note)
    day = date(2017, 12, 30)
    task = DagBag(DAGS / "ingest.py").dags["completejourney_ingest"].get_task("ingest")
    events = OutletEventAccessors()
    with set_current_context(run_on(run_type, day)):  # type: ignore[arg-type]
        assert task.python_callable(outlet_events=events) == {"partitions": 1}
    assert called == [("completejourney", day, day, run_type == "scheduled")]
    for feed in load_advertiser("completejourney").feeds:
        told = events[Asset(f"completejourney/{feed}")].extra
        assert told == {"from": "2017-12-30", "to": "2017-12-30", "partitions": 1}
