"""`<advertiser>_ingest`: landing files → validated lake partitions, one DAG for each advertiser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, dag, get_current_context, task

from include.errors import MissingDataError
from include.settings import Advertiser, load_advertisers
from plugins.scheduling import (
    date_param,
    find_as_of_date,
    find_deadline,
    limit_dag,
    read_date,
    say_waiting,
    skip_after_end,
)

RUNBOOK = """
### What it does
Reads what {name} delivered for one local day ({time_zone}) from `{landing}`, validates every line with
Great Expectations, and replaces that day's partition in the lake. Lines that break a row rule are quarantined
with their reason; exact duplicates are dropped and counted.

**Grain:** one run owns one day of every feed and replaces it whole. Nothing appends.

### How to run it again
* One day: clear the run, or **Trigger** → **Backfill** that date with **All Runs**. First set the clock at
  the bottom left to {time_zone}: the dates are in its zone.
* A range in one run, without paying the start-up for every day: **Trigger** → **Single Run**, and fill in
  **First day** and **Last day**.

### When it fails
* *… is not there*: the mall has not delivered. It waited until {deadline_hours:g} h after the day's end.
  Ask the mall; run again when the folder is there.
* *… column …* or *… share …*: the delivery breaks the contract (`include/ingest/contracts.py`). The lake
  keeps what it had. Look at `{name}.data_quality` and at the quarantine beside the partition; get a corrected
  delivery, or change `include/advertisers/{name}.yaml` on purpose.
* *The warehouse …*: it is retried three times; when it is back, clear the task.
"""


def build_ingest_dag(advertiser: Advertiser) -> DAG:
    schedule = advertiser.schedule
    purchases = Asset(f"{advertiser.name}/purchases")

    @dag(
        dag_id=f"{advertiser.name}_ingest",
        schedule=CronDataIntervalTimetable(schedule.ingest, timezone=advertiser.time_zone),
        description=f"Landing files of {advertiser.name} → validated partitions",
        doc_md=RUNBOOK.format(
            name=advertiser.name,
            time_zone=advertiser.time_zone,
            landing=advertiser.landing.uri,
            deadline_hours=schedule.landing_deadline_hours,
        ),
        tags=["dangol", advertiser.name, "ingest"],
        dagrun_timeout=timedelta(hours=schedule.landing_deadline_hours + 12),
        params={
            "from_date": date_param("First day", "Of a range in a single run; empty: the run's own day."),
            "to_date": date_param("Last day", "Of that range; empty: the same as First day."),
        },
        **limit_dag(advertiser),
    )
    def ingest_dag() -> None:
        @task.sensor(
            mode="reschedule",
            poke_interval=300,
            timeout=timedelta(hours=schedule.landing_deadline_hours + 6).total_seconds(),
        )
        def wait_for_landing() -> bool:
            """Wait for the day's purchases, or give up at the deadline. A range is taken as it is."""
            from include.ingest.landing import is_delivered, is_there

            context = get_current_context()
            skip_after_end(advertiser, context)
            if read_date(context, "from_date"):
                return True
            day = find_as_of_date(advertiser, context, "to_date")
            if is_delivered(advertiser, "purchases", day):
                return True
            deadline = find_deadline(context, timedelta(hours=schedule.landing_deadline_hours), timedelta())
            folder = advertiser.landing_folder("purchases", day).url
            if datetime.now(UTC) < deadline:
                say_waiting(f"{folder} is not complete", deadline)
                return False
            if is_there(advertiser, "purchases", day):
                return True
            raise MissingDataError(
                f"{advertiser.name} delivered no purchases of {day} by {deadline:%Y-%m-%d %H:%M %Z}:"
                f" {folder} is not there; ask the mall for it, then run this day again."
            )

        @task(outlets=[purchases])
        def ingest(outlet_events: Any = None) -> dict[str, Any]:
            """Validate and replace the partitions of the run's day or range."""
            from include.steps.ingest import ingest_days

            context = get_current_context()
            first = read_date(context, "from_date")
            last = read_date(context, "to_date") or first or find_as_of_date(advertiser, context)
            summary = ingest_days(advertiser, first or last, last)
            outlet_events[purchases].extra = {"from": str(first or last), "to": str(last), **summary}
            return summary

        wait_for_landing() >> ingest()

    return ingest_dag()


for _advertiser in load_advertisers():
    globals()[f"{_advertiser.name}_ingest"] = build_ingest_dag(_advertiser)
