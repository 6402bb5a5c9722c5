"""What every DAG of the house keeps to."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.settings import load_advertiser, load_advertisers

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
KINDS = ("ingest", "recommendations", "evaluation")  # whose runs own days
DAYS = {"ingest": 1, "recommendations": 1, "evaluation": 7}  # of a run


@pytest.fixture(scope="module")
def dag_bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(DAGS)


@pytest.fixture(scope="module", params=[f"{a.name}_{kind}" for a in load_advertisers() for kind in KINDS])
def dag(request: pytest.FixtureRequest, dag_bag: Any) -> Any:
    """One whose runs own days."""
    return dag_bag.dags[request.param]


@pytest.fixture(
    scope="module", params=[f"{a.name}_{kind}" for a in load_advertisers() for kind in (*KINDS, "live")]
)
def any_dag(request: pytest.FixtureRequest, dag_bag: Any) -> Any:
    return dag_bag.dags[request.param]


def test_the_dags_import_without_errors(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == {f"{a.name}_{kind}" for a in load_advertisers() for kind in (*KINDS, "live")}


def test_a_run_is_one_local_day_or_week(dag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    name, _, kind = dag.dag_id.rpartition("_")
    advertiser, days = load_advertiser(name), timedelta(days=DAYS[kind])
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    interval = timetable.infer_manual_data_interval(run_after=datetime(2026, 2, 20, 23, tzinfo=UTC))
    assert interval.end - interval.start == days
    local_start = interval.start.astimezone(advertiser.zone)
    assert advertiser.as_of_date(interval.end) == local_start.date() + days - timedelta(days=1)


def test_a_change_of_the_clocks_moves_no_day() -> None:
    """New York's 12 March 2017 has 23 hours and its 5 November 25."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagBag(DAGS / "recommendations.py").dags["completejourney_recommendations"]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    advertiser = load_advertiser("completejourney")
    for day, hours in ((date(2017, 3, 12), 23), (date(2017, 11, 5), 25)):
        after = datetime.combine(day + timedelta(days=1), datetime.min.time(), advertiser.zone)
        interval = timetable.infer_manual_data_interval(run_after=after.astimezone(UTC))
        assert interval.end - interval.start == timedelta(hours=hours)
        assert advertiser.as_of_date(interval.end) == day


# What a task replaces that others read: lake partitions, files of a run folder, a release and what is shown.
# Or all figures of an as-of date.
REPLACING = {
    "ingest": {"ingest"},
    "recommendations": {"window", "candidates", "stage", "publish", "judge"},
    "evaluation": {"evaluate"},
}


def test_one_task_at_a_time_replaces_a_partition_and_no_run_waits_for_one_that_waits(dag: Any) -> None:
    """A limit on runs would not do: a waiting run would hold it, and backfills are counted apart.

    `train` writes files of its own date and model, as many at a time as the pool allows; `gate` writes checks
    of its own release.
    """
    advertiser = load_advertiser(dag.dag_id.rpartition("_")[0])
    bounded = {task.task_id for task in dag.tasks if task.max_active_tis_per_dag == 1}
    kind = dag.dag_id.rpartition("_")[2]
    learns = kind == "evaluation" and advertiser.ads.learns
    assert bounded == REPLACING[kind] | ({"fit"} if learns else set())
    waiting_runs = advertiser.schedule.landing_deadline_hours / 24 + 1
    assert dag.max_active_runs >= waiting_runs + 10
    assert dag.catchup is False


def test_a_task_has_the_name_of_its_command_and_of_its_stage(dag_bag: Any) -> None:
    """One word for a step: task, sub-command of `dangol`, stage of a release."""
    from include.commands.parser import parse_arguments
    from include.commands.steps import STEPS
    from include.local.report import _ORDER

    def list_tasks(kind: str) -> list[str]:
        return [task.task_id for task in dag_bag.dags[f"completejourney_{kind}"].topological_sort()]

    evaluation = list_tasks("evaluation")
    assert evaluation[0] == "wait_for_days"
    assert set(evaluation[1:]) == {"fit", "evaluate"}
    for task in evaluation:
        asked = [task, "--advertiser", "completejourney", "--as-of", "2017-12-31"]
        assert parse_arguments(asked).command == task
    tasks = [*list_tasks("ingest"), *list_tasks("recommendations")]
    assert tasks == [step for step in STEPS if step != "all"]
    assert [task for task in tasks if not task.startswith("wait_for_")] == list(_ORDER)


def test_no_limit_ends_a_wait_before_its_deadline(dag: Any) -> None:
    schedule = load_advertiser(dag.dag_id.rpartition("_")[0]).schedule
    wait = timedelta(hours=schedule.landing_deadline_hours, minutes=schedule.window_wait_minutes)
    sensor = next(task for task in dag.tasks if hasattr(task, "poke_interval"))
    assert sensor.timeout > wait.total_seconds()
    assert dag.dagrun_timeout.total_seconds() > sensor.timeout


def test_a_dag_is_named_tagged_owned_and_bounded(any_dag: Any) -> None:
    dag = any_dag
    advertiser, _, kind = dag.dag_id.rpartition("_")
    assert {"dangol", advertiser, kind} <= set(dag.tags)
    assert dag.dagrun_timeout is not None
    assert dag.start_date is not None
    assert {task.owner for task in dag.tasks} == {load_advertiser(advertiser).owner}


def test_the_docs_are_a_runbook(any_dag: Any) -> None:
    dag = any_dag
    for part in ("**Grain:**", "How to run it again", "When it fails", "likely out of memory", "limits"):
        assert part in dag.doc_md
    if not dag.dag_id.endswith("_live"):
        for part in ("calendar", "guests", "Missing and Errored Runs", "docs/how-to/backfill.md"):
            assert part in dag.doc_md
    for file in re.findall(r"`((?:docs|include)/[^`*]+\.[a-z]+)`", dag.doc_md):
        assert (ROOT / file).is_file(), file
    assert "{" not in dag.doc_md, "a placeholder was not filled in"


def test_tasks_have_timeouts_docs_and_retries_with_backoff(any_dag: Any) -> None:
    for task in any_dag.tasks:
        operator = task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task)
        assert operator["execution_timeout"] <= timedelta(hours=3), task.task_id
        assert operator["retries"] == 3, task.task_id
        assert operator["retry_exponential_backoff"], task.task_id
        assert operator["on_failure_callback"], task.task_id
        assert operator["on_retry_callback"], task.task_id
        assert task.python_callable.__doc__, task.task_id


def test_bad_data_is_not_tried_again_and_a_lost_warehouse_is(any_dag: Any) -> None:
    from airflow.sdk import RetryAction

    from include.errors import (
        RefusedInputError,
        RejectedReleaseError,
        StorageError,
        WarehouseUnavailableError,
    )

    for task in any_dag.tasks:
        operator = task.partial_kwargs if hasattr(task, "partial_kwargs") else vars(task)
        policy = operator["retry_policy"]
        for error in (RefusedInputError("x"), RejectedReleaseError("x")):
            assert policy.evaluate(error, 1, 3).action is RetryAction.FAIL
        for passing in (WarehouseUnavailableError("x"), StorageError("x"), ValueError("a bug")):
            assert policy.evaluate(passing, 1, 3).action is RetryAction.DEFAULT


def test_sensors_free_their_worker_while_they_wait(dag: Any) -> None:
    sensors = [task for task in dag.tasks if hasattr(task, "poke_interval")]
    assert len(sensors) == 1
    assert sensors[0].mode == "reschedule"


def test_heavy_tasks_share_one_slot(dag_bag: Any) -> None:
    for kind, expected in (
        ("recommendations", {"window", "train", "candidates", "stage"}),
        ("evaluation", {"fit", "evaluate"}),
    ):
        dag = dag_bag.dags[f"completejourney_{kind}"]
        assert {task.task_id for task in dag.tasks if task.pool == "dangol_heavy"} == expected


def test_an_evaluation_without_a_schedule_is_there_to_be_triggered() -> None:
    from dags.evaluation import build_evaluation_dag

    advertiser = load_advertiser("completejourney")
    never = advertiser.schedule.model_copy(update={"evaluation": None})
    dag = build_evaluation_dag(advertiser.model_copy(update={"schedule": never}))
    assert dag.schedule is None
    assert {task.task_id for task in dag.tasks} == {"wait_for_days", "fit", "evaluate"}


def test_a_blend_that_learns_is_fitted_where_it_is_judged() -> None:
    from dags.evaluation import build_evaluation_dag
    from include.commands.parser import parse_arguments
    from include.settings.ads import Ads

    advertiser = load_advertiser("completejourney")
    plain = build_evaluation_dag(advertiser.model_copy(update={"ads": Ads()}))
    assert {task.task_id for task in plain.tasks} == {"wait_for_days", "evaluate"}
    dag = build_evaluation_dag(advertiser.model_copy(update={"ads": Ads(blend="learned")}))
    assert dag.get_task("fit").upstream_task_ids == {"wait_for_days"}
    assert dag.get_task("evaluate").upstream_task_ids == {"wait_for_days"}, "judged where nothing is learned"
    assert {task.task_id for task in dag.tasks if task.pool == "dangol_heavy"} == {"fit", "evaluate"}
    assert parse_arguments(["fit", "--advertiser", "completejourney"]).command == "fit"


def test_what_is_so_at_this_moment_is_taken_by_one_light_run_that_somebody_has_switched_on(
    dag_bag: Any,
) -> None:
    """It replaces no day and waits for nothing: of two runs the later one alone matters."""
    from include.commands.parser import parse_arguments

    for advertiser in load_advertisers():
        dag = dag_bag.dags[f"{advertiser.name}_live"]
        assert dag.is_paused_upon_creation is True
        assert (dag.max_active_runs, dag.catchup) == (1, False)
        assert dag.schedule == advertiser.schedule.live == "*/5 * * * *"
        (task,) = dag.tasks
        assert parse_arguments([task.task_id, "--advertiser", advertiser.name]).command == "live"
        assert task.pool == "default_pool"
        assert task.max_active_tis_per_dag == 1
        assert task.execution_timeout < dag.dagrun_timeout <= timedelta(hours=1)
        assert not hasattr(task, "poke_interval")


def test_dates_are_asked_for_with_a_form(dag: Any) -> None:
    names = {
        "ingest": {"from_date", "to_date"},
        "recommendations": {"as_of_date"},
        "evaluation": {"as_of_date"},
    }
    assert set(dag.params) == names[dag.dag_id.rpartition("_")[2]]
    for param in dag.params.values():
        assert param.value is None
        assert param.schema["format"] == "date"
        assert param.schema["title"]


PARSE = """
import json, sys, time
import airflow.sdk
from airflow.providers.standard.sensors.python import PythonSensor
start, before = time.perf_counter(), set(sys.modules)
{imports}
seconds, new = time.perf_counter() - start, set(sys.modules) - before
print(json.dumps([seconds, sorted({{module.split(".")[0] for module in new}})]))
"""


def parse(imports: str) -> tuple[float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PARSE.format(imports=imports)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, modules = json.loads(done.stdout.splitlines()[-1])
    return seconds, modules


def test_parsing_is_light() -> None:
    """Airflow reads the DAG files every half minute: they bring in no library that only tasks need."""
    runs = [parse(f"import runpy; runpy.run_path({str(path)!r})") for path in sorted(DAGS.glob("*.py"))]
    heavy = {"pandas", "numpy", "scipy", "pyarrow", "implicit", "great_expectations"}
    heavy |= {"boto3", "s3fs", "kubernetes"}
    for _, modules in runs:
        assert heavy & set(modules) == set()
    print(f"median parse {statistics.median(seconds for seconds, _ in runs):.2f} s beyond bare Airflow")


def test_a_new_yaml_is_four_new_dags(tmp_path: Path) -> None:
    """And a broken one beside it shows as an import error without taking them down."""
    text = (ROOT / "include" / "advertisers" / "completejourney.yaml").read_text(encoding="utf-8")
    (tmp_path / "corner_shop.yaml").write_text(text.replace("name: completejourney", "name: corner_shop"))
    (tmp_path / "broken.yaml").write_text("name: broken\nnonsense: 1\n")
    code = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"bag = DagBag({str(DAGS)!r})\n"
        "import json; print(json.dumps([sorted(bag.dags), list(bag.import_errors.values())]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT), "DANGOL_ADVERTISERS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    dags, errors = json.loads(done.stdout.splitlines()[-1])
    kinds = ("evaluation", "ingest", "live", "recommendations")
    assert dags == [f"corner_shop_{kind}" for kind in kinds]
    assert len(errors) == 1
    assert "nonsense: unknown key" in errors[0]
    assert "broken.yaml" in errors[0]
