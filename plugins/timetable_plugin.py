"""Names our timetable to Airflow, which reads a DAG back from its database with it."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

# By this name, the one that the DAG files write: Airflow imports files of this folder under another.
from plugins.timetables import LocalDayTimetable


class TimetablePlugin(AirflowPlugin):
    name = "dangol_timetables"
    timetables = [LocalDayTimetable]  # noqa: RUF012
