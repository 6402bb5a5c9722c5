"""`<advertiser>_evaluation`: days of the past → how good the ad list is, one DAG for each advertiser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, PokeReturnValue, dag, get_current_context, task

from include.feeds.base import Event
from include.settings import HEAVY_POOL, Advertiser, load_advertisers
from plugins.days import date_param, find_as_of_date
from plugins.messages import say_errors
from plugins.scheduling import REPLACES, limit_dag, skip_after_end
from plugins.waiting import find_longest_wait, has_days

RUNBOOK = """
### What it does
Asks how good the ad list of {name} is: at {splits} split times, {every} days apart, it makes lists from the
{window_days} days before, by the code and the settings of the daily job, and judges them by what users then
bought in the next {test_days} days. Beside the ad list stand each of its sources alone, simple baselines such
as best sellers, and the challenger of `evaluation.challenger`, if there is one. It publishes nothing and
changes no ad.

**Grain:** one run owns one as-of date, the last day whose purchases it looks at, and replaces all rows of
that date in `{name}.offline_metrics`. A run of the schedule or of a backfill owns the last day of its data
interval, which begins with its logical date ({days} d, {time_zone}).

It waits for the last {window_days} days until {deadline_hours:g} h after the as-of date's end and
{wait_minutes:g} minutes more. A day that `calendar` closes is a day without rows.

Where `ads.blend` is `learned`, it also fits the ranker of the daily list on the weeks up to the as-of date,
and keeps it beside the lake; the judgement itself fits others, of which none has seen what it is judged by.

### What to look at
The rows with `split = 'all'` and `segment = 'known'`, by the queries `quality_*` in `include/sql/queries`.
`docs/how-to/evaluate.md` says how to read them, and what is too good to be true.

### How to run it again
* One date: clear the run. The same partitions and settings give the same figures.
* By hand for any date: **Trigger** → **Single Run**, and fill in **As-of date**.
* Weeks of the past: **Trigger** → **Backfill** over them with **All Runs**; each run is a week. First set the
  clock at the bottom left to {time_zone}: the dates are in its zone.
* The ranker alone: `dangol fit --advertiser {name} --as-of YYYY-MM-DD`.
* Without Airflow: `dangol evaluate --advertiser {name} --as-of YYYY-MM-DD`.
* A backfill that somebody cancelled: its unfinished runs are failed and have no log. Start a new one over the
  same dates with **Missing and Errored Runs**. Runs that stay *queued*: mark them as failed first, then do
  the same (`docs/how-to/backfill.md`).

### When it fails
Nothing that readers see depends on it: it can wait for the morning.

* *… lacks … days*: ingest those days, then clear the run. If the mall was closed then, say so in `calendar:`
  of `include/advertisers/{name}.yaml` first. What becomes of lines without a user (`guests:`) and how large a
  delivery may be (`limits:`) is the ingest's matter: its runbook has both. A young mall has not so many days
  yet: lower `evaluation.splits`.
* *… the lake keeps days from …*: they have expired. Raise `keep.partitions` in that file and backfill
  `{name}_ingest`, or lower `evaluation.splits`.
* *leak: …*: something that was known only after a split reached the lists, so every figure would be too
  good, and none was recorded. The sentence says what: purchases of the test days in a window, a window that
  reaches over its split, or a catalogue of a later day. It is a mistake in the code or in the lake, never one
  to be switched off: tell those who own the code.
* *… was ended from outside*, *Process terminated by signal*, or a log that stops: the worker was
  killed, likely out of memory, and Airflow tries the task again. If it fails each time, see
  `docs/how-to/capacity.md`.
* *the candidate source … reads …, which is empty*: see the same sentence in the runbook of
  `{name}_recommendations`.
* *There are … weeks to learn from*: a young mall. Until there are more, take `blend: learned` out of `ads`;
  the daily list is fused meanwhile, and says so.
* *nobody bought anything*: there is nothing to judge by.
* *The warehouse …*: retried three times; when it is back, clear the task.
* *… so the day … is not sure*: trigger it again, with the param that the sentence names.
"""


def build_evaluation_dag(advertiser: Advertiser) -> DAG:
    schedule, evaluation = advertiser.schedule, advertiser.evaluation
    days = 7 if schedule.evaluation and not schedule.evaluation.endswith("*") else 1
    evaluation_asset = Asset(f"{advertiser.name}/evaluation")
    events = [
        Asset(f"{advertiser.name}/{feed}")
        for feed in advertiser.list_feeds(Event)
        if feed in advertiser.required_feeds
    ]

    def as_of_date() -> Any:
        return find_as_of_date(advertiser, get_current_context(), days=days)

    @dag(
        dag_id=f"{advertiser.name}_evaluation",
        schedule=schedule.evaluation
        and CronDataIntervalTimetable(schedule.evaluation, timezone=advertiser.time_zone),
        description=f"Days of the past of {advertiser.name} → how good its ad list is",
        doc_md=RUNBOOK.format(
            name=advertiser.name,
            time_zone=advertiser.time_zone,
            days=days,
            window_days=advertiser.window.days,
            splits=evaluation.splits,
            every=evaluation.every,
            test_days=" and ".join(map(str, evaluation.test_days)),
            deadline_hours=schedule.landing_deadline_hours,
            wait_minutes=schedule.window_wait_minutes,
        ),
        tags=["dangol", advertiser.name, "evaluation"],
        dagrun_timeout=find_longest_wait(advertiser) + timedelta(hours=6),
        params={
            "as_of_date": date_param(
                "As-of date", "The last day whose purchases are looked at; empty: the run's own."
            )
        },
        **limit_dag(advertiser),
    )
    def evaluation_dag() -> None:
        @task.sensor(
            mode="reschedule",
            poke_interval=60,
            timeout=find_longest_wait(advertiser).total_seconds(),
        )
        @say_errors
        def wait_for_days() -> PokeReturnValue:
            """Wait until the newest days are in the lake; at the deadline name those that are not."""
            context = get_current_context()
            skip_after_end(advertiser, context, days=days)
            return has_days(advertiser, as_of_date(), context["dag_run"].start_date)

        @task(
            pool=HEAVY_POOL,
            inlets=events,
            outlets=[evaluation_asset],
            execution_timeout=timedelta(hours=3),
            **REPLACES,
        )
        @say_errors
        def evaluate(outlet_events: Any = None) -> dict[str, Any]:
            """Judge the ad list, its sources, the baselines and the challenger, and record the figures."""
            from include.steps.evaluate import evaluate as evaluate_lists

            summary = evaluate_lists(advertiser, as_of_date())
            summary.pop("figures")  # which are in the warehouse
            outlet_events[evaluation_asset].extra = summary
            return summary

        waited, judged = wait_for_days(), evaluate()
        if advertiser.ads.learns:

            @task(pool=HEAVY_POOL, execution_timeout=timedelta(hours=3), **REPLACES)
            @say_errors
            def fit() -> dict[str, Any]:
                """Learn from the weeks up to the as-of date in which order candidates come."""
                from include.steps.fit import fit as fit_ranker

                return fit_ranker(advertiser, as_of_date())

            waited >> fit()
        waited >> judged  # also where there are too few weeks to learn from

    return evaluation_dag()


for _advertiser in load_advertisers():
    globals()[f"{_advertiser.name}_evaluation"] = build_evaluation_dag(_advertiser)
