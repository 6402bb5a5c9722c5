"""`dangol check` against a real warehouse, real folders and an S3 server: each finding with its cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Engine, text

from include import settings
from include.commands.findings import hide_secrets
from include.run import main
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    return open_mall(tmp_path, monkeypatch, feeds={"purchases": {}})


def check(
    capsys: pytest.CaptureFixture[str], *names: str
) -> tuple[int, dict[tuple[str, str], tuple[str, str]]]:
    """The exit code, and state and sentence by advertiser and check."""
    capsys.readouterr()
    code = main(["check", "--json", *(["--advertiser", *names] if names else [])])
    found = json.loads(capsys.readouterr().out)
    return code, {(each["advertiser"], each["check"]): (each["state"], each["sentence"]) for each in found}


def test_a_right_mall_passes_and_nothing_is_left_behind(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(DAY + timedelta(days=2), busy_day(DAY))
    before = sorted(mall.folder.rglob("*"))
    code, found = check(capsys)
    assert code == 0
    assert {state for state, _ in found.values()} == {"right"}
    assert found["mall", "settings"][1] == "mall.yaml has no mistake."
    assert found["mall", "purchases"][1].startswith(f"the newest day there is {DAY + timedelta(days=2)}")
    assert found["mall", "lake"][1].endswith(f"the first ingest makes it, below file://{mall.folder}.")
    assert found["mall", "schema"][1] == "mall and mall_store are free; the first run makes them."
    assert found["", "roles"][1].startswith("analyst is there")
    assert sorted(mall.folder.rglob("*")) == before
    assert main(["ingest", "--advertiser", "mall", "--as-of", str(DAY)]) == 0
    code, found = check(capsys)
    assert code == 0
    assert found["mall", "schema"][1] == "mall and mall_store are there and Dangol's."
    capsys.readouterr()
    assert main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mall"
    assert lines[1].startswith("  ✓ settings   mall.yaml")
    assert lines[-1] == "All 7 checks passed."


def test_all_mistakes_of_all_advertisers_come_in_one_go(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall.deliver(DAY, busy_day(DAY))
    Mall(mall.folder, "second", {"window": 3, "k": {"als": 1}}).write_settings()
    (mall.folder / "advertisers" / "third.yaml").write_text("name: [")
    capsys.readouterr()
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    assert "window: must be a section" in said
    assert "k.als: unknown key; it belongs in models" in said
    assert "✗ settings   third.yaml: line 1: not readable as YAML" in said
    assert "mall.yaml has no mistake." in said
    assert said.splitlines()[-1] == "3 of 10 checks failed."
    code, found = check(capsys, "mall")
    assert (code, {name for name, _ in found}) == (0, {"mall", ""})


def test_a_name_without_a_yaml_is_told_with_those_there_are(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = check(capsys, "moll")
    assert code == 1
    assert found["moll", "settings"] == (
        "wrong",
        "moll.yaml: there is no such advertiser; mall was probably meant; known: mall.",
    )


def test_no_advertiser_at_all_is_a_second_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings, "ADVERTISERS", tmp_path)
    code, found = check(capsys)
    assert code == 0
    said = f"there is none in {tmp_path}: copy template.yaml to a name of its own."
    assert found["", "settings"] == ("doubtful", said)


def test_columns_that_look_swapped_get_a_second_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = {"purchases": {"columns": {"user_id": "item_id", "item_id": "user_id", "price": "Price"}}}
    open_mall(tmp_path, monkeypatch, feeds=feeds).deliver(DAY, busy_day(DAY))
    capsys.readouterr()
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert (
        "! settings   feeds.purchases.columns reads our user_id from their item_id, which is called like"
        in said
    )
    assert "item_id: user_id?" in said
    assert said.splitlines()[-1].endswith("2 are marked ! for a second look.")


def test_places_that_are_not_there_or_no_folders_are_told(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = check(capsys)
    assert code == 1
    state, sentence = found["mall", "landing"]
    assert state == "wrong"
    assert sentence.endswith(
        "landing/mall is not there: correct landing.uri or DANGOL_DATA, or ask the mall to deliver."
    )
    (mall.folder / "landing" / "mall" / "sales" / "2026-03-02").mkdir(parents=True)
    (mall.folder / "lake").write_text("")
    code, found = check(capsys)
    assert code == 1
    assert "no folder of a day is like '{feed}/dt={day}'" in found["mall", "purchases"][1]
    assert "it holds 'sales'; correct feeds.purchases.path" in found["mall", "purchases"][1]
    assert found["mall", "lake"][0] == "unreachable"
    assert "lake is a file; a folder is expected there" in found["mall", "lake"][1]


def test_deliveries_before_the_start_get_a_second_look(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    early = DAY - timedelta(days=30)
    mall.deliver(early, busy_day(early))
    code, found = check(capsys)
    assert code == 0
    assert found["mall", "purchases"][0] == "doubtful"
    assert (
        f"the newest day there is {early}, before schedule.start_date {DAY}" in found["mall", "purchases"][1]
    )


def test_a_warehouse_that_does_not_answer_is_for_later(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mall.deliver(DAY, busy_day(DAY))
    connection = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": 1,
        "schema": "w",
        "password": "hush-hush",
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", json.dumps(connection))
    code, found = check(capsys)
    assert code == 75
    assert found["", "warehouse"][0] == "unreachable"
    assert "does not answer" in found["", "warehouse"][1]
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT")
    code, found = check(capsys)
    assert code == 1
    assert "set AIRFLOW_CONN_WAREHOUSE_DEFAULT" in found["", "warehouse"][1]


def test_a_wrong_password_is_told_without_it(
    mall: Mall, warehouse: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = warehouse.url
    wrong = f"postgres://{url.username}:hush-hush@{url.host}:{url.port}/{url.database}"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", wrong)
    assert main(["check"]) == 1  # the landing folder is not there
    shown = capsys.readouterr()
    assert "password authentication failed for user" in shown.out
    assert "hush-hush" not in shown.out + shown.err


def test_schemas_that_are_not_ours_or_not_allowed_are_told(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall.deliver(DAY, busy_day(DAY))
    with warehouse.begin() as connection:
        connection.execute(text("CREATE SCHEMA mall"))
    assert check(capsys)[0] == 0, "an empty one that somebody has prepared is ours to fill"
    with warehouse.begin() as connection:
        connection.execute(text("CREATE TABLE mall.orders (a int)"))
    code, found = check(capsys)
    assert code == 1
    assert "a schema mall or mall_store is there that Dangol did not make" in found["mall", "schema"][1]


def test_a_role_that_may_not_create_is_told_what_to_grant(
    mall: Mall,
    warehouse: Engine,
    postgres: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mall.deliver(DAY, busy_day(DAY))
    url = warehouse.url
    password = postgres.passwords["analyst"]  # type: ignore[attr-defined]
    reader = f"postgres://analyst:{password}@{url.host}:{url.port}/{url.database}"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", reader)
    code, found = check(capsys)
    assert code != 0
    if ("mall", "schema") in found:
        assert f"GRANT CREATE ON DATABASE {url.database} TO analyst." in found["mall", "schema"][1]
    else:
        assert found["", "warehouse"][0] == "unreachable"
    monkeypatch.setenv("DANGOL_ANALYST_ROLE", "nobody_such")
    if ("", "roles") in found:
        assert "CREATE ROLE nobody_such" in check(capsys)[1]["", "roles"][1]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(port=0)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"login": "testing", "password": "testing-secret"}
    extra = {"endpoint_url": endpoint, "region_name": "us-east-1"}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({"conn_type": "aws", **keys, "extra": extra}))
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id=keys["login"], aws_secret_access_key=keys["password"],
    )  # fmt: skip
    client.create_bucket(Bucket="check-mall")
    client.put_object(Bucket="check-mall", Key=f"in/purchases/dt={DAY}/a.csv", Body=b"x")
    yield "check-mall"
    server.stop()


def test_a_bucket_is_tried_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Engine,
    bucket: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"landing": {"uri": f"s3://{bucket}/in"}, "lake": {"uri": f"s3://{bucket}/lake"}}
    open_mall(tmp_path, monkeypatch, feeds={"purchases": {}}, **places)
    code, found = check(capsys)
    assert code == 0, found
    assert found["mall", "purchases"][1].startswith(f"the newest day there is {DAY}")
    assert found["mall", "lake"][1] == f"s3://{bucket}/lake can be written."
    open_mall(
        tmp_path, monkeypatch, feeds={"purchases": {}}, **(places | {"lake": {"uri": "s3://no-such/lake"}})
    )
    code, found = check(capsys)
    assert code == 75
    assert "testing-secret" not in str(found)
    lake = {"uri": "s3://no-such/lake", "conn_id": "not_there"}
    open_mall(tmp_path, monkeypatch, feeds={"purchases": {}}, **(places | {"lake": lake}))
    code, found = check(capsys)
    assert code == 1
    assert "not_there" in found["mall", "lake"][1]


def test_secrets_of_connections_are_hidden_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = json.dumps({"aws_secret_access_key": "s3cr3t-key", "region_name": "eu-west-1"})
    monkeypatch.setenv(
        "AIRFLOW_CONN_A", json.dumps({"conn_type": "aws", "password": "pa%ss", "extra": extra})
    )
    monkeypatch.setenv("AIRFLOW_CONN_B", "postgres://u:p%40ss%2Fw@host:5432/db")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "plain-key")
    said = hide_secrets("pa%ss, s3cr3t-key, p@ss/w, p%40ss%2Fw, plain-key and eu-west-1")
    assert said == "***, ***, ***, ***, *** and eu-west-1"
