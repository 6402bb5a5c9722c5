"""The daily job where Airflow is not installed: local files and S3, connections of the environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Engine, text

from include.commands.steps import STEPS
from include.settings import ROOT
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration

DAYS = [DAY + timedelta(days=offset) for offset in range(3)]
AS_OF = DAYS[-1]
KEYS = {"AWS_ACCESS_KEY_ID": "testing-key", "AWS_SECRET_ACCESS_KEY": "testing-secret"}


def run(*steps: str, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The steps, one after the other in one process; the ingest of all days."""
    arguments: list[str] = []
    for step in steps:
        days = ["--from", str(DAYS[0]), "--to", str(AS_OF)] if step == "ingest" else ["--as-of", str(AS_OF)]
        arguments += ["+", step, "--advertiser", "mall", *days]
    return subprocess.run(
        [sys.executable, "-m", "tests.without_airflow", *arguments[1:]],
        cwd=ROOT,
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
    )


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    monkeypatch.delenv("AIRFLOW_CONN_AWS_DEFAULT", raising=False)
    mall = open_mall(tmp_path, monkeypatch)
    for day in DAYS:
        mall.deliver(day, busy_day(day))
    return mall


@pytest.fixture
def s3() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    keys = {name.lower(): value for name, value in KEYS.items()}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="mall")
    yield client
    server.stop()


def count_rows(warehouse: Engine) -> dict[str, int]:
    tables = ("item_similarities", "user_recommendations", "ad_candidates")
    with warehouse.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM mall.{table}_current")).scalar_one()
            for table in tables
        }


def test_the_whole_chain(mall: Mall, warehouse: Engine) -> None:
    done = run(*(step for step in STEPS if step != "all"))
    assert done.returncode == 0, done.stderr
    assert '"is_current": true' in done.stdout
    assert all(count_rows(warehouse).values())


def test_the_whole_chain_on_s3(mall: Mall, warehouse: Engine, s3: Any) -> None:
    """With nothing but AWS's own variables."""
    landing = mall.folder / "landing"
    for file in sorted(landing.rglob("*.csv")):
        s3.upload_file(str(file), "mall", f"landing/{file.relative_to(landing)}")
        file.unlink()
    variables = {**KEYS, "DANGOL_DATA": "s3://mall", "AWS_ENDPOINT_URL": s3.meta.endpoint_url}
    done = run("wait_for_landing", "ingest", "wait_for_days", "all", variables=variables)
    assert done.returncode == 0, done.stderr
    assert all(count_rows(warehouse).values())
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="mall")["Contents"]]
    assert f"lake/mall/purchases/dt={AS_OF}/manifest.json" in keys
    assert f"lake/mall/runs/as_of={AS_OF}/publish.json" in keys
    assert not (mall.folder / "lake").exists()


def test_without_a_connection_a_sentence_says_which_variable_to_set(
    mall: Mall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", raising=False)
    done = run("ingest")
    assert done.returncode == 1
    said = "ingest failed: There is no connection warehouse_default: set AIRFLOW_CONN_WAREHOUSE_DEFAULT"
    assert said in done.stderr


def test_what_only_airflow_understands_is_refused_with_what_to_set(
    mall: Mall, warehouse: Engine, s3: Any
) -> None:
    connection = {"conn_type": "aws", "extra": {"role_arn": "arn:aws:iam::123456789012:role/reader"}}
    variables = {"AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection), "DANGOL_DATA": "s3://mall"}
    done = run("wait_for_landing", variables=variables)
    assert done.returncode == 1
    assert "The connection aws_default has role_arn, which only Airflow's Amazon provider" in done.stderr
