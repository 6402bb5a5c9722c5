"""Tells the on-call engineer of a failed task in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException

from plugins.messages import lay_out

if TYPE_CHECKING:
    from airflow.sdk import Context


# What is sent of one error; the task's log has the rest.
_LONGEST = 2_000


def describe_failure(context: Context, is_tried_again: bool | None = None) -> str:
    """DAG, run, task and the error's own sentence.

    Airflow has no error of a task that was killed, whose worker went away, or that no worker began.
    `is_tried_again` is asked for then; without it, the tries that are left tell.
    """
    task = context["ti"]
    name = f"{task.dag_id}, run {task.run_id}, task {task.task_id}"
    error = context.get("exception")
    if not error and not isinstance(error, BaseException):
        return f"{name} {_describe_lost(task, is_tried_again)}"
    reason = " ".join(str(error).split()) or type(error).__name__
    return f"{name} failed: {_cut(reason)}"


def find_log(context: Context) -> str | None:
    """The address of the log of the task's try; None where that of the UI, [api] base_url, is not set."""
    if not conf.get("api", "base_url", fallback=None):
        return None
    return getattr(context["ti"], "log_url", None)


def _cut(reason: str) -> str:
    """A long reason up to the end of a clause, where there is one in its second half."""
    if len(reason) <= _LONGEST:
        return reason
    begun = reason[:_LONGEST]
    end = max(begun.rfind("; "), begun.rfind(". "), begun.rfind(", "))
    return f"{begun[:end] if end > _LONGEST // 2 else begun} … (the task's log has all of it)"


def _describe_lost(task: Any, is_tried_again: bool | None) -> str:
    tries, most = getattr(task, "try_number", None), getattr(task, "max_tries", None)
    if is_tried_again is None and tries is not None and most is not None:
        is_tried_again = tries <= most
    which = f" on try {tries} of {most + 1}" if tries is not None and most is not None else ""
    if is_tried_again:
        follows = "Airflow tries it again by itself"
    elif is_tried_again is None:
        follows = "Airflow tries it again while tries are left"
    else:
        follows = "no try is left: mend the cause, then clear the task"
    return (
        f"was ended from outside{which}, and {follows}. Its worker gave no reason: it was killed, likely out"
        " of memory (docs/how-to/capacity.md), or its machine went away."
    )


class FailureNotifier(BaseNotifier):
    """Writes the sentence, and where the log is read, to the task's log and, where the connection
    `dangol_alerts` (type HTTP: a chat's incoming webhook that takes {"text": …}) is defined, posts it there.
    """

    def __init__(self, conn_id: str = "dangol_alerts") -> None:
        super().__init__()
        self.conn_id = conn_id

    def notify(self, context: Context) -> None:
        self._tell(describe_failure(context), find_log(context))

    def _tell(self, sentence: str, log_url: str | None) -> None:
        from airflow.providers.http.hooks.http import HttpHook

        message = f"{sentence}\nLog: {log_url}" if log_url else sentence
        for line in lay_out(message):
            self.log.error(line)
        try:
            hook = HttpHook(method="POST", http_conn_id=self.conn_id)
            hook.run(
                json={"text": message},
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


class RetryNotifier(FailureNotifier):
    """Tells of a task that was killed and is tried again. One that has said why needs nobody yet: its log has
    the sentence, and the alert follows if the last try fails too.
    """

    def notify(self, context: Context) -> None:
        if not context.get("exception"):
            self._tell(describe_failure(context, is_tried_again=True), find_log(context))
