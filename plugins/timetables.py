"""When the DAGs of an advertiser run, and what a run is called."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
    from pendulum import DateTime


class LocalDayTimetable(CronDataIntervalTimetable):
    """A run for each local day up to `last_day`, called by that day: `backfill__2017-12-31T00:00:00-05:00`.

    By itself Airflow calls a run by the moment after its day, in UTC. And it gives a run that somebody
    triggers after a DAG's `end_date` no task, and calls it a success; so the last day is kept here.
    """

    def __init__(self, cron: str, timezone: str, last_day: date | None = None) -> None:
        super().__init__(cron, timezone)
        self.last_day = last_day

    def serialize(self) -> dict[str, Any]:
        last_day = self.last_day and self.last_day.isoformat()
        return {"cron": self._expression, "timezone": self._timezone.name, "last_day": last_day}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> LocalDayTimetable:
        last_day = data["last_day"] and date.fromisoformat(data["last_day"])
        return cls(data["cron"], data["timezone"], last_day)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        info = super().next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )
        if info is None or info.data_interval is None or self.last_day is None:
            return info
        return info if self._find_local(info.data_interval.start).date() <= self.last_day else None

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        # A day may be triggered by hand more than once.
        if data_interval is None or run_type == DagRunType.MANUAL:
            return super().generate_run_id(
                run_type=run_type, run_after=run_after, data_interval=data_interval, **extra
            )
        return run_type.generate_run_id(suffix=self._find_local(data_interval.start).isoformat())

    def _find_local(self, moment: DateTime) -> DateTime:
        return moment.in_timezone(self._timezone)
