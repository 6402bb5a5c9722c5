"""The steps as jobs of AWS Batch, as the documentation shows it, against moto's server over HTTP.

It keeps jobs without running them, and a job's exit code is what a test says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import requests
from airflow.exceptions import AirflowException
from airflow.providers.amazon.aws.hooks.batch_client import BatchClientHook
from airflow.sdk import RetryAction
from moto.server import ThreadedMotoServer

from plugins.exit_codes import find_exit_code
from tests.dags.elsewhere import Run, load_example

pytestmark = pytest.mark.integration

STEPS = ("window", "train", "candidates", "stage", "gate", "publish", "judge")
WAITED = {"wait_for_days": {"from": "2017-12-02", "to": "2017-12-31"}}
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client; the queue and the job definition `dangol` are there, and `aws_default` leads to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    requests.post(f"{url}/moto-api/config", json={"batch": {"use_docker": False}}, timeout=10)
    extra = {"endpoint_url": url, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "a", "password": "b", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    monkeypatch.setattr(BatchClientHook, "DEFAULT_DELAY_MIN", 0)  # between two looks at a job
    monkeypatch.setattr(BatchClientHook, "DEFAULT_DELAY_MAX", 0)
    client = boto3.client("batch", endpoint_url=url, **KEYS)
    role = boto3.client("iam", endpoint_url=url, **KEYS).create_role(
        RoleName="batch", AssumeRolePolicyDocument="{}"
    )["Role"]["Arn"]
    made = client.create_compute_environment(
        computeEnvironmentName="dangol", type="UNMANAGED", state="ENABLED", serviceRole=role
    )
    order = [{"order": 1, "computeEnvironment": made["computeEnvironmentArn"]}]
    client.create_job_queue(jobQueueName="dangol", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    container = {"image": "dangol:0.1.0", "memory": 2048, "vcpus": 2}
    client.register_job_definition(
        jobDefinitionName="dangol", type="container", containerProperties=container
    )
    yield client
    requests.post(f"{url}/moto-api/reset", timeout=10)
    server.stop()


@pytest.fixture
def run(tmp_path: Path) -> tuple[Run, dict[str, Any]]:
    dag = load_example("in_batch", tmp_path)
    tasks = {task.task_id: task.prepare_for_execution() for task in dag.topological_sort()}
    assert list(tasks) == ["wait_for_days", *STEPS]
    return Run(dag, dict(WAITED)), tasks


def end_job(job_id: str, code: int | None) -> None:
    """As a container would that was there; None: none was."""
    from moto.batch.models import batch_backends

    (account,) = batch_backends
    attempts = [{"container": {}} if code is None else {"container": {"exitCode": code}}]
    batch_backends[account]["us-east-1"]._jobs[job_id].attempts = attempts


def test_each_step_is_a_job(batch: Any, run: tuple[Run, dict[str, Any]]) -> None:
    doing, tasks = run
    for step in STEPS:
        doing.execute(tasks[step])
        job = batch.describe_jobs(jobs=[doing.returned[step]])["jobs"][0]
        assert (job["jobName"], job["status"]) == (f"completejourney-{step}", "SUCCEEDED")
        command = tasks[step].container_overrides["command"]
        assert command[:6] == [
            *("dangol", step, "--advertiser", "completejourney"),
            *("--as-of", "2017-12-31"),
        ]
    assert tasks["stage"].container_overrides["command"][-2:] == ["--run-id", "manual__1"]


def test_what_the_example_asks_of_batch_is_what_aws_takes(run: tuple[Run, dict[str, Any]]) -> None:
    """botocore's own model of the request, which moto does not check."""
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    _, tasks = run
    shape = get_session().get_service_model("batch").operation_model("SubmitJob").input_shape
    for step in STEPS:
        task = tasks[step]
        request = {
            "jobName": task.job_name,
            "jobQueue": task.job_queue,
            "jobDefinition": task.job_definition,
            "containerOverrides": task.container_overrides,
            "retryStrategy": task.retry_strategy,
        }
        assert ParamValidator().validate(request, shape).generate_report() == ""
    rules = tasks["window"].retry_strategy["evaluateOnExit"]
    assert [rule["action"] for rule in rules if rule.get("onExitCode") == "75"] == ["RETRY"]
    assert rules[-1] == {"onExitCode": "*", "action": "EXIT"}


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (1, RetryAction.FAIL),
        (2, RetryAction.FAIL),
        (75, RetryAction.RETRY),
        (137, RetryAction.DEFAULT),
        (None, RetryAction.DEFAULT),
    ],
)
def test_the_exit_code_decides(
    batch: Any,
    run: tuple[Run, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    code: int | None,
    action: RetryAction,
) -> None:
    monkeypatch.setenv("MOTO_SIMPLE_BATCH_FAIL_AFTER", "0")
    doing, tasks = run
    task = tasks["gate"]
    with pytest.raises(AirflowException, match=r"failed") as caught:
        doing.execute(task)
    end_job(task.job_id, code)
    assert doing.judge(task, caught.value) is action


def test_the_last_attempt_of_a_job_counts() -> None:
    """As AWS describes a job: its container is that of the last attempt. A lost machine leaves no code."""
    first, last = ({"container": {"exitCode": code}} for code in (75, 1))
    lost = {"container": {"reason": "Host EC2 (instance i-1) terminated."}}
    for described, code in (
        ({**last, "attempts": [first, last]}, 1),
        ({"attempts": [first, last]}, 1),
        ({"container": {}, "attempts": []}, None),
        ({**lost, "attempts": [first, lost]}, None),
        ({}, None),
    ):
        hook = SimpleNamespace(get_job_description=lambda job_id, described=described: described)
        assert find_exit_code(SimpleNamespace(job_definition="d", job_id="j", hook=hook)) == code


def test_a_batch_that_does_not_answer_is_tried_again(run: tuple[Run, dict[str, Any]]) -> None:
    doing, tasks = run
    task = tasks["gate"]
    task.job_id = "gone"
    task.hook.get_job_description = lambda job_id: 1 / 0
    assert doing.judge(task, AirflowException("no answer")) is RetryAction.DEFAULT
