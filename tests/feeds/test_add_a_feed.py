"""A feed is added by one file and one line; everything else takes what it knows of it from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from include.errors import MissingDataError, SettingsError
from include.feeds.registry import FEEDS
from include.ingest.lake import read_manifest, read_partition, read_quarantine
from include.ingest.trial import try_delivery
from include.settings.reasons import known_keys
from include.steps.ingest import ingest_days
from tests.feeds.toy import FEED
from tests.ingest.conftest import DAY, Mall, make_purchases
from tests.settings.test_feed import read_feed, refusal

SCANS = """scan_id,item_id,scanned_at,is_staff,shelf
s1,i1,2026-03-10 09:00,yes,mall-1
s2,i1,2026-03-10 09:01,no,other-1
s3,,2026-03-10 09:02,no,
s4,i2,2026-03-11 09:02,no,
s5,i2,2026-03-10 09:03,perhaps,
s6,i2,2026-03-10 09:04,,
s7,i2,2026-03-10 09:05,no,
s7,i3,2026-03-10 09:06,no,
s1,i1,2026-03-10 09:00,yes,mall-1
"""


@pytest.fixture(autouse=True)
def _one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FEEDS, "scans", "tests.feeds.toy")


@pytest.fixture
def make_mall(tmp_path: Path) -> Callable[..., Mall]:
    return lambda **scans: Mall(tmp_path, feeds={"purchases": {}, "scans": scans})


@pytest.fixture
def mall(make_mall: Callable[..., Mall]) -> Iterator[Mall]:
    mall = make_mall()
    mall.deliver(make_purchases())
    mall.deliver_text(SCANS, feed="scans")
    yield mall


@pytest.mark.integration
def test_it_is_ingested_validated_quarantined_and_recorded(mall: Mall, warehouse: Engine) -> None:
    summary = ingest_days(mall.advertiser, DAY, DAY)
    assert summary["feeds"] == {"purchases": 1, "scans": 1}
    accepted = read_partition(mall.advertiser, "scans", DAY)
    assert accepted.schema == FEED.get_schema()
    assert accepted["scan_id"].to_pylist() == ["s1", "s7"]
    assert accepted["is_staff"].to_pylist() == [True, False]
    quarantine = read_quarantine(mall.advertiser, "scans", DAY)
    assert dict(zip(quarantine["scan_id"].to_pylist(), quarantine["reason"].to_pylist(), strict=True)) == {
        "s2": "shelf is of another house",
        "s3": "item_id is missing",
        "s4": "scanned_at is outside the day",
        "s5": "is_staff is neither yes nor no",
        "s6": "is_staff is missing",
        "s7": "scan_id is repeated",
    }
    manifest = read_manifest(mall.advertiser, "scans", DAY)
    assert manifest
    assert manifest.duplicate_rows == 1
    assert manifest.lines_file == ""  # no window reads a log
    with warehouse.connect() as connection:
        [partition] = connection.execute(
            text("SELECT accepted_rows, quarantined_rows FROM mall.partitions WHERE feed = 'scans'")
        )
        found = connection.execute(
            text(
                "SELECT reason, unexpected_rows FROM mall.data_quality"
                " WHERE feed = 'scans' AND severity = 'row' AND NOT passed"
            )
        )
        assert tuple(partition) == (2, 6)
        assert ("shelf is of another house", 1) in [tuple(row) for row in found]


@pytest.mark.integration
def test_a_day_without_it_is_missing_where_it_is_required(mall: Mall, warehouse: Engine) -> None:
    (mall.landing(feed="scans") / "0.csv").unlink()
    mall.landing(feed="scans").rmdir()
    with pytest.raises(MissingDataError, match=r"scans of 2026-03-10.*The purchases of 2026-03-10 are"):
        ingest_days(mall.advertiser, DAY, DAY)


def test_it_is_tried_and_its_columns_are_guessed(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall()
    mall.deliver_text(SCANS.replace("scan_id", "ScanNo", 1), feed="scans")
    trial = try_delivery(mall.advertiser, "scans", DAY)
    assert "lacks the column scan_id" in str(trial.refusal)
    assert "scan_id: ScanNo" in trial.cures[0].setting


def test_settings_know_its_columns_and_reasons(tmp_path: Path) -> None:
    feed = read_feed(tmp_path, {"columns": {"shelf": "Regal"}}, "scans")
    assert feed.source("shelf").columns == ("Regal",)
    assert "NA" in feed.nulls("scan_id")
    assert "NA" not in feed.nulls("shelf")
    assert known_keys({"shelf is of another house": 0.5, "shelf": 0.1})
    assert "our columns of scans are scan_id, item_id" in refusal(
        tmp_path, {"columns": {"shelve": "Regal"}}, "scans"
    )
    assert "scanned_at cannot be a constant" in refusal(
        tmp_path, {"columns": {"scanned_at": {"constant": "2026"}}}, "scans"
    )


def test_one_that_is_not_registered_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    message = refusal(tmp_path, {}, "scan")
    assert "feeds.scan: is no feed that Dangol knows, scans was probably meant; it knows purchases" in message


def test_one_that_the_advertiser_does_not_have_is_told(mall: Mall) -> None:
    with pytest.raises(SettingsError, match="mall has no feed views; it has purchases, scans"):
        try_delivery(mall.advertiser, "views", DAY)


def test_a_redelivered_file_of_it_is_not_compared(mall: Mall) -> None:
    mall.deliver_text(SCANS, feed="scans", name="again.csv")
    trial = try_delivery(mall.advertiser, "scans", DAY)
    assert (trial.accepted, trial.duplicates) == (2, 10)
    assert trial.warnings == ()


def test_its_lines_are_kept_as_they_are_delivered(mall: Mall) -> None:
    lines = pa.array(["mall-1", None])
    from include.ingest.days import ingest_day

    ingest_day(mall.advertiser, "scans", DAY)
    assert read_partition(mall.advertiser, "scans", DAY)["shelf"].combine_chunks().equals(lines)
