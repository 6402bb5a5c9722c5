"""Decides by the exit code of `dangol` in a pod or a Batch job whether Airflow tries its task again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryDecision

from include.commands.answer import LATER, MISUSED, WRONG

log = logging.getLogger(__name__)


class StepRetryPolicy(ExceptionRetryPolicy):
    """The exit code decides where the step ran in a container, the exception where it ran in the task.

    1 (another try meets the same) and 2 (the command line is wrong) fail at once. All others are tried again
    while tries are left: 75, but also a container that was killed (137), a machine that went away, an error
    that nobody expected.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Any = None,
    ) -> RetryDecision:
        code = find_exit_code(context["task"]) if context else None
        if code in (WRONG, MISUSED):
            return RetryDecision.fail(f"The step ended with {code}: another try meets the same.")
        if code == LATER:
            return RetryDecision.retry(reason=f"The step ended with {LATER}: it may work later.")
        return super().evaluate(exception, try_number, max_tries, context)


def find_exit_code(task: Any) -> int | None:
    """The exit code of what a KubernetesPodOperator or a BatchOperator has run, or one like them.

    None for other tasks, and where no container came to its end. Goes by the operators' attributes, so that
    neither provider has to be installed.
    """
    if hasattr(task, "base_container_name"):
        return _read_pod(task)
    if hasattr(task, "job_definition") and getattr(task, "job_id", None):
        return _ask_batch(task)
    return None


def _read_pod(task: Any) -> int | None:
    """Of the step's own container, as the operator has last seen the pod; not of its sidecars."""
    for pod in (getattr(task, "remote_pod", None), getattr(task, "pod", None)):
        status = getattr(pod, "status", None)
        for container in getattr(status, "container_statuses", None) or []:
            ended = container.state and container.state.terminated
            if container.name == task.base_container_name and ended:
                return int(ended.exit_code)
    return None


def _ask_batch(task: Any) -> int | None:
    """Of the job's last attempt."""
    try:
        job: Mapping[str, Any] = task.hook.get_job_description(task.job_id)
    except Exception as error:
        log.warning("AWS Batch does not say how job %s ended (%s).", task.job_id, type(error).__name__)
        return None
    last = [job, *(job.get("attempts") or [])[-1:]]
    containers = (each.get("container") or {} for each in last)
    return next((int(each["exitCode"]) for each in containers if "exitCode" in each), None)
