"""Tells the on-call engineer of a failed task in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from airflow.sdk import Context


# What a chat shows of one message without folding it; the task's log has the rest.
_LONGEST = 1_000


def describe_failure(context: Context) -> str:
    """DAG, run, task and the error's own sentence."""
    task = context["ti"]
    error = context.get("exception")
    reason = " ".join(str(error).split()) or type(error).__name__
    if len(reason) > _LONGEST:
        reason = f"{reason[:_LONGEST]} … (the task's log has all of it)"
    return f"{task.dag_id}, run {task.run_id}, task {task.task_id} failed: {reason}"


class FailureNotifier(BaseNotifier):
    """Writes the sentence to the task's log and, where the connection `dangol_alerts` (type HTTP: a chat's
    incoming webhook that takes {"text": …}) is defined, posts it there.
    """

    def __init__(self, conn_id: str = "dangol_alerts") -> None:
        super().__init__()
        self.conn_id = conn_id

    def notify(self, context: Context) -> None:
        from airflow.providers.http.hooks.http import HttpHook

        sentence = describe_failure(context)
        self.log.error(sentence)
        try:
            hook = HttpHook(method="POST", http_conn_id=self.conn_id)
            hook.run(
                json={"text": sentence},
                headers={"Content-Type": "application/json"},
                extra_options={"timeout": 10},
            )
        except AirflowNotFoundException:
            self.log.info("No connection %s is defined, so nobody else is told.", self.conn_id)
        except Exception as error:
            # Its text may hold the webhook's address, which is a secret.
            self.log.warning(
                "The alert could not be sent through %s (%s).", self.conn_id, type(error).__name__
            )
