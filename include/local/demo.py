"""`make demo`: the whole daily job on the real sample, through Airflow, and a report of what it made."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from include.errors import LocalServiceError, PermanentError
from include.local.airflow import find_airflow, prepare_database
from include.local.dag_runs import test_dag, trigger_dag
from include.local.environment import make_environment
from include.local.postgres import find_server, start_server
from include.settings import ADVERTISERS, ROOT, Advertiser, days_between, load_advertiser
from include.state import State

NAME: Final = "completejourney"
AS_OF: Final = date(2017, 12, 31)
DAY_BEFORE: Final = AS_OF - timedelta(days=1)

_NEXT = """\
Next:
  make sql Q="SELECT * FROM ad_candidates_current WHERE user_id = '1' ORDER BY rank"
  make sql        psql on the warehouse: \\dv lists the views, \\d+ item_similarities says what a column means
  make up         Airflow's pages, where a backfill of any days of 2017 is a click
  make down       stop what runs"""


def run_demo(state: State, *, fresh: bool = False) -> None:
    """Bring up what is missing, run both DAGs where their results are not there, print the report."""
    started = time.monotonic()
    reused = find_server(state.postgres) is not None
    server = start_server(state.postgres)
    environment = make_environment(state, server)
    os.environ.update(environment)
    advertiser = _load_sample()
    say(f"PostgreSQL {'already runs' if reused else 'started'} at {server.host}:{server.port}")
    write_landing_files(advertiser, environment, fresh=fresh)

    from include.local.report import Warehouse, compose_report
    from include.warehouse.postgres.connection import connect_warehouse

    warehouse = Warehouse(connect_warehouse(), NAME)
    release = warehouse.find_release(AS_OF)
    changed = release is not None and release.settings != advertiser.model_dump(mode="json")
    if release is not None and not fresh and not changed:
        say(
            f"Reusing the release of {AS_OF} (published {release.published_at:%Y-%m-%d %H:%M} UTC);"
            " make demo FRESH=1 makes it again"
        )
    else:
        if changed:
            say(f"{NAME}.yaml has changed since the release of {AS_OF}; making it again")
        run_dags(state, advertiser, environment, ingest_all=fresh or changed)
        release = warehouse.find_release(AS_OF)
    if release is None:
        raise LocalServiceError(
            f"Both DAGs ended, but the release of {AS_OF} is not there; see {state.logs},"
            " then run make demo FRESH=1."
        )
    print(f"\n{compose_report(warehouse, advertiser, release)}\n\n{_NEXT}")
    say(f"\nDone in {time.monotonic() - started:.0f} s")


def run_dags(state: State, advertiser: Advertiser, environment: dict[str, str], *, ingest_all: bool) -> None:
    """Run the ingest of all days that are wanted, and the recommendations; in the Airflow that is up, if any.

    Between them, as commands, what days before have done in a mall that is not new: the ranker is fitted, and
    the release of the day before is there, whose lists the newest day judges. Without LightGBM no ranker is
    fitted, and the lists are fused.
    """
    from include.candidates.blends.ranker import explain_missing_lightgbm
    from include.steps.evaluation_splits import find_purchases
    from include.steps.events import find_days
    from include.steps.fit import find_first_day

    first, last = find_first_day(advertiser, DAY_BEFORE), AS_OF
    server = start_server(state.postgres)
    prepare_database(state, server, environment, say)
    days = days_between(first, last)
    if ingest_all or len(find_days(advertiser, find_purchases(advertiser), days)) < len(days):
        conf = {"from_date": first.isoformat(), "to_date": last.isoformat()}
        run_dag(state, f"{NAME}_ingest", conf, environment)
    else:
        say(f"Reusing the partitions of {first} to {last}")
    if reason := explain_missing_lightgbm():
        say(f"No ranker is fitted: {reason}")
    else:
        run_step(state, "fit", environment)
    run_step(state, "all", environment)
    run_dag(state, f"{NAME}_recommendations", {"as_of_date": AS_OF.isoformat()}, environment)


def run_dag(state: State, dag_id: str, conf: dict[str, str], environment: dict[str, str]) -> None:
    say(f"Running {dag_id} ({', '.join(f'{key} {value}' for key, value in conf.items())})")
    if airflow := find_airflow(state):
        # Its scheduler would run the tasks of a test run a second time.
        trigger_dag(airflow, dag_id, conf, say, timeout=900)
        return
    log = state.logs / f"demo-{dag_id}.log"
    # Not the day's own date: a backfill takes a run of that date for the day's run, with its conf.
    test_dag(dag_id, datetime.now(UTC), conf, environment, log, say)


def run_step(state: State, step: str, environment: dict[str, str]) -> None:
    """Run a step as of the day before, by its command."""
    command = ["dangol", step, "--advertiser", NAME, "--as-of", DAY_BEFORE.isoformat()]
    say(f"Running {' '.join(command)}")
    path = state.logs / f"demo-{step}.log"
    with path.open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-m", "include.run", *command[1:]],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    if done.returncode:
        raise LocalServiceError(f"{' '.join(command)} ended with {done.returncode}; see {path}.")


def _load_sample() -> Advertiser:
    if not is_sample_there():
        raise LocalServiceError(
            f"The demo is of the advertiser {NAME}, and {ADVERTISERS} has no {NAME}.yaml: put it back,"
            " or unset DANGOL_ADVERTISERS."
        )
    return load_advertiser(NAME)


def is_sample_there() -> bool:
    return (ADVERTISERS / f"{NAME}.yaml").is_file()


def write_sample(environment: dict[str, str]) -> None:
    """Write the sample's landing files where the sample is an advertiser; who has taken it out wants none."""
    if not is_sample_there():
        return
    try:
        write_landing_files(load_advertiser(NAME), environment)
    except PermanentError as error:
        say(f"Going on without the sample: {error}")


def write_landing_files(advertiser: Advertiser, environment: dict[str, str], *, fresh: bool = False) -> None:
    """Write the sample's landing files; the writer keeps those that are there and whole."""
    url = advertiser.landing.url
    if not url.startswith("file://"):
        raise LocalServiceError(
            f"The demo writes its landing files to a local folder, and DANGOL_DATA leads to {url}: unset it."
        )
    folder = Path(url.removeprefix("file://"))
    command = [sys.executable, "-m", "include.samples", advertiser.name, "--to", str(folder)]
    done = subprocess.run(command + ["--force"] * fresh, env=environment, cwd=ROOT)
    if done.returncode:
        raise PermanentError(f"The landing files in {folder} could not be written; the line above says why.")


def say(line: str) -> None:
    print(line, flush=True)
