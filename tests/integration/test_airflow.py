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
from include.local.state import State
from include.settings import read_advertiser
from tests.malls import DAY, HEADER, Mall, busy_day

pytestmark = pytest.mark.integration

DAYS = [DAY + timedelta(days=offset) for offset in range(5)]
AS_OF = DAYS[-3:]
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
            time.sleep(2)
        raise AssertionError(f"the backfill of {dag_id} did not end: {self.list_runs(dag_id)}")

    def list_runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Those of backfills: the scheduler makes one of its own, for the day before today, and skips it."""
        runs = self.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns")["dag_runs"]
        return [run for run in runs if run["run_type"] == "backfill"]

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> dict[str, Any]:
        run = self.airflow.call(
            "POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}
        )
        deadline = time.monotonic() + 180
        while run["state"] in ("queued", "running") and time.monotonic() < deadline:
            time.sleep(2)
            run = self.airflow.call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run['dag_run_id']}")
        return dict(run)

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
    mall = Mall(folder)
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


def test_a_day_that_was_not_delivered_fails_with_a_sentence(platform: Platform) -> None:
    missing = DAYS[-1] + timedelta(days=1)
    runs = platform.backfill("mall_ingest", [missing])
    failed = next(run for run in runs if run["state"] == "failed")
    tasks = platform.airflow.call(
        "GET", f"/api/v2/dags/mall_ingest/dagRuns/{failed['dag_run_id']}/taskInstances"
    )["task_instances"]
    waited = next(task for task in tasks if task["task_id"] == "wait_for_landing")
    assert (waited["state"], waited["try_number"]) == ("failed", 1)
    log = platform.airflow.call(
        "GET",
        f"/api/v2/dags/mall_ingest/dagRuns/{failed['dag_run_id']}/taskInstances/wait_for_landing/logs/1",
    )
    assert f"dt={missing} is not there" in str(log)
    assert "ask the mall for it, then run this day again" in str(log)
    assert Path(platform.mall.folder / "lake" / "mall" / "purchases" / f"dt={missing}").exists() is False


def test_a_new_yaml_with_landing_and_lake_on_s3_is_two_dags_and_a_schema(platform: Platform) -> None:
    bucket = "corner-shop"
    platform.s3.create_bucket(Bucket=bucket)
    shop = Mall(
        platform.mall.folder,
        "corner_shop",
        {
            "landing": {"uri": f"s3://{bucket}/landing"},
            "lake": {"uri": f"s3://{bucket}/lake"},
            "window_days": 1,
        },
    )
    lines = "\n".join([HEADER, *busy_day(DAY)]) + "\n"
    platform.s3.put_object(
        Bucket=bucket, Key=f"landing/purchases/dt={DAY}/part-0.csv.gz", Body=gzip.compress(lines.encode())
    )
    shop.write_settings()

    deadline = time.monotonic() + 90
    while "corner_shop_recommendations" not in {
        dag["dag_id"] for dag in platform.airflow.call("GET", "/api/v2/dags?limit=100")["dags"]
    }:
        assert time.monotonic() < deadline, "the DAGs of the new YAML did not appear"
        time.sleep(2)
    assert platform.read("SELECT count(*) FROM pg_namespace WHERE nspname = 'corner_shop'") == [(0,)]

    assert platform.trigger("corner_shop_ingest", {"to_date": str(DAY)})["state"] == "success"
    assert platform.trigger("corner_shop_recommendations", {"as_of_date": str(DAY)})["state"] == "success"
    assert platform.read("SELECT as_of_date, is_current FROM corner_shop.releases") == [(DAY, True)]
    assert platform.read("SELECT count(*) > 0 FROM corner_shop.item_similarities_current") == [(True,)]
    keys = [entry["Key"] for entry in platform.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert f"lake/corner_shop/purchases/dt={DAY}/manifest.json" in keys
    assert not (platform.mall.folder / "lake" / "corner_shop").exists()
