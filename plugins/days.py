"""Which day a run owns: one rule for every way in which Airflow starts a run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import Param

from include.errors import PermanentError

if TYPE_CHECKING:
    from include.settings import Advertiser

# Runs whose logical date Airflow takes from the schedule itself.
_BY_SCHEDULE: Final = ("scheduled", "backfill")
# Two moments of a daily cron are at most so much more than a day apart, a change of the clocks included.
_LONGEST_DAY: Final = timedelta(hours=26)


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
        raise PermanentError(
            f"The backfill sets {param} to {text} for each of its runs: choose days under Date Range alone."
        )
    return date.fromisoformat(text)


def find_as_of_date(
    advertiser: Advertiser, context: Mapping[str, Any], param: str = "as_of_date", *, days: int = 1
) -> date:
    """The day that a run owns. A run for the date D owns what a backfill of D would own:

    1. the date in `param`, where somebody has filled it in;
    2. else the day of the run's logical date, in the advertiser's zone, or the last of the `days` that begin
       with it, where the cron runs once in so many days. The schedule and a backfill set it to the start of
       the data interval; so that is the last whole day before the interval's end. To a run triggered by
       hand, by an operator or by the command line, Airflow gives the interval *before* its logical date,
       which is of another day and is not looked at;
    3. else, where that day is not over when the run is due, the last whole day: Airflow's form fills in
       the present moment, and the schedule would own that day now.

    The day depends on nothing that changes when a run is cleared or tried again. Raises PermanentError, which
    names `param`, where the day is not sure: a run without a logical date (asset events, *Logical Date*
    left empty), one in the future, one at midnight in UTC that is another date in the advertiser's zone
    (dates given without a time to the API or the command line), and a data interval that somebody has
    given and that is of another day.
    """
    if given := read_date(context, param):
        return given
    run = context["dag_run"]
    moment: datetime | None = run.logical_date
    if moment is None:
        raise PermanentError(
            f"This run has no logical date, so the day that it owns is not sure: trigger it again with the"
            f" param {param}."
        )
    day = _find_local_date(advertiser, moment)
    later = timedelta(days=days - 1)
    if run.run_type in _BY_SCHEDULE:
        return day + later
    newest = advertiser.as_of_date(run.run_after)
    if day > _find_local_date(advertiser, run.run_after):
        raise PermanentError(
            f"The logical date {_show(moment)} is in the future: trigger the run again with the param {param}"
            f" and a day that is over, at the latest {newest}."
        )
    meant = min(day + later, newest)
    _check_is_sure(advertiser, run, meant, param, later)
    return meant


def find_days(advertiser: Advertiser, context: Mapping[str, Any]) -> tuple[date, date]:
    """First and last day of an ingest: those of `from_date` and `to_date`, or the one day that it owns."""
    if first := read_date(context, "from_date"):
        return first, read_date(context, "to_date") or first
    day = find_as_of_date(advertiser, context, "to_date")
    return day, day


def _check_is_sure(advertiser: Advertiser, run: Any, meant: date, param: str, later: timedelta) -> None:
    moment: datetime = run.logical_date
    universal = moment.astimezone(UTC)
    typed = min(universal.date() + later, advertiser.as_of_date(run.run_after))
    if universal.time() == datetime.min.time() and typed != meant:
        raise PermanentError(
            f"The logical date {_show(moment)} is {universal:%d %B} in UTC and"
            f" {moment.astimezone(advertiser.zone):%d %B} in {advertiser.time_zone}, so the day is not sure:"
            f" trigger the run again with the param {param}, {meant} or {typed}."
        )
    end: datetime | None = run.data_interval_end
    if end is None or end <= moment < end + later + _LONGEST_DAY:
        return  # what Airflow itself infers
    if (day := advertiser.as_of_date(end)) != meant:
        raise PermanentError(
            f"The run's data interval is of {day} and its logical date of {meant}, so the day is not sure:"
            f" trigger it again with the param {param}."
        )


def _find_local_date(advertiser: Advertiser, moment: datetime) -> date:
    local = moment.astimezone(advertiser.zone)
    return date(local.year, local.month, local.day)  # Airflow's moments have dates of a class of their own


def _show(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
