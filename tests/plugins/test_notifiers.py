"""The failure notifier against a real webhook on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from include.errors import RejectedDayError
from plugins.notifiers import FailureNotifier, describe_failure


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
    assert len(long) < 1_200
    assert long.endswith("(the task's log has all of it)")
