"""What the DAGs of an advertiser share: how many runs go on at a time, how a task fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from plugins.days import find_as_of_date
from plugins.exit_codes import StepRetryPolicy
from plugins.notifiers import FailureNotifier, RetryNotifier

if TYPE_CHECKING:
    from include.settings import Advertiser

DEFAULT_ARGS: Mapping[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": StepRetryPolicy(
        rules=[
            RetryRule(
                exception="include.errors.PermanentError",
                action=RetryAction.FAIL,
                reason="Another try meets the same data and settings.",
            )
        ]
    ),
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": FailureNotifier(),
    "on_retry_callback": RetryNotifier(),
}

# For a task that replaces what others read: one of it at a time, whichever run, of whatever kind, it is in.
REPLACES: Final[Mapping[str, Any]] = {"max_active_tis_per_dag": 1}

# Runs of a DAG that people may have going on beside those that wait.
_RUNS_BY_HAND: Final = 16


def limit_dag(advertiser: Advertiser) -> dict[str, Any]:
    """The arguments that bound a DAG: its first day, its runs at a time, no catching up by itself.

    A run that waits for its day must not keep others from theirs, so a slot is there for each scheduled run
    that may be waiting; what replaces a partition is bounded by its task (`REPLACES`).
    """
    schedule = advertiser.schedule
    waiting = math.ceil(schedule.landing_deadline_hours / 24) + 1
    return {
        "start_date": datetime.combine(schedule.start_date, time.min, advertiser.zone),
        "catchup": False,
        "max_active_runs": waiting + _RUNS_BY_HAND,
        "is_paused_upon_creation": schedule.paused,
        "default_args": {**DEFAULT_ARGS, "owner": advertiser.owner},
    }


def skip_after_end(advertiser: Advertiser, context: Mapping[str, Any], *, days: int = 1) -> None:
    """Skip a scheduled run whose day is after the advertiser's last; people may still run any day. `days` are
    those of a run, as `find_as_of_date` takes them.

    A DAG's own end_date would stop them too: to a run that is triggered after it Airflow gives no task, and
    calls it a success.
    """
    last = advertiser.schedule.end_date
    if last and is_scheduled(context) and find_as_of_date(advertiser, context, days=days) > last:
        raise AirflowSkipException(f"{advertiser.name} ended on {last}; there is nothing to do.")


def is_scheduled(context: Mapping[str, Any]) -> bool:
    return bool(context["dag_run"].run_type == "scheduled")
