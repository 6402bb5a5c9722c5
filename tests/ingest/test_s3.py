"""Landing and lake on S3: moto's server, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from include.errors import MissingDataError, RejectedDayError, StorageError
from include.ingest import lake
from include.ingest.days import ingest_day
from include.ingest.expiry import expire_lake
from include.ingest.lake import list_days, read_manifest, read_partition, read_quarantine
from include.ingest.landing import explain_incomplete, is_delivered, is_there, read_delivery
from include.ingest.landing.changes import find_changed_days
from include.ingest.landing.day_folder import open_day
from include.settings import Advertiser, Calendar, Complete
from tests.ingest.conftest import DAY, Mall, make_purchases
from tests.ingest.kill_expiry import NEWEST, fill_day

pytestmark = pytest.mark.integration

KEYS = {"aws_access_key_id": "testing-key", "aws_secret_access_key": "testing-secret"}
CONNECTION = "aws_ingest_tests"


def describe_connection(url: str) -> str:
    return json.dumps(
        {
            "conn_type": "aws",
            "login": KEYS["aws_access_key_id"],
            "password": KEYS["aws_secret_access_key"],
            "extra": {"endpoint_url": url, "region_name": "us-east-1"},
        }
    )


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """One server for the module: Airflow remembers the store of a connection for the process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", describe_connection(url))
        yield url
    server.stop()


@pytest.fixture
def s3(server_url: str) -> Iterator[Any]:
    client = boto3.client("s3", endpoint_url=server_url, region_name="us-east-1", **KEYS)
    client.create_bucket(Bucket="mall")
    yield client
    for found in client.list_objects_v2(Bucket="mall").get("Contents", []):
        client.delete_object(Bucket="mall", Key=found["Key"])


def place(uri: str, conn_id: str = CONNECTION) -> dict[str, str]:
    return {"uri": uri, "conn_id": conn_id}


@pytest.fixture
def advertiser(s3: Any, mall: Mall) -> Advertiser:
    return move(mall.advertiser, landing=place("s3://mall/in"), lake=place("s3://mall/lake"))


def move(advertiser: Advertiser, **changes: dict[str, Any]) -> Advertiser:
    return Advertiser.model_validate(advertiser.model_dump() | changes)


def put_lines(s3: Any, rows: pa.Table, name: str = "0.parquet", day: date = DAY) -> None:
    sink = BytesIO()
    pq.write_table(rows, sink)
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={day}/{name}", Body=sink.getvalue())


def list_keys(s3: Any, prefix: str) -> list[str]:
    return [
        found["Key"].rpartition("/")[2]
        for found in s3.list_objects_v2(Bucket="mall", Prefix=prefix)["Contents"]
    ]


def test_waiting_sees_what_has_just_arrived(s3: Any, advertiser: Advertiser) -> None:
    assert not is_there(advertiser, "purchases", DAY)
    with pytest.raises(MissingDataError, match="s3://mall/in/purchases/dt=2026-03-10 is not there"):
        ingest_day(advertiser, "purchases", DAY)
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/", Body=b"")  # as consoles make folders
    assert is_there(advertiser, "purchases", DAY)
    assert not is_delivered(advertiser, "purchases", DAY)
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/_SUCCESS", Body=b"")
    assert not is_delivered(advertiser, "purchases", DAY)
    put_lines(s3, make_purchases(2))
    assert is_delivered(advertiser, "purchases", DAY)


def test_a_closed_day(s3: Any, advertiser: Advertiser) -> None:
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/", Body=b"")
    assert ingest_day(advertiser, "purchases", DAY).warnings == ("the day has no lines.",)


def test_a_day_that_the_calendar_closes_needs_no_folder(s3: Any, advertiser: Advertiser) -> None:
    closed = advertiser.model_copy(update={"calendar": Calendar(closed_weekdays=("tuesday",))})
    assert explain_incomplete(advertiser, "purchases", DAY) is not None
    assert explain_incomplete(closed, "purchases", DAY) is None
    manifest = ingest_day(closed, "purchases", DAY)
    assert (manifest.is_closed, manifest.lines, manifest.warnings) == (True, 0, ())


def test_a_marker_that_closes_a_day(s3: Any, advertiser: Advertiser) -> None:
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/_CLOSED", Body=b"")
    assert ingest_day(advertiser, "purchases", DAY).is_closed


def test_folders_odd_names_and_what_is_no_data(s3: Any, advertiser: Advertiser) -> None:
    names = ("hour=01/a.parquet", "hour=00/a.parquet", "단골 1+1=2?.parquet")
    for name in (*names, "_temporary/b.parquet", ".c.parquet", "d.parquet.part", "0.parquet.crc"):
        put_lines(s3, make_purchases(1, order_id=[name]), name)
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/hour=02/", Body=b"")
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/empty.csv", Body=b"")
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}1/other.csv", Body=b"x")
    manifest = ingest_day(advertiser, "purchases", DAY)
    assert [file.name for file in manifest.source_files] == sorted([*names, "empty.csv"])
    assert manifest.accepted_rows == 3
    assert all(file.modified_at for file in manifest.source_files)
    assert "d.parquet.part is still being uploaded" in " ".join(manifest.warnings)


def test_many_files_are_read_in_batches(
    s3: Any, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.ingest.landing.day_folder._BATCH_FILES", 7)
    monkeypatch.setattr("include.ingest.landing.day_folder._BATCH_BYTES", 8000)
    for number in range(30):
        put_lines(
            s3, make_purchases(1 + number * 10, order_id=["o"] * (1 + number * 10)), f"{number}.parquet"
        )
    delivery = read_delivery(advertiser, "purchases", DAY)
    lines = {file.name: file.table.num_rows for file in delivery.files}
    assert lines == {f"{number}.parquet": 1 + number * 10 for number in range(30)}


def test_a_file_that_grows_or_vanishes_while_it_is_read(s3: Any, advertiser: Advertiser) -> None:
    put_lines(s3, make_purchases(1), "a.parquet")
    folder = open_day(advertiser, "purchases", DAY)
    entries = folder.list_files(10)
    assert entries is not None
    put_lines(s3, make_purchases(9), "a.parquet")
    with pytest.raises(StorageError, match=r"file a\.parquet changed while the day was read"):
        list(folder.read_files(entries))
    s3.delete_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/a.parquet")
    with pytest.raises(StorageError, match=r"a\.parquet vanished while the day was read"):
        list(folder.read_files(entries))


@pytest.mark.parametrize(
    "key",
    [
        f"in/purchases/dt={DAY}/_delta_log/0.json",
        "in/purchases/_delta_log/0.json",
        "in/metadata/v1.metadata.json",
        "in/.hoodie/hoodie.properties",
    ],
)
def test_a_table_of_a_lakehouse_is_refused(s3: Any, advertiser: Advertiser, key: str) -> None:
    put_lines(s3, make_purchases(1))
    ingest_day(advertiser, "purchases", DAY)
    s3.put_object(Bucket="mall", Key=key, Body=b"{}")
    with pytest.raises(RejectedDayError, match=r"s3://mall/in.* is an? .* table .*plain Parquet or CSV"):
        ingest_day(advertiser, "purchases", DAY)


def test_a_manifest_and_a_marker(s3: Any, advertiser: Advertiser) -> None:
    complete = Complete(marker="_SUCCESS", manifest="files.txt")
    feed = advertiser.feeds["purchases"].model_copy(update={"complete": complete})
    strict = advertiser.model_copy(update={"feeds": {"purchases": feed}})
    put_lines(s3, make_purchases(2), "a.parquet")
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/_SUCCESS", Body=b"")
    assert "lacks the manifest files.txt" in str(explain_incomplete(strict, "purchases", DAY))
    body = f"s3://mall/in/purchases/dt={DAY}/a.parquet,2".encode()
    s3.put_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/files.txt", Body=body)
    assert explain_incomplete(strict, "purchases", DAY) is None
    assert ingest_day(strict, "purchases", DAY).accepted_rows == 2


def test_a_late_file_is_noticed(s3: Any, advertiser: Advertiser) -> None:
    put_lines(s3, make_purchases(2), "a.parquet")
    ingest_day(advertiser, "purchases", DAY)
    assert find_changed_days(advertiser, "purchases", DAY, DAY) == []
    put_lines(s3, make_purchases(3), "b.parquet")
    assert find_changed_days(advertiser, "purchases", DAY, DAY) == [DAY]
    ingest_day(advertiser, "purchases", DAY)
    assert find_changed_days(advertiser, "purchases", DAY, DAY) == []
    for name in ("a.parquet", "b.parquet"):
        s3.delete_object(Bucket="mall", Key=f"in/purchases/dt={DAY}/{name}")
    assert find_changed_days(advertiser, "purchases", DAY, DAY) == []


def test_partitions_are_written_read_and_replaced(s3: Any, advertiser: Advertiser) -> None:
    kept = {"purchases": {"redelivered": "keep", "complete": {"quiet_minutes": 0}}}
    advertiser = move(advertiser, feeds=kept)
    put_lines(s3, make_purchases(3, quantity=[1, 0, 2]))
    put_lines(s3, make_purchases(3, quantity=[1, 5, 2]), name="1.parquet")
    first = ingest_day(advertiser, "purchases", DAY)
    assert (first.accepted_rows, first.quarantined_rows, first.duplicate_rows) == (3, 1, 2)
    assert read_manifest(advertiser, "purchases", DAY) == first
    assert read_quarantine(advertiser, "purchases", DAY).column("source_line").to_pylist() == [2]
    put_lines(s3, make_purchases(200), name="2.parquet")
    second = ingest_day(advertiser, "purchases", DAY)
    assert second.accepted_rows == read_partition(advertiser, "purchases", DAY).num_rows == 202
    assert list_days(advertiser, "purchases") == [DAY]
    assert sorted(list_keys(s3, "lake/mall/purchases/")) == sorted(
        [
            "manifest.json",
            *(first.rows_file, first.quarantine_file, first.lines_file),
            *(second.rows_file, second.quarantine_file, second.lines_file),
        ]
    )


def test_what_is_too_old_goes(s3: Any, mall: Mall, advertiser: Advertiser) -> None:
    keep = {"partitions": 29, "quarantine": 10}
    mall.advertiser = move(advertiser, window={"days": 1}, keep=keep)
    old, last, aside, newest = (NEWEST - timedelta(days=days) for days in (30, 29, 11, 0))
    for day in (old, last, aside, newest):
        fill_day(mall, day)
    s3.put_object(Bucket="mall", Key=f"lake/mall/runs/as_of={old}/window.json", Body=b"{}")
    lost = lake.open_partition(mall.advertiser, "purchases", aside - timedelta(days=25))
    lost.write_file("lines-20170101T000000-0.arrow", b"of a removal that was killed")
    [expired] = expire_lake(mall.advertiser)
    # What nothing names may be of an ingest that goes on.
    assert (expired.feed, expired.before, expired.days, expired.quarantines) == ("purchases", last, 2, 2)
    assert list_days(mall.advertiser, "purchases") == [last, aside, newest]
    assert read_partition(mall.advertiser, "purchases", aside).num_rows == 2
    with pytest.raises(MissingDataError, match="quarantined lines are gone"):
        read_quarantine(mall.advertiser, "purchases", aside)
    assert read_quarantine(mall.advertiser, "purchases", newest).num_rows == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lake, "UNNAMED_FILE_LIFE", timedelta(0))
        expire_lake(mall.advertiser)
    folders = {
        found["Key"].split("/")[3] for found in s3.list_objects_v2(Bucket="mall", Prefix="lake/")["Contents"]
    }
    assert folders == {f"as_of={old}", *(f"dt={day}" for day in (last, aside, newest))}


def test_a_bucket_that_is_not_there(s3: Any, advertiser: Advertiser) -> None:
    put_lines(s3, make_purchases(1))
    with pytest.raises(StorageError, match=r"Cannot write s3://no-such-bucket/.*partition is unchanged"):
        ingest_day(move(advertiser, lake=place("s3://no-such-bucket/lake")), "purchases", DAY)


@pytest.mark.parametrize(("moved", "action"), [("landing", "list"), ("lake", "read")])
def test_s3_down(
    s3: Any, advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch, moved: str, action: str
) -> None:
    put_lines(s3, make_purchases(1))
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DOWN", describe_connection("http://127.0.0.1:9"))
    with pytest.raises(StorageError, match=rf"Cannot {action} s3://mall/.*partition is unchanged") as caught:
        ingest_day(move(advertiser, **{moved: place("s3://mall/in", "aws_down")}), "purchases", DAY)
    assert KEYS["aws_secret_access_key"] not in str(caught.value)
