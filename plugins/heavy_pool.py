"""Makes the pool of heavy tasks where it is missing: tasks of a pool that does not exist wait for ever."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from include.settings import HEAVY_POOL


class PoolMaker:
    """One slot at first, so that two heavy tasks do not share the machine's memory; a pool that is there
    keeps the slots that somebody gave it.
    """

    @hookimpl
    def on_starting(self, component: Any) -> None:
        """Airflow calls this as a scheduler, triggerer or DAG processor (a Job) starts, and in every task."""
        if type(component).__name__ != "Job":
            return
        from airflow.models.pool import Pool
        from sqlalchemy.exc import IntegrityError

        if Pool.get_pool(HEAVY_POOL) is None:
            with suppress(IntegrityError):  # another component was quicker
                Pool.create_or_update_pool(
                    HEAVY_POOL, 1, "Tasks that hold a window in memory", include_deferred=False
                )


class HeavyPoolPlugin(AirflowPlugin):
    name = "dangol_heavy_pool"
    listeners = [PoolMaker()]  # noqa: RUF012
