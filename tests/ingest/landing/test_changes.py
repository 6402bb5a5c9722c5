"""Days whose landing folder has changed since they were ingested."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import shutil
from datetime import date, timedelta

import pytest

from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest
from include.ingest.landing.changes import find_changed_days
from tests.ingest.conftest import DAY, Mall, make_purchases

FIRST = DAY - timedelta(days=3)


@pytest.fixture
def ingested(mall: Mall) -> Mall:
    """Two files of a day, of an hour ago, are in the lake."""
    for name in ("a.parquet", "b.parquet"):
        mall.deliver(make_purchases(50), name=name)
        touch(mall, name, -3600)
    ingest_day(mall.advertiser, "purchases", DAY)
    return mall


def touch(mall: Mall, name: str, seconds: float) -> None:
    path = mall.landing() / name
    time = path.stat().st_mtime + seconds
    os.utime(path, (time, time))


def find(mall: Mall) -> list[date]:
    return find_changed_days(mall.advertiser, "purchases", FIRST, DAY)


def test_a_day_that_stays_as_it_is(ingested: Mall) -> None:
    assert find(ingested) == []
    (ingested.landing() / "_SUCCESS").touch()
    (ingested.landing() / "c.parquet.part").touch()
    assert find(ingested) == []


def test_what_was_never_ingested_is_no_change(ingested: Mall) -> None:
    ingested.deliver(make_purchases(1), day=FIRST)
    assert find(ingested) == []


def test_a_late_file(ingested: Mall) -> None:
    ingested.deliver(make_purchases(1), name="c.parquet")
    assert find(ingested) == [DAY]
    ingest_day(ingested.advertiser, "purchases", DAY)
    assert find(ingested) == []


def test_a_late_file_in_a_folder_of_the_day(ingested: Mall) -> None:
    (ingested.landing() / "hour=01").mkdir()
    ingested.deliver(make_purchases(1), name="hour=01/a.parquet")
    assert find(ingested) == [DAY]


def test_a_file_of_another_size(ingested: Mall) -> None:
    time = (ingested.landing() / "b.parquet").stat().st_mtime
    ingested.deliver(make_purchases(60), name="b.parquet")
    os.utime(ingested.landing() / "b.parquet", (time, time))
    assert find(ingested) == [DAY]


def test_a_file_that_was_written_again(ingested: Mall) -> None:
    touch(ingested, "b.parquet", 1)
    assert find(ingested) == [DAY]
    touch(ingested, "b.parquet", -10)
    assert find(ingested) == []


def test_a_landing_place_that_was_cleaned_up_is_no_change(ingested: Mall) -> None:
    (ingested.landing() / "b.parquet").unlink()
    assert find(ingested) == []
    (ingested.landing() / "a.parquet").unlink()
    assert find(ingested) == []
    ingested.landing().rmdir()
    assert find(ingested) == []


def test_a_whole_delivery_under_other_names(ingested: Mall) -> None:
    for name in ("a.parquet", "b.parquet"):
        (ingested.landing() / name).rename(ingested.landing() / f"new-{name}")
    assert find(ingested) == [DAY]


def test_a_late_file_after_the_clean_up_is_left_to_people(
    ingested: Mall, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.parquet", "b.parquet"):
        (ingested.landing() / name).unlink()
    ingested.deliver(make_purchases(1), name="late.parquet")
    with caplog.at_level(logging.WARNING):
        assert find(ingested) == []
    assert "the file late.parquet has come" in caplog.text
    assert "ingest it by hand" in caplog.text


def test_a_manifest_of_former_times_has_no_times(ingested: Mall) -> None:
    path = ingested.partition() / "manifest.json"
    known = json.loads(path.read_text())
    for file in known["source_files"]:
        del file["modified_at"]
    path.write_text(json.dumps(known))
    touch(ingested, "b.parquet", 1)
    assert find(ingested) == []
    ingested.deliver(make_purchases(60), name="b.parquet")
    assert find(ingested) == [DAY]


def test_days_that_cannot_be_compared_stop_no_other(ingested: Mall, caplog: pytest.LogCaptureFixture) -> None:
    for age in (1, 2):
        shutil.copytree(ingested.landing(), ingested.landing(DAY - timedelta(days=age)), dirs_exist_ok=True)
        ingest_day(ingested.advertiser, "purchases", DAY - timedelta(days=age))
    (ingested.partition(DAY - timedelta(days=1)) / "manifest.json").write_text("{")
    shutil.rmtree(ingested.landing(DAY - timedelta(days=2)))
    (ingested.folder / "landing" / "purchases" / f"dt={DAY - timedelta(days=2)}").symlink_to("/etc")
    ingested.deliver(make_purchases(1), name="c.parquet")
    with caplog.at_level(logging.WARNING):
        assert find(ingested) == [DAY]
    assert "is damaged" in caplog.text
    assert "leads out of the landing folder" in caplog.text


def test_an_empty_part_and_a_closed_day_are_known(ingested: Mall) -> None:
    ingested.deliver_text("", name="c.csv")
    ingest_day(ingested.advertiser, "purchases", DAY)
    assert find(ingested) == []
    manifest = read_manifest(ingested.advertiser, "purchases", DAY)
    assert manifest is not None
    assert [(file.name, file.lines) for file in manifest.source_files] == [
        ("a.parquet", 50),
        ("b.parquet", 50),
        ("c.csv", 0),
    ]
    assert dataclasses.asdict(manifest)["source_files"][2]["size_bytes"] == 0
