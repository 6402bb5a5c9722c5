"""`<advertiser>_ingest`: landing files → validated lake partitions, one DAG for each advertiser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, dag, get_current_context, task

from include.settings import Advertiser, load_advertisers
from plugins.days import date_param, find_as_of_date, find_days, read_date
from plugins.messages import say_errors
from plugins.scheduling import REPLACES, is_scheduled, limit_dag, skip_after_end
from plugins.waiting import find_longest_wait, find_poke_interval, has_landed

RUNBOOK = """
### What it does
Reads what {name} delivered for one local day ({time_zone}) from `{landing}`, validates every line with
Great Expectations, and replaces that day's partition in the lake. Lines that break a row rule are quarantined
with their reason; exact duplicates are dropped and counted.

**Grain:** one run owns one day of every feed and replaces it whole. Nothing appends. At its end it lets go of
days of the lake that are too old (`keep.partitions`, `keep.quarantine`).

A day that `calendar` closes is not waited for. Before the deadline a day is waited for until it is complete
by what `complete` says. Afterwards a file that comes late, or changes, is noticed by the next scheduled run,
which ingests that day again.

### How to run it again
* One day: clear the run, or **Trigger** → **Backfill** that date with **All Runs**. First set the clock at
  the bottom left to {time_zone}: the dates are in its zone. **Single Run** with that *Logical Date* owns the
  same day; with the present moment, which the form fills in, it owns the last whole day.
* A range in one run, without paying the start-up for every day: **Trigger** → **Single Run**, and fill in
  **First day** and **Last day**.
* All of these work while a scheduled run waits. Two runs ingest one after the other.
* A backfill that somebody cancelled: its unfinished runs are failed and have no log. Start a new one over the
  same days with **Missing and Errored Runs**. Runs that stay *queued*: mark them as failed first, then do the
  same (`docs/how-to/backfill.md`).

### When it fails
* *… is not there*, *… that are complete*: the mall has not delivered all of it. It was waited for until
  {deadline_hours:g} h after the day's end. Ask the mall; run again when it is there. Was the mall closed? Put
  the day, or its weekday, into `calendar:` in `include/advertisers/{name}.yaml`, and clear the run.
* *… column …* or *… share …*: the delivery breaks the contract (its feed in `include/feeds/`). The lake
  keeps what it had. Look at `{name}.data_quality` and at the quarantine beside the partition; get a corrected
  delivery, or change `include/advertisers/{name}.yaml` on purpose: `guests:` says what becomes of lines
  without a user, `quarantine:` how large a share of bad lines may be, of all or for one reason.
* *… more than … allows*: the delivery is larger than `limits:` in that file. Look at it before you raise the
  limit: it may be a mistake, or an attack.
* *… was ended from outside*, *Process terminated by signal*, or a log that stops: the worker was
  killed, likely out of memory, and Airflow tries the task again. If it fails each time, see
  `docs/how-to/capacity.md`.
* *… would expire at once*: the day is older than `keep.partitions` days before the newest of the lake. If it
  is wanted, raise that in `include/advertisers/{name}.yaml` first.
* *The warehouse …*: it is retried three times; when it is back, clear the task.
* *… so the day … is not sure*: trigger it again, with the param that the sentence names.
"""


def build_ingest_dag(advertiser: Advertiser) -> DAG:
    schedule = advertiser.schedule
    assets = [Asset(f"{advertiser.name}/{feed}") for feed in advertiser.feeds]

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
        dagrun_timeout=find_longest_wait(advertiser) + timedelta(hours=6),
        params={
            "from_date": date_param("First day", "Of a range in a single run; empty: the run's own day."),
            "to_date": date_param("Last day", "Of that range; empty: the same as First day."),
        },
        **limit_dag(advertiser),
    )
    def ingest_dag() -> None:
        @task.sensor(
            mode="reschedule",
            poke_interval=find_poke_interval(advertiser).total_seconds(),
            timeout=find_longest_wait(advertiser).total_seconds(),
        )
        @say_errors
        def wait_for_landing() -> bool:
            """Wait until the day's required feeds are complete, at most until the deadline. A range is taken
            as it is.
            """
            context = get_current_context()
            skip_after_end(advertiser, context)
            if read_date(context, "from_date"):
                return True
            return has_landed(advertiser, find_as_of_date(advertiser, context, "to_date"))

        @task(outlets=assets, **REPLACES)
        @say_errors
        def ingest(outlet_events: Any = None) -> dict[str, Any]:
            """Validate and replace the partitions of the run's day or range; a scheduled run also replaces
            days of the window whose files came late.
            """
            from include.steps.ingest import ingest_days

            context = get_current_context()
            first, last = find_days(advertiser, context)
            summary = ingest_days(advertiser, first, last, also_changed=is_scheduled(context))
            for asset in assets:
                outlet_events[asset].extra = {"from": str(first), "to": str(last), **summary}
            return summary

        wait_for_landing() >> ingest()

    return ingest_dag()


for _advertiser in load_advertisers():
    globals()[f"{_advertiser.name}_ingest"] = build_ingest_dag(_advertiser)
