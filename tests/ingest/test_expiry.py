"""What is too old goes, whole; what is not stays, whatever the clock says and wherever removing is killed."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include.errors import MissingDataError, StorageError
from include.ingest import lake
from include.ingest.expiry import count_back, expire_lake, find_kept, refuse_expired
from include.ingest.storage import Folder
from include.settings import ROOT
from tests.ingest.conftest import Mall
from tests.ingest.kill_expiry import NEWEST, fill_day

KEEP = {"partitions": 29, "quarantine": 10}


def age(days: int) -> date:
    return NEWEST - timedelta(days=days)


def ingest(mall: Mall, *ages: int) -> None:
    for each in ages:
        fill_day(mall, age(each))


def ingest_catalogue(mall: Mall, *ages: int, items: int = 1) -> None:
    for each in ages:
        fill_day(mall, age(each), "products", items, 0)


@pytest.fixture
def mall(make_mall: Callable[..., Mall]) -> Mall:
    return make_mall(window={"days": 1}, keep=KEEP, schedule={"start_date": "2017-01-01"})


def list_folders(mall: Mall, feed: str = "purchases") -> list[str]:
    return sorted(path.name.removeprefix("dt=") for path in mall.partition(feed=feed).parent.iterdir())


def name_files(mall: Mall, day: date) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in mall.partition(day).iterdir())


def test_days_go_by_their_distance_to_the_newest_not_by_the_clock(mall: Mall) -> None:
    ingest(mall, 31, 30, 29, 28, 0)
    [expired] = expire_lake(mall.advertiser)
    assert (expired.feed, expired.before, expired.days, expired.held) == ("purchases", age(29), 2, ())
    assert lake.list_days(mall.advertiser, "purchases") == [age(29), age(28), age(0)]
    assert list_folders(mall) == [str(age(29)), str(age(28)), str(age(0))], "not even a folder is left"
    assert expire_lake(mall.advertiser)[0].days == 0
    with pytest.raises(MissingDataError, match=r"of 2017-05-31: the lake has no such partition"):
        lake.read_partition(mall.advertiser, "purchases", age(30))


def test_the_quarantine_goes_earlier_and_leaves_the_partition(mall: Mall) -> None:
    ingest(mall, 20, 11, 10, 0)
    before = {day: lake.read_manifest(mall.advertiser, "purchases", age(day)) for day in (20, 11, 10, 0)}
    [expired] = expire_lake(mall.advertiser)
    assert (expired.days, expired.quarantines) == (0, 2)
    for day, manifest in before.items():
        assert lake.read_manifest(mall.advertiser, "purchases", age(day)) == manifest
        assert lake.read_partition(mall.advertiser, "purchases", age(day)).num_rows == 2
    assert name_files(mall, age(11)) == ["accepted", "lines", "manifest.json"]
    assert lake.read_quarantine(mall.advertiser, "purchases", age(10)).num_rows == 1
    with pytest.raises(MissingDataError, match=r"2017-06-19: the quarantined .* for 10 days \(keep\.quarant"):
        lake.read_quarantine(mall.advertiser, "purchases", age(11))
    ingest(mall, 11)
    assert lake.read_quarantine(mall.advertiser, "purchases", age(11)).num_rows == 1, "until the next expiry"
    assert expire_lake(mall.advertiser)[0].quarantines == 1


def test_quarantined_lines_that_nothing_names_go_too(mall: Mall) -> None:
    ingest(mall, 11, 0)
    ingest(mall, 11)  # which leaves the files of the ingest before to whoever reads them
    (mall.partition(age(11)) / ".quarantined-x.parquet.0123.tmp").write_text("of a killed ingest")
    assert len([name for name in name_files(mall, age(11)) if name.endswith("quarantined")]) == 3
    expire_lake(mall.advertiser)
    assert "quarantined" not in " ".join(name_files(mall, age(11)))


def test_a_days_quarantine_stays_no_longer_than_its_partition(make_mall: Callable[..., Mall]) -> None:
    kept = count_back(make_mall(keep={"partitions": 58, "quarantine": 400}).advertiser, NEWEST)
    assert kept.rows == kept.quarantine == age(58)


def test_the_newest_day_is_of_any_feed_has_rows_and_is_not_to_come(mall: Mall) -> None:
    assert find_kept(mall.advertiser) is None
    assert expire_lake(mall.advertiser) == []
    ingest(mall, 40)
    ingest_catalogue(mall, 5)
    fill_day(mall, age(0), accepted=0)
    kept = find_kept(mall.advertiser)
    assert kept is not None
    assert kept.newest == age(5)
    to_come = datetime.now(UTC).date() + timedelta(days=400)
    fill_day(mall, to_come)
    assert find_kept(mall.advertiser) == kept


def test_a_damaged_newest_day_is_passed(mall: Mall) -> None:
    ingest(mall, 30, 1, 0)
    (mall.partition(age(0)) / "manifest.json").write_text("{")
    kept = find_kept(mall.advertiser)
    assert kept is not None
    assert kept.newest == age(1)
    (mall.partition(age(30)) / "manifest.json").write_text("{")
    ingest(mall, 0)
    expire_lake(mall.advertiser)
    assert lake.read_manifest(mall.advertiser, "purchases", age(30)) is None


def test_the_catalogue_that_the_first_windows_go_by_stays(mall: Mall) -> None:
    ingest(mall, 0)
    ingest_catalogue(mall, 60, 50, 10)
    ingest_catalogue(mall, 40, items=0)
    expired = {each.feed: each for each in expire_lake(mall.advertiser)}["products"]
    assert (expired.days, expired.held) == (2, (age(50),))
    assert lake.list_days(mall.advertiser, "products") == [age(50), age(10)]
    assert lake.find_newest_rows(mall.advertiser, "products", age(29)) == age(50)


def test_a_feed_that_the_yaml_has_no_more(mall: Mall, make_mall: Callable[..., Mall]) -> None:
    ingest(mall, 0)
    lake_folder = mall.partition().parent.parent
    ingest(mall, 30)
    (lake_folder / "purchases" / f"dt={age(30)}").rename(lake_folder / f"dt={age(30)}")
    (lake_folder / "scans").mkdir()
    (lake_folder / f"dt={age(30)}").rename(lake_folder / "scans" / f"dt={age(30)}")
    (lake_folder / "runs" / f"dt={age(30)}").mkdir(parents=True)
    (lake_folder / "runs" / f"dt={age(30)}" / "window.json").write_text("{}")
    assert {each.feed: each.days for each in expire_lake(mall.advertiser)} == {"purchases": 0, "scans": 1}
    assert list((lake_folder / "scans").iterdir()) == []
    assert (lake_folder / "runs" / f"dt={age(30)}" / "window.json").exists()


def test_a_young_file_may_be_another_ingests(mall: Mall) -> None:
    ingest(mall, 30, 0)
    folder = mall.partition(age(30))
    (folder / "accepted-20170601T000000-0123.parquet").touch()
    expire_lake(mall.advertiser)
    assert name_files(mall, age(30)) == ["accepted"]
    past = datetime.now().timestamp() - lake.UNNAMED_FILE_LIFE.total_seconds() - 1
    os.utime(folder / "accepted-20170601T000000-0123.parquet", (past, past))
    expire_lake(mall.advertiser)
    assert not folder.exists()


def age_files(folder: Path) -> None:
    past = datetime.now().timestamp() - lake.UNNAMED_FILE_LIFE.total_seconds() - 1
    for path in folder.iterdir():
        os.utime(path, (past, past))


def test_what_a_killed_ingest_has_left_goes_once_it_is_old_enough(mall: Mall) -> None:
    ingest(mall, 5, 0)
    folder, never_made = mall.partition(age(5)), mall.partition(age(4))
    left = "accepted-20170625T000000-0123456789ab.parquet"
    never_made.mkdir()
    for path in (folder / left, never_made / left, never_made / f".{left}.01234567.tmp"):
        path.write_text("of an ingest that was killed")
    before = lake.read_manifest(mall.advertiser, "purchases", age(5))
    assert before is not None
    expire_lake(mall.advertiser)
    assert (folder / left).exists(), "another ingest may be about to name it"
    age_files(never_made)
    os.utime(folder / left, (0, 0))
    expire_lake(mall.advertiser)
    assert (folder / left).exists(), "somebody may read what the manifest before named"
    assert list(never_made.iterdir()) == []
    age_files(folder)
    expire_lake(mall.advertiser)
    names = {path.name for path in folder.iterdir()}
    assert names == {lake.MANIFEST, *lake.list_named_files(before)}
    assert lake.read_manifest(mall.advertiser, "purchases", age(5)) == before


def test_files_beside_a_damaged_manifest_wait_for_the_ingest_that_mends_it(mall: Mall) -> None:
    ingest(mall, 5, 5, 0)
    folder = mall.partition(age(5))
    (folder / lake.MANIFEST).write_text("{")
    age_files(folder)
    before = name_files(mall, age(5))
    expire_lake(mall.advertiser)
    assert name_files(mall, age(5)) == before


def test_what_a_mall_has_delivered_there_stays(mall: Mall) -> None:
    ingest(mall, 0)
    top = mall.partition().parent.parent
    delivered = [top / feed / f"dt={age(60)}" / "part-0.csv" for feed in ("purchases", "incoming")]
    delivered.append(top / "incoming" / f"dt={age(60)}" / lake.MANIFEST)
    for path in delivered:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (0, 0))
    assert [each.days for each in expire_lake(mall.advertiser)] == [0, 0]
    assert all(path.exists() for path in delivered)


def test_a_folder_of_no_day_is_not_of_the_lake(mall: Mall) -> None:
    ingest(mall, 30, 0)
    strange = mall.partition().parent / "dt=2017-02-30"
    strange.mkdir()
    (strange / "accepted-0.parquet").touch()
    assert lake.list_days(mall.advertiser, "purchases") == [age(30), age(0)]
    assert expire_lake(mall.advertiser)[0].days == 1
    assert list(strange.iterdir()) != []


def test_a_day_that_would_expire_at_once_is_refused(mall: Mall) -> None:
    kept = count_back(mall.advertiser, NEWEST)
    assert refuse_expired(mall.advertiser, "purchases", age(29), kept) is None
    assert refuse_expired(mall.advertiser, "purchases", age(30), None) is None
    assert str(refuse_expired(mall.advertiser, "purchases", age(30), kept)) == (
        "mall, purchases of 2017-05-31: the lake keeps days from 2017-06-01 on (keep.partitions: 29 days"
        " before the newest of the lake, 2017-06-30), so this day would expire at once; raise keep.partitions"
        " in mall.yaml to have it."
    )


def test_what_cannot_be_removed_stays_for_the_next_time(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ingest(mall, *range(36, 29, -1), 11, 0)
    remove_file = Folder.remove_file

    def refuse(folder: Folder, name: str) -> None:
        if f"dt={age(36)}" in folder.url:
            raise StorageError(f"Cannot remove {folder.url}/{name}: Permission denied.")
        remove_file(folder, name)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove_file", refuse)
        [expired] = expire_lake(mall.advertiser)
    assert (expired.days, expired.quarantines, expired.held) == (6, 1, (age(36),))
    assert "mall, purchases: what has expired stays for the next ingest: Cannot remove" in caplog.text
    assert lake.read_partition(mall.advertiser, "purchases", age(36)).num_rows == 2, "whole"
    assert expire_lake(mall.advertiser)[0].days == 1


def test_a_store_that_is_down_is_asked_three_times(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ingest(mall, *range(36, 29, -1), 0)
    asked = []

    def refuse(folder: Folder, name: str) -> None:
        asked.append(name)
        raise StorageError("The store is down.")

    monkeypatch.setattr(Folder, "remove_file", refuse)
    with caplog.at_level(logging.WARNING):
        [expired] = expire_lake(mall.advertiser)
    assert (expired.days, len(expired.held), asked) == (0, 7, ["manifest.json"] * 3)
    assert len(caplog.records) == 1


def test_a_killed_removal_leaves_whole_partitions_or_none(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.ingest.kill_expiry", str(tmp_path)]
    run = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    states = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert all(rows in (2, None) for state in states for rows in state["rows"]), states
    # Two days of a manifest and three files each, and the quarantine of a third day; then one is not killed.
    assert len(states) == 10
    assert [state["rows"] for state in states[:3]] == [[2, 2, 2], [None, 2, 2], [None, 2, 2]]
    assert states[-1]["rows"] == [None, None, 2]
    assert all(state["files_after_another"] == [0, 0, 3] for state in states), states
