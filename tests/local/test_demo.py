"""`make demo` on the real sample, from nothing and again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from include.local.postgres import find_server
from include.settings import load_advertiser

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.integration


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "include.local", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        state = str(Path(name, "state"))
        yield state
        run("clean", DANGOL_STATE=state)


@pytest.fixture(scope="module")
def first(folder: str) -> str:
    done = run("demo", DANGOL_STATE=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_report_counts_what_the_sample_is_known_to_hold(first: str) -> None:
    assert re.search(r"purchases +90 +364,053 +361,705 +2,348 +0", first)
    assert "2,348 quarantined: quantity is zero" in first
    assert "361,705 accepted lines, 2,325 users × 37,741 items" in first
    for stage in ("ingest", "window", "train cosine", "train als", "candidates", "stage", "gate", "publish"):
        assert re.search(rf"Seconds per stage:.*\b{stage} \d+\.\d", first), stage


def test_every_table_has_rows_and_passed_its_gates(first: str) -> None:
    rows = re.findall(r"^  (\w+) +(cosine|als)? +([\d,]+)  (\d+) of (\d+) passed$", first, flags=re.MULTILINE)
    tables = {table for table, *_ in rows}
    assert {"item_similarities", "user_recommendations", "ad_candidates", "best_sellers"} <= tables
    for _, _, count, passed, checks in rows:
        assert int(count.replace(",", "")) > 0
        assert 0 < int(passed) == int(checks)


def test_a_known_product_is_shown_with_ten_named_neighbours_of_each_model(first: str) -> None:
    shown = first[first.index("Most similar to") :]
    assert re.match(r"Most similar to .*banana", shown, flags=re.IGNORECASE)
    neighbours = re.findall(r"^ +(\d+)  \d\.\d{3} [A-Z]\S.*  \d\.\d{3} [A-Z]\S", shown, flags=re.MULTILINE)
    assert neighbours == [str(rank) for rank in range(1, 11)]


def test_what_it_says_to_type_next_works(first: str, folder: str) -> None:
    query = re.search(r'make sql Q="(.*)"', first)
    assert query
    done = run("sql", DANGOL_STATE=folder, DANGOL_QUERY=query[1])
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 21


def test_again_it_reuses_what_is_there_and_says_so(first: str, folder: str) -> None:
    again = run("demo", DANGOL_STATE=folder)
    assert "already runs" in again.stdout
    assert "0 files written" in again.stdout
    assert "Reusing the release of 2017-12-31" in again.stdout
    assert read_report(again.stdout) == read_report(first)


def test_its_runs_are_no_days_of_a_later_backfill(first: str, folder: str) -> None:
    """A backfill takes a run of a day's date for that day's, and runs it again with its conf."""
    server = find_server(Path(folder, "postgres"))
    assert server is not None
    engine = create_engine(server.url("airflow", "airflow"))
    with engine.connect() as connection:
        moments = connection.execute(text("SELECT logical_date FROM dag_run")).scalars().all()
    engine.dispose()
    assert len(moments) == 2
    zone = load_advertiser("completejourney").zone
    assert [moment for moment in moments if moment.astimezone(zone).time() == time.min] == []


def read_report(text: str) -> str:
    return text[text.index("Release 2 ") : text.index("Done in")]


def test_a_failure_is_one_sentence_and_names_the_log(folder: str, tmp_path: Path, first: str) -> None:
    settings = (ROOT / "include" / "advertisers" / "completejourney.yaml").read_text()
    settings = settings.replace("window: {days: 90}", "window: {days: 7}")
    (tmp_path / "completejourney.yaml").write_text(f"{settings}quarantine: {{max_share: 0.0}}\n")
    failed = run("demo", DANGOL_STATE=folder, DANGOL_ADVERTISERS=str(tmp_path))
    assert failed.returncode == 1
    assert "has changed since the release" in failed.stdout
    assert "ingest: failed after" in failed.stdout
    assert "demo: completejourney_ingest failed: " in failed.stderr
    assert re.search(r"See \S+demo-completejourney_ingest\.log", failed.stderr)
    assert "Traceback" not in failed.stderr
    # What readers see is the release before.
    assert "Reusing the release" in run("demo", DANGOL_STATE=folder).stdout
