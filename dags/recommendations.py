"""`<advertiser>_recommendations`: window → models → ad list → audited release, one DAG an advertiser."""

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
Takes the {window_days} days of {name} that end on the as-of date (the run's local day, {time_zone}), trains
{models}, makes the ad list ({sources}), loads the tables into staging, audits them with Great Expectations,
and makes the whole release visible in one transaction. Readers see this release, or the one before it, and
nothing between.

**Grain:** one run owns one as-of date of the schema `{name}` and replaces it whole.
`*_current` moves forwards only: an older date is published without taking it.

It waits for the days of its window until {deadline_hours:g} h after the as-of date's end and
{wait_minutes:g} minutes more. A day that `calendar` closes is a day without rows. A day that was ingested
again, because a file came late, is in the next window as it is then; releases that are out do not change
until their as-of dates are run again.

### How to run it again
* One date: clear the run, or **Trigger** → **Backfill** it with **All Runs**. The same partitions give the
  same rows. **Single Run** with that *Logical Date* owns the same date; with the present moment, which the
  form fills in, it owns the last whole day.
* A week: backfill `{name}_ingest` over the days first, then this DAG over the as-of dates. First set the
  clock at the bottom left to {time_zone}: the dates are in its zone.
* By hand for any date: **Trigger** → **Single Run**, and fill in **As-of date**.
* All of these work while a scheduled run waits; two runs stage and publish one after the other.
* Without Airflow: `dangol all --advertiser {name} --as-of YYYY-MM-DD`, or a task by its own name, such as
  `dangol window` (`docs/how-to/run-a-step-elsewhere.md`).
* A backfill that somebody cancelled: its unfinished runs are failed and have no log. Start a new one over the
  same dates with **Missing and Errored Runs**. Runs that stay *queued*: mark them as failed first, then do
  the same (`docs/how-to/backfill.md`).

### When it fails
* *the window … lacks … days*: ingest those days, then clear `wait_for_days`. If the mall was closed then, say
  so in `calendar:` of `include/advertisers/{name}.yaml` first. What becomes of lines without a user
  (`guests:`) and how large a delivery may be (`limits:`) is the ingest's matter: its runbook has both.
* *the window … lacks days from …, and the lake keeps days from …*: they have expired. Raise `keep.partitions`
  in that file, backfill `{name}_ingest`, then clear `wait_for_days`.
* *release … rejected*: nothing visible changed. `{name}.release_checks` says which gate failed and what it
  saw, and the views `<table>_rejected` have its rows. If the data are right and the limit is wrong, change
  `gates:` in `include/advertisers/{name}.yaml` and clear `gate`, with *Downstream*: nothing is staged again
  (`docs/how-to/when-a-gate-rejects.md`).
* *a release that is out is wrong*: `dangol rollback --advertiser {name}`; see `docs/how-to/roll-back.md`.
* *… is current, but readers see …*: the server's clock was wrong. Put it right, then run
  `dangol mend --advertiser {name}`.
* *the preflight expects … to need … MB*: the window does not fit the memory, and nothing was trained. The
  sentence says what would help; `docs/how-to/capacity.md` has the rest. Then clear `window`.
* *… was ended from outside*, *Process terminated by signal*, or a log that stops: the worker was
  killed, likely out of memory, and Airflow tries the task again. If it fails each time, see
  `docs/how-to/capacity.md`.
* *… is not what its step has finished*, *… another window …*, *Staged again …*: two runs had the same as-of
  date at once, and one gave way. Nothing is mixed; clear this run from `window` if it should win.
* *the candidate source … reads …, which is empty*, or *which … did not make*: no ad list was made without it.
  The sentence says where to look: the model's parameters, or `ads.sources`. Then clear `train` or
  `candidates`.
* *the ad candidates … were made from another window or another training*: clear `candidates`.
* *nobody bought anything*: the release before stays current.
* *The warehouse …*: retried three times; when it is back, clear the task.
* *… so the day … is not sure*: trigger it again, with the param that the sentence names.
"""


def build_recommendations_dag(advertiser: Advertiser) -> DAG:
    schedule = advertiser.schedule
    release_asset = Asset(f"{advertiser.name}/release")
    events = [
        Asset(f"{advertiser.name}/{feed}")
        for feed in advertiser.list_feeds(Event)
        if feed in advertiser.required_feeds
    ]

    def as_of_date() -> Any:
        return find_as_of_date(advertiser, get_current_context())

    @dag(
        dag_id=f"{advertiser.name}_recommendations",
        schedule=CronDataIntervalTimetable(schedule.recommendations, timezone=advertiser.time_zone),
        description=f"{advertiser.window.days} days of {advertiser.name} → a release of top-K tables",
        doc_md=RUNBOOK.format(
            name=advertiser.name,
            time_zone=advertiser.time_zone,
            window_days=advertiser.window.days,
            models=" and ".join(advertiser.chosen_models),
            sources=", ".join(advertiser.ad_sources),
            deadline_hours=schedule.landing_deadline_hours,
            wait_minutes=schedule.window_wait_minutes,
        ),
        tags=["dangol", advertiser.name, "recommendations"],
        dagrun_timeout=find_longest_wait(advertiser) + timedelta(hours=12),
        params={"as_of_date": date_param("As-of date", "The window's last day; empty: the run's own day.")},
        **limit_dag(advertiser),
    )
    def recommendations_dag() -> None:
        @task.sensor(
            mode="reschedule",
            poke_interval=60,
            timeout=find_longest_wait(advertiser).total_seconds(),
        )
        @say_errors
        def wait_for_days() -> PokeReturnValue:
            """Wait until every day of the window is in the lake; at the deadline name those that are not."""
            context = get_current_context()
            skip_after_end(advertiser, context)
            return has_days(advertiser, as_of_date(), context["dag_run"].start_date)

        @task(pool=HEAVY_POOL, inlets=events, **REPLACES)
        @say_errors
        def window() -> dict[str, Any]:
            """Net the window's purchases and build its dataset, best sellers and recent items."""
            from include.steps.window import build_window

            return build_window(advertiser, as_of_date())

        @task(pool=HEAVY_POOL, map_index_template="{{ model }}", execution_timeout=timedelta(hours=3))
        @say_errors
        def train(model: str) -> dict[str, Any]:
            """Train one model of the registry."""
            from include.steps.train import train_model

            get_current_context()["model"] = model  # type: ignore[typeddict-unknown-key]
            return train_model(advertiser, as_of_date(), model)

        @task(pool=HEAVY_POOL, **REPLACES)
        @say_errors
        def candidates() -> dict[str, Any]:
            """Make the ad list: the sources by the blend, then the re-rank steps."""
            from include.steps.candidates import make_candidates

            return make_candidates(advertiser, as_of_date())

        @task(pool=HEAVY_POOL, **REPLACES)
        @say_errors
        def stage() -> dict[str, Any]:
            """Load every table of the as-of date into staging."""
            from include.steps.release import stage_release

            return stage_release(advertiser, as_of_date(), run_id=get_current_context()["run_id"])

        @task
        @say_errors
        def gate(staged: dict[str, Any]) -> dict[str, Any]:
            """Audit the staged tables; a critical gate that fails rejects the release."""
            from include.steps.release import gate_release

            return gate_release(advertiser, as_of_date(), staged["release_id"])

        @task(outlets=[release_asset], **REPLACES)
        @say_errors
        def publish(staged: dict[str, Any], outlet_events: Any = None) -> dict[str, Any]:
            """Make the release visible in one transaction."""
            from include.steps.release import publish_release

            summary = publish_release(advertiser, as_of_date(), staged["release_id"])
            outlet_events[release_asset].extra = {
                "as_of_date": str(as_of_date()),
                "rows": staged["tables"],
                **summary,
            }
            return summary

        @task(**REPLACES)
        @say_errors
        def judge() -> dict[str, Any]:
            """Judge the lists that were out on the as-of date by what was bought on it."""
            from include.steps.judge import judge_day

            return judge_day(advertiser, as_of_date())

        trained = train.expand(model=list(advertiser.chosen_models))
        staged = stage()
        wait_for_days() >> window() >> trained >> candidates() >> staged
        gate(staged) >> publish(staged) >> judge()  # type: ignore[arg-type]

    return recommendations_dag()


for _advertiser in load_advertisers():
    globals()[f"{_advertiser.name}_recommendations"] = build_recommendations_dag(_advertiser)
