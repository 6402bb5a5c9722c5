"""The steps in pods, as the documentation shows it: all is real but the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.exceptions import AirflowException
from airflow.sdk import RetryAction
from sqlalchemy import Engine, text

from include.run import main
from tests.dags.elsewhere import Run, load_example
from tests.kubernetes_api import Cluster, start_cluster
from tests.malls import DAY, busy_day, open_mall

pytestmark = pytest.mark.integration

DAYS = [DAY + timedelta(days=offset) for offset in range(3)]
WAITED = {"wait_for_days": {"from": str(DAYS[0]), "to": str(DAYS[-1])}}
STEPS = ("window", "train", "candidates", "stage", "gate", "publish", "judge")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """And this machine's kubeconfig leads to it."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with start_cluster(folder) as (cluster, kubeconfig):
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        yield cluster


def load_run(folder: Path, advertiser: str = "completejourney") -> tuple[Run, dict[str, Any]]:
    dag = load_example("in_pods", folder, advertiser)
    run = Run(dag, dict(WAITED))
    tasks = {task.task_id: task.prepare_for_execution() for task in dag.topological_sort()}
    for task in tasks.values():
        if task.task_id in STEPS:
            task.config_file = str(folder / "cluster" / "kubeconfig.yaml")
            task.startup_check_interval_seconds = 0.05
    return run, tasks


def test_the_release_is_made_in_pods_without_airflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, cluster: Cluster
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    for day in DAYS:
        mall.deliver(day, busy_day(day))
    ingest = ["ingest", "--advertiser", "mall", "--from", str(DAYS[0]), "--to", str(DAYS[-1])]
    assert main(ingest) == 0
    run, tasks = load_run(tmp_path, "mall")
    assert list(tasks) == ["wait_for_days", *STEPS]
    for step in STEPS:
        run.execute(tasks[step])
    assert run.returned["publish"]["is_current"] is True
    assert run.returned["judge"]["note"].startswith("no release of an earlier date is out")
    assert run.returned["gate"]["release_id"] == run.returned["stage"]["release_id"]
    with warehouse.connect() as connection:
        releases = connection.execute(text("SELECT status, run_id FROM mall.releases")).all()
    assert [tuple(release) for release in releases] == [("published", "manual__1")]


def test_a_pod_that_fails_for_good_says_why_and_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, cluster: Cluster
) -> None:
    open_mall(tmp_path, monkeypatch)
    run, tasks = load_run(tmp_path, "mall")
    expected = r"window failed: mall: the window .* lacks 3 of 3 days"
    with pytest.raises(AirflowException, match=expected) as caught:
        run.execute(tasks["window"])
    assert run.judge(tasks["window"], caught.value) is RetryAction.FAIL


def test_a_pod_whose_warehouse_is_down_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    open_mall(tmp_path, monkeypatch)
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", "postgres://dangol@127.0.0.1:1/warehouse")
    run, tasks = load_run(tmp_path, "mall")
    run.returned["stage"] = {"release_id": 1}
    with pytest.raises(AirflowException, match=r"gate failed: The warehouse at 127\.0\.0\.1:1") as caught:
        run.execute(tasks["gate"])
    assert run.judge(tasks["gate"], caught.value) is RetryAction.RETRY


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (1, RetryAction.FAIL),
        (2, RetryAction.FAIL),
        (70, RetryAction.DEFAULT),
        (75, RetryAction.RETRY),
        (137, RetryAction.DEFAULT),
    ],
)
@pytest.mark.parametrize("push", [True, False])
def test_the_exit_code_decides(
    tmp_path: Path, cluster: Cluster, code: int, action: RetryAction, push: bool
) -> None:
    run, tasks = load_run(tmp_path)
    tasks["window"].do_xcom_push = push
    cluster.codes.append(code)
    with pytest.raises(AirflowException, match="returned a failure") as caught:
        run.execute(tasks["window"])
    assert run.judge(tasks["window"], caught.value) is action


def test_a_deferred_task_is_judged_too(tmp_path: Path, cluster: Cluster) -> None:
    """What the triggerer tells comes to an operator that was made anew and has started no pod itself."""
    run, tasks = load_run(tmp_path)
    for code, action in ((1, RetryAction.FAIL), (75, RetryAction.RETRY)):
        cluster.codes.append(code)
        name = {"name": f"pod-{code}", "namespace": "default"}
        cluster.start_pod({"metadata": name, "spec": {"containers": [{"name": "base"}]}})
        task = tasks["candidates"].prepare_for_execution()
        task.do_xcom_push = False
        event = {"status": "failed", "message": "it failed", **name}
        with pytest.raises(AirflowException) as caught:
            task.trigger_reentry(run.make_context(task), event)
        assert run.judge(task, caught.value) is action


def test_a_pod_that_never_began_is_tried_again(tmp_path: Path) -> None:
    """There is no cluster here at all, and so no exit code."""
    run, tasks = load_run(tmp_path)
    task = tasks["window"]
    assert run.judge(task, AirflowException("the pod could not be scheduled")) is RetryAction.DEFAULT
