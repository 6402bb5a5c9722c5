"""What both DAGs of an advertiser share: when they run, which day a run owns, how a task fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
)
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import DangolError
from plugins.notifiers import FailureNotifier

if TYPE_CHECKING:
    from include.settings import Advertiser

log = logging.getLogger(__name__)

DEFAULT_ARGS: Mapping[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="include.errors.DangolError",
                action=RetryAction.FAIL,
                reason="Another try meets the same data and settings.",
            )
        ]
    ),
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": FailureNotifier(),
}


def limit_dag(advertiser: Advertiser) -> dict[str, Any]:
    """The arguments that bound a DAG: its first day, one run at a time, no catching up by itself."""
    return {
        "start_date": datetime.combine(advertiser.schedule.start_date, time.min, advertiser.zone),
        "catchup": False,
        "max_active_runs": 1,
        "is_paused_upon_creation": advertiser.schedule.paused,
        "default_args": {**DEFAULT_ARGS, "owner": advertiser.owner},
    }


def date_param(title: str, description: str) -> Param:
    """A date that the UI's form lets people pick, or leave empty."""
    return Param(
        default=None, type=["null", "string"], format="date", title=title, description_md=description
    )


def read_date(context: Mapping[str, Any], param: str) -> date | None:
    text = context["params"].get(param)
    if not text:
        return None
    if context["dag_run"].run_type == "backfill":
        # The dialog offers it there too, and every run would own the same day.
        raise DangolError(
            f"The backfill sets {param} to {text} for each of its runs: choose days under Date Range alone."
        )
    return date.fromisoformat(text)


def find_as_of_date(advertiser: Advertiser, context: Mapping[str, Any], param: str = "as_of_date") -> date:
    """The day that a run owns: the param where it is given, else the last day of the run's data interval."""
    if given := read_date(context, param):
        return given
    end = context.get("data_interval_end")
    if end is None:
        raise DangolError(f"This run has no data interval; trigger it again with the param {param}.")
    return advertiser.as_of_date(end)


def skip_after_end(advertiser: Advertiser, context: Mapping[str, Any]) -> None:
    """Skip a scheduled run whose day is after the advertiser's last; people may still run any day.

    A DAG's own end_date would stop them too: to a run that is triggered after it Airflow gives no task, and
    calls it a success.
    """
    last = advertiser.schedule.end_date
    if last and context["dag_run"].run_type == "scheduled" and find_as_of_date(advertiser, context) > last:
        raise AirflowSkipException(f"{advertiser.name} ended on {last}; there is nothing to do.")


def find_deadline(context: Mapping[str, Any], after_interval: timedelta, after_start: timedelta) -> datetime:
    """Until when a run waits: so long after its data interval, and at least so long after its start."""
    began: datetime = context["dag_run"].start_date
    end = context.get("data_interval_end") or began
    return max(end + after_interval, began + after_start)


def say_waiting(reason: str, deadline: datetime) -> None:
    """Tell the task's log what a sensor waits for; by itself it says nothing."""
    log.info("Waiting until %s: %s", f"{deadline:%Y-%m-%d %H:%M %Z}", reason)
