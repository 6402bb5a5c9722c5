"""A real Airflow (scheduler, triggerer, API) runs and backfills the DAGs of a mall."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Engine, create_engine, text

from include.local.airflow import Airflow, start_airflow, stop_airflow
from include.local.postgres import remove_server, start_server
from include.settings import read_advertiser
from include.state import State
from tests.malls import DAY, HEADER, Mall, busy_day

pytestmark = pytest.mark.integration

DAYS = [DAY + timedelta(days=offset) for offset in range(5)]
AS_OF = DAYS[-3:]
LATE_DAGS = {"late_mall_ingest": "wait_for_landing", "late_mall_recommendations": "wait_for_days"}
POLL_SECONDS = 0.5
# Where a test is not about what is learned, one model is enough: each is a task of every run.
ONE_MODEL = {"cosine": {}}
TABLES = ("item_similarities", "user_recommendations", "best_sellers", "recent_items", "ad_candidates")


@dataclass
class Platform:
    airflow: Airflow
    warehouse: Engine
    mall: Mall
    s3: Any

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def backfill(self, dag_id: str, days: list[date], reprocess: str = "none") -> list[dict[str, Any]]:
        """Create a backfill as the UI's button does and wait for its runs."""
        zone = read_advertiser(self.mall.write_settings()).zone
        start, end = (
            datetime.combine(day, datetime.min.time(), zone).isoformat() for day in (days[0], days[-1])
        )
        made = self.airflow.call(
            "POST",
            "/api/v2/backfills",
            {
                "dag_id": dag_id,
                "from_date": start,
                "to_date": end,
                "run_backwards": False,
                "dag_run_conf": {},
                "reprocess_behavior": reprocess,
                "max_active_runs": 2,
            },
        )
        deadline = time.monotonic() + 420
        while time.monotonic() < deadline:
            backfill = self.airflow.call("GET", f"/api/v2/backfills/{made['id']}")
            if backfill["completed_at"]:
                return self.list_runs(dag_id)
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"the backfill of {dag_id} did not end: {self.list_runs(dag_id)}")

    def list_runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Those of backfills: the scheduler makes one of its own, for the day before today, and skips it."""
        runs = self.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns")["dag_runs"]
        return [run for run in runs if run["run_type"] == "backfill"]

    def trigger(
        self, dag_id: str, conf: dict[str, Any], logical_date: datetime | None = None
    ) -> dict[str, Any]:
        """A *Single Run* of the UI, waited for."""
        moment = logical_date.isoformat() if logical_date else None
        run = self.airflow.call(
            "POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": moment, "conf": conf}
        )
        deadline = time.monotonic() + 180
        while run["state"] in ("queued", "running") and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            run = self.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run['dag_run_id']}")
        return dict(run)

    def list_tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return {task["task_id"]: task for task in self.airflow.call("GET", path)["task_instances"]}

    def read_log(self, dag_id: str, run_id: str, task_id: str) -> list[dict[str, Any]]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/1"
        return [line for line in self.airflow.call("GET", path)["content"] if isinstance(line, dict)]

    def wait_for_dags(self, mall: Mall) -> None:
        """Those of a new YAML; each file of DAGs is read at a time of its own."""
        wanted = {f"{mall.name}_{kind}" for kind in ("evaluation", "ingest", "live", "recommendations")}
        deadline = time.monotonic() + 120
        while missing := wanted - {
            dag["dag_id"] for dag in self.airflow.call("GET", "/api/v2/dags?limit=100")["dags"]
        }:
            assert time.monotonic() < deadline, f"{missing} of the new YAML did not appear"
            time.sleep(POLL_SECONDS)

    def snapshot(self) -> dict[str, list[str]]:
        """Every published row, of every as-of date."""
        return {table: sorted(map(str, self.read(f"SELECT * FROM mall.{table}"))) for table in TABLES}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    mall = Mall(folder, settings={"evaluation": {"splits": 1, "every": 1, "test_days": [1], "k": 5}})
    mall.write_settings()
    for number, day in enumerate(DAYS):
        mall.deliver(day, busy_day(day, users=12 + number))
    state = State(folder / "state")
    server = start_server(folder / "postgres", options={"fsync": "off"})
    s3 = ThreadedMotoServer(port=0)
    s3.start()
    endpoint = "http://{}:{}".format(*s3.get_host_and_port())
    keys = {"login": "testing", "password": "testing-secret"}
    extra = {
        "DANGOL_ADVERTISERS": str(folder / "advertisers"),
        "DANGOL_DATA": str(folder),
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(
            {"conn_type": "aws", **keys, "extra": {"endpoint_url": endpoint, "region_name": "eu-west-1"}}
        ),
    }
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["login"],
        aws_secret_access_key=keys["password"],
    )
    engine = create_engine(server.url("warehouse"))
    try:
        yield Platform(start_airflow(state, server, port=free_port(), extra=extra), engine, mall, client)
    finally:
        stop_airflow(state)
        s3.stop()
        engine.dispose()
        remove_server(folder / "postgres")


def test_backfills_publish_each_day_and_again_give_the_same_rows(platform: Platform) -> None:
    ingested = platform.backfill("mall_ingest", DAYS[:2])
    assert [run["state"] for run in ingested] == ["success"] * 2
    run = platform.trigger("mall_ingest", {"from_date": str(DAYS[2]), "to_date": str(DAYS[4])})
    assert run["state"] == "success"
    assert platform.read("SELECT day FROM mall.partitions WHERE feed = 'purchases' ORDER BY day") == [
        (day,) for day in DAYS
    ]

    runs = platform.backfill("mall_recommendations", AS_OF)
    assert [run["state"] for run in runs] == ["success"] * 3
    published = (
        "SELECT as_of_date, is_current FROM mall.releases WHERE status = 'published' ORDER BY as_of_date"
    )
    expected = [(day, day == AS_OF[-1]) for day in AS_OF]
    assert platform.read(published) == expected
    first = platform.snapshot()
    assert all(first.values())

    runs = platform.backfill("mall_recommendations", AS_OF, reprocess="completed")
    assert [run["state"] for run in runs] == ["success"] * 3
    assert platform.read(published) == expected
    assert platform.read("SELECT count(*) FROM mall.releases WHERE status = 'superseded'") == [(3,)]
    assert platform.snapshot() == first

    events = platform.airflow.call("GET", "/api/v2/assets/events?limit=100")["asset_events"]
    rows = [event["extra"]["rows"] for event in events if event["name"] == "mall/release"]
    assert len(rows) == 6
    assert all(row["item_similarities"] > 0 for row in rows)


def test_an_evaluation_fills_its_date_and_again_gives_the_same_figures(platform: Platform) -> None:
    """Of the days that the backfills before have ingested, three for the window and one to be judged by."""
    figures = (
        "SELECT contender, kind, split, purchases, segment, category, metric, k, users, value, difference,"
        " settings FROM mall.offline_metrics WHERE as_of_date = '{}' ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    run = platform.trigger("mall_evaluation", {"as_of_date": str(DAYS[-1])})
    assert run["state"] == "success", platform.read_log("mall_evaluation", run["dag_run_id"], "evaluate")
    first = platform.read(figures.format(DAYS[-1]))
    assert {row[2] for row in first} == {"all", str(DAYS[-1])}
    assert {"ad_candidates", "cosine", "als"} < {row[0] for row in first}
    own = [row for row in first if row[:7] == ("ad_candidates", "ads", "all", "all", "known", "", "recall")]
    known = 15  # who buys on the last day, less the one who begins then
    assert [(row[8], 0 < row[9] <= 1, row[10]) for row in own] == [(known, True, None)]
    events = platform.airflow.call("GET", "/api/v2/assets/events?limit=100")["asset_events"]
    (event,) = [event for event in events if event["name"] == "mall/evaluation"]
    assert event["extra"]["as_of"] == str(DAYS[-1])
    assert event["extra"]["rows"] == len(first)

    assert platform.trigger("mall_evaluation", {"as_of_date": str(DAYS[-1])})["state"] == "success"
    assert platform.read(figures.format(DAYS[-1])) == first

    early = platform.trigger("mall_evaluation", {"as_of_date": str(DAYS[0])})
    assert early["state"] == "failed", "the mall has no day before its first one"
    assert platform.read(figures.format(DAYS[0])) == []


def test_a_day_that_was_not_delivered_fails_with_a_sentence(platform: Platform) -> None:
    missing = DAYS[-1] + timedelta(days=1)
    runs = platform.backfill("mall_ingest", [missing])
    failed = next(run for run in runs if run["state"] == "failed")
    waited = platform.list_tasks("mall_ingest", failed["dag_run_id"])["wait_for_landing"]
    assert (waited["state"], waited["try_number"]) == ("failed", 1)
    log = platform.read_log("mall_ingest", failed["dag_run_id"], "wait_for_landing")
    said = [line["event"] for line in log]
    cure = said.index("ask the mall for it, then run this day again.")
    assert f"dt={missing} is not there;" in " ".join(said[:cure])
    assert cure < said.index("Task failed with exception")
    assert Path(platform.mall.folder / "lake" / "mall" / "purchases" / f"dt={missing}").exists() is False


def test_a_new_yaml_with_landing_and_lake_on_s3_is_three_dags_and_a_schema(platform: Platform) -> None:
    bucket = "corner-shop"
    platform.s3.create_bucket(Bucket=bucket)
    shop = Mall(
        platform.mall.folder,
        "corner_shop",
        {
            "landing": {"uri": f"s3://{bucket}/landing"},
            "lake": {"uri": f"s3://{bucket}/lake"},
            "models": ONE_MODEL,
            "window": {"days": 1},
        },
    )
    lines = "\n".join([HEADER, *busy_day(DAY)]) + "\n"
    platform.s3.put_object(
        Bucket=bucket, Key=f"landing/purchases/dt={DAY}/part-0.csv.gz", Body=gzip.compress(lines.encode())
    )
    shop.write_settings()

    platform.wait_for_dags(shop)
    assert platform.read("SELECT count(*) FROM pg_namespace WHERE nspname = 'corner_shop'") == [(0,)]

    assert platform.trigger("corner_shop_ingest", {"to_date": str(DAY)})["state"] == "success"
    assert platform.trigger("corner_shop_recommendations", {"as_of_date": str(DAY)})["state"] == "success"
    assert platform.read("SELECT as_of_date, is_current FROM corner_shop.releases") == [(DAY, True)]
    assert platform.read("SELECT count(*) > 0 FROM corner_shop.item_similarities_current") == [(True,)]
    keys = [entry["Key"] for entry in platform.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert f"lake/corner_shop/purchases/dt={DAY}/manifest.json" in keys
    assert not (platform.mall.folder / "lake" / "corner_shop").exists()


def test_nobody_waits_for_a_run_that_waits(platform: Platform) -> None:
    """The scheduler makes a run for yesterday, which is not there; people run other days meanwhile."""
    zone = read_advertiser(platform.mall.write_settings()).zone
    yesterday = datetime.now(zone).date() - timedelta(days=1)
    late = Mall(
        platform.mall.folder,
        "late_mall",
        {
            "window": {"days": 1},
            "models": ONE_MODEL,
            "schedule": {"start_date": DAY, "paused": False, "landing_deadline_hours": 96},
        },
    )
    for day in DAYS[:4]:
        late.deliver(day, busy_day(day))
    late.write_settings()
    platform.wait_for_dags(late)

    waiting = {dag_id: wait_for_poke(platform, dag_id) for dag_id in LATE_DAGS}

    by_date = datetime.combine(DAYS[0], datetime.min.time(), zone)
    assert platform.trigger("late_mall_ingest", {}, by_date)["state"] == "success"
    span = {"from_date": str(DAYS[1]), "to_date": str(DAYS[2])}
    assert platform.trigger("late_mall_ingest", span)["state"] == "success"
    assert platform.backfill("late_mall_ingest", [DAYS[3]])[0]["state"] == "success"
    days = "SELECT day FROM late_mall.partitions WHERE feed = 'purchases' ORDER BY day"
    assert platform.read(days) == [(day,) for day in DAYS[:4]]

    by_date = datetime.combine(DAYS[1], datetime.min.time(), zone)
    assert platform.trigger("late_mall_recommendations", {}, by_date)["state"] == "success"
    assert platform.backfill("late_mall_recommendations", [DAYS[2]])[0]["state"] == "success"
    dates = "SELECT as_of_date FROM late_mall.releases WHERE status = 'published' ORDER BY as_of_date"
    assert platform.read(dates) == [(DAYS[1],), (DAYS[2],)]

    for (dag_id, task_id), run_id in zip(LATE_DAGS.items(), waiting.values(), strict=True):
        run = platform.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")
        assert (run["run_type"], run["state"]) == ("scheduled", "running")
        said = [line["event"] for line in platform.read_log(dag_id, run_id, task_id)]
        assert any(line.startswith("Waiting until ") and str(yesterday) in line for line in said)


def wait_for_poke(platform: Platform, dag_id: str) -> str:
    """The scheduled run, once its sensor has looked and is between two looks."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        runs = platform.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns")["dag_runs"]
        for run in runs:
            task = platform.list_tasks(dag_id, run["dag_run_id"]).get(LATE_DAGS[dag_id], {})
            if run["run_type"] == "scheduled" and task.get("state") == "up_for_reschedule":
                return str(run["dag_run_id"])
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"no scheduled run of {dag_id} waits: {runs}")
