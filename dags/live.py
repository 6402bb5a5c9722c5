"""`<advertiser>_live`: what is blocked and bought at this moment → the tables that ads heed, one DAG each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, dag, get_current_context, task

from include.settings import Advertiser, load_advertisers
from plugins.messages import say_errors
from plugins.scheduling import REPLACES, limit_dag, skip_after_end

RUNBOOK = """
### What it does
Reads what {name} says between its deliveries, `blocked_items.csv` and `just_bought.csv` in
`{landing}/live`, and puts the rows into the tables `{name}.blocked_items` and `{name}.just_bought`. The view
`{name}.ads_now` and the function `{name}.ads_for` leave both out, so that what sold out at noon is not shown
at one. Rows of `just_bought` older than {keep} days (`keep.just_bought`) are deleted. It publishes no
release.

It is switched off until somebody unpauses it: a mall may also write the two tables itself, or not at all
(`docs/how-to/serve-ads.md`).

**Grain:** a run owns nothing: it brings both tables up to date with the files as they are now.

### How to run it again
Trigger it, or wait for the next run. The same files change nothing, so there is nothing to backfill.

* Without Airflow: `dangol live --advertiser {name}`.
* One item at once: `dangol block --advertiser {name} --item ID`, and `dangol unblock` to let it in again.

### When it fails
Ads go on showing what they showed, less what was blocked before.

* *… has no column …* or *… lines of …*: the file is not as `docs/how-to/serve-ads.md` says. Ask the mall to
  write it right; the other file, and lines that are right, count all the same.
* *… limits.…*: a file is larger than `limits` in `include/advertisers/{name}.yaml` allows. It should have the
  newest rows only.
* *… changed while the day was read*: the mall writes it at this moment; it is tried again.
* *The warehouse …*: it is retried three times, and the next run does the same.
* *… was ended from outside*, or a log that stops: the worker was killed, likely out of memory; see
  `docs/how-to/capacity.md`.
"""


def build_live_dag(advertiser: Advertiser) -> DAG:
    @dag(
        dag_id=f"{advertiser.name}_live",
        schedule=advertiser.schedule.live,
        description=f"What {advertiser.name} blocks and sells at this moment → what ads leave out",
        doc_md=RUNBOOK.format(
            name=advertiser.name,
            landing=advertiser.landing.uri.rstrip("/"),
            keep=advertiser.keep.just_bought,
        ),
        tags=["dangol", advertiser.name, "live"],
        dagrun_timeout=timedelta(minutes=30),
        # The newest run alone says what is so now; and it is off until somebody wants it.
        **limit_dag(advertiser) | {"max_active_runs": 1, "is_paused_upon_creation": True},
    )
    def live_dag() -> None:
        @task(execution_timeout=timedelta(minutes=5), **REPLACES)
        @say_errors
        def live() -> dict[str, Any]:
            """Put the rows of the mall's live files into blocked_items and just_bought."""
            from include.steps.live import take_live_rows

            skip_after_end(advertiser, get_current_context())
            return take_live_rows(advertiser)

        live()

    return live_dag()


for _advertiser in load_advertisers():
    globals()[f"{_advertiser.name}_live"] = build_live_dag(_advertiser)
