"""The failure notifier against a real webhook on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from include.errors import RejectedDayError, RejectedReleaseError, WarehouseUnavailableError
from plugins.notifiers import FailureNotifier, RetryNotifier, describe_failure
from tests.malls import open_mall

DAGS = Path(__file__).resolve().parents[2] / "dags"


class Webhook(HTTPServer):
    """Keeps what was posted to it and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, Any]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Not on the tests' output."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    server = Webhook()
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hooks/a-secret-path"
    monkeypatch.setenv("AIRFLOW_CONN_DANGOL_ALERTS", json.dumps({"conn_type": "http", "host": url}))
    yield server
    server.shutdown()
    server.server_close()


def failed_task(error: BaseException) -> Any:
    task = SimpleNamespace(dag_id="mall_ingest", run_id="scheduled__2026-03-02", task_id="ingest")
    return {"ti": task, "exception": error}


def run_failing_task(error: BaseException) -> Any:
    """The context of a task that failed, as Airflow's task runner makes it."""
    from airflow.sdk import DAG, BaseOperator
    from airflow.sdk.api.datamodels._generated import DagRun, TIRunContext
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    now = datetime(2026, 3, 3, tzinfo=UTC)
    run = DagRun.model_validate(
        {"dag_id": "mall_recommendations", "run_id": "scheduled__2026-03-02T00:00:00+00:00"}
        | {"run_type": "scheduled", "state": "running", "logical_date": now, "data_interval_start": now}
        | {"data_interval_end": now, "run_after": now, "start_date": now, "end_date": None}
        | {"consumed_asset_events": [], "partition_key": None}
    )
    task = RuntimeTaskInstance.model_construct(
        id=uuid4(),
        task_id="gate",
        dag_id=run.dag_id,
        run_id=run.run_id,
        try_number=2,
        map_index=-1,
        task=BaseOperator(task_id="gate", dag=DAG("mall_recommendations", schedule=None)),
        _ti_context_from_server=TIRunContext(dag_run=run, max_tries=3),
    )
    return task.get_template_context() | {"exception": error}


LOG_URL = (
    "https://airflow.mall.example/dags/mall_recommendations/runs/scheduled__2026-03-02T00%3A00%3A00%2B00%3A00"
    "/tasks/gate?try_number=2"
)


def test_the_alert_and_the_log_link_to_the_log_of_the_try(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.mall.example/")
    reason = "; ".join(f"table {n} failed its check of many words" for n in range(100))
    FailureNotifier().notify(run_failing_task(RejectedReleaseError(reason)))
    sentence, link = webhook.received[0][1]["text"].split("\n")
    assert sentence.startswith(
        "mall_recommendations, run scheduled__2026-03-02T00:00:00+00:00, task gate failed:"
    )
    assert sentence.endswith("(the task's log has all of it)")
    assert link == f"Log: {LOG_URL}", "however long the sentence is"
    assert LOG_URL in "".join(capfd.readouterr())


def test_without_an_address_of_the_ui_there_is_no_link_that_leads_nowhere(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW__API__BASE_URL", raising=False)
    FailureNotifier().notify(run_failing_task(RejectedReleaseError("no.")))
    assert webhook.received[0][1]["text"].endswith("task gate failed: no.")


def test_the_sentence_goes_to_the_webhook(webhook: Webhook) -> None:
    FailureNotifier().notify(failed_task(RejectedDayError("the file lacks\n the column price.")))
    sentence = "mall_ingest, run scheduled__2026-03-02, task ingest failed: the file lacks the column price."
    assert webhook.received == [("/hooks/a-secret-path", {"text": sentence})]


def test_a_webhook_that_refuses_is_a_warning_without_its_address(
    webhook: Webhook, capfd: pytest.CaptureFixture[str]
) -> None:
    webhook.status = 404
    FailureNotifier().notify(failed_task(RejectedDayError("no.")))
    assert len(webhook.received) == 1
    said = "".join(capfd.readouterr())
    assert "could not be sent through dangol_alerts" in said
    assert "a-secret-path" not in said


def test_without_a_connection_the_log_has_the_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_DANGOL_ALERTS", raising=False)
    FailureNotifier().notify(failed_task(RejectedDayError("the day is late.")))
    said = "".join(capfd.readouterr())
    assert "task ingest failed: the day is late." in said
    assert "No connection dangol_alerts is defined" in said


def test_an_error_without_words_is_named_and_a_long_one_is_cut() -> None:
    assert describe_failure(failed_task(TimeoutError())).endswith("task ingest failed: TimeoutError")
    long = describe_failure(failed_task(RejectedDayError("x" * 5_000)))
    assert len(long) < 2_200
    assert long.endswith("x … (the task's log has all of it)")


def test_a_long_reason_is_cut_between_clauses() -> None:
    reason = "; ".join(f"table {n} failed its check of many words" for n in range(100))
    long = describe_failure(failed_task(RejectedDayError(reason)))
    assert len(long) < 2_200
    assert long.endswith("failed its check of many words … (the task's log has all of it)")


def test_the_log_has_the_sentence_in_short_lines(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_DANGOL_ALERTS", raising=False)
    FailureNotifier().notify(
        failed_task(RejectedDayError("The file lacks " + "columns " * 40 + "; ask for it."))
    )
    said = "".join(capfd.readouterr())
    assert "ask for it." in said
    assert "columns " * 20 not in said


def test_a_reason_that_is_a_text_or_without_words_is_told() -> None:
    context = failed_task(RejectedDayError("x")) | {"exception": "the day is late"}
    assert describe_failure(context).endswith("task ingest failed: the day is late")
    context["ti"].try_number, context["ti"].max_tries = 1, 3
    for nothing in (None, ""):
        said = describe_failure(context | {"exception": nothing})
        assert "was ended from outside on try 1 of 4, and Airflow tries it again by itself." in said
        assert "failed" not in said
    del context["exception"]
    assert "likely out of memory (docs/how-to/capacity.md)" in describe_failure(context)


def lose_worker(try_number: int, dag_bag: Any) -> None:
    """What Airflow's DAG processor does for a task whose worker sends no more heartbeats."""
    import structlog
    from airflow.api_fastapi.execution_api.datamodels.taskinstance import DagRun, TaskInstance, TIRunContext
    from airflow.callbacks.callback_requests import TaskCallbackRequest
    from airflow.dag_processing.processor import _execute_task_callbacks
    from airflow.utils.state import TaskInstanceState

    now = datetime(2026, 3, 3, tzinfo=UTC)
    run = DagRun.model_validate(
        {
            "dag_id": "mall_ingest",
            "run_id": "scheduled__2026-03-02",
            "run_type": "scheduled",
            "state": "running",
        }
        | {"logical_date": now, "data_interval_start": now, "data_interval_end": now, "run_after": now}
        | {"start_date": now, "end_date": None, "consumed_asset_events": [], "partition_key": None}
    )
    task = TaskInstance.model_validate(
        {"id": uuid4(), "dag_version_id": uuid4(), "task_id": "ingest", "dag_id": "mall_ingest"}
        | {"run_id": run.run_id, "try_number": try_number, "hostname": "worker-1"}
    )
    # As SchedulerJobRunner fills it in; max_tries is the number of retries.
    retried = try_number <= 3
    request = TaskCallbackRequest(
        filepath="ingest.py",
        bundle_name="dags",
        bundle_version=None,
        ti=task,
        msg="{'DAG Id': 'mall_ingest'}",
        task_callback_type=TaskInstanceState.UP_FOR_RETRY if retried else TaskInstanceState.FAILED,
        context_from_server=TIRunContext(dag_run=run, max_tries=3),
    )
    _execute_task_callbacks(dag_bag, request, structlog.get_logger())


def test_a_worker_that_was_lost_is_said_to_be_tried_again_and_at_last_not(
    webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence comes by way of Airflow's own code, from the context that it passes."""
    from airflow.dag_processing.dagbag import DagBag

    open_mall(tmp_path, monkeypatch)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.mall.example")
    dag_bag = DagBag(DAGS / "ingest.py")
    lose_worker(2, dag_bag)
    lose_worker(4, dag_bag)
    first, last = (body["text"] for _, body in webhook.received)
    name = "mall_ingest, run scheduled__2026-03-02, task ingest was ended from outside on try"
    assert first.startswith(f"{name} 2 of 4, and Airflow tries it again by itself. ")
    assert last.startswith(f"{name} 4 of 4, and no try is left: ")
    for number, sentence in ((2, first), (4, last)):
        assert "likely out of memory (docs/how-to/capacity.md)" in sentence
        link = "https://airflow.mall.example/dags/mall_ingest/runs/scheduled__2026-03-02/tasks/ingest"
        assert sentence.endswith(f"\nLog: {link}?try_number={number}")


def test_an_error_that_is_tried_again_alerts_nobody_yet(webhook: Webhook) -> None:
    RetryNotifier().notify(failed_task(WarehouseUnavailableError("it restarts.")))
    assert webhook.received == []
