"""A range of days: what one of them meets does not stop the others, and is said where people look."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from include.errors import MissingDataError, PermanentError, RejectedDayError, SettingsError, StorageError
from include.ingest import clean, lake
from include.ingest.storage import Folder
from include.settings import Advertiser, Keep
from include.steps.ingest import find_late_days, ingest_days
from include.warehouse.postgres.ingest_log import FAILURE
from tests.ingest.conftest import DAY, Mall, make_purchases

pytestmark = pytest.mark.integration

SECRET = "kim@example.com"
DAYS = [DAY + timedelta(days=age) for age in range(4)]


@pytest.fixture
def make_mall(tmp_path: Path, warehouse: Engine) -> Iterator[Callable[..., Mall]]:
    yield lambda **settings: Mall(tmp_path, **settings)


@pytest.fixture
def mall(make_mall: Callable[..., Mall]) -> Mall:
    return make_mall()


def deliver(mall: Mall, *days: date, count: int = 3, name: str = "0.parquet") -> None:
    for day in days:
        mall.deliver(make_purchases(count, purchased_at=[f"{day}T09:30:00"] * count), day, name=name)


def read_failures(engine: Engine) -> dict[tuple[str, date], str]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT feed, day, reason FROM mall.data_quality WHERE expectation = :failure"),
            {"failure": FAILURE},
        )
        return {(row.feed, row.day): row.reason for row in rows}


def read_partitions(engine: Engine) -> list[tuple[str, date, int, bool]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT feed, day, accepted_rows, is_closed FROM mall.partitions ORDER BY feed, day")
        )
        return [(row.feed, row.day, row.accepted_rows, row.is_closed) for row in rows]


def test_days_are_counted_and_described(
    make_mall: Callable[..., Mall], warehouse: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    mall = make_mall(calendar={"closed_dates": [DAYS[1]]})
    deliver(mall, DAYS[0], DAYS[2])
    with caplog.at_level(logging.INFO):
        summary = ingest_days(mall.advertiser, DAYS[0], DAYS[2])
    assert {key: summary[key] for key in ("lines", "accepted", "partitions", "closed", "late")} == {
        "lines": 6,
        "accepted": 6,
        "partitions": 4,  # both feeds are closed on the second day
        "closed": 2,
        "late": 0,
    }
    assert read_partitions(warehouse) == [
        ("products", DAYS[1], 0, True),
        ("purchases", DAYS[0], 3, False),
        ("purchases", DAYS[1], 0, True),
        ("purchases", DAYS[2], 3, False),
    ]
    assert f"mall purchases {DAYS[1]}: the mall was closed." in caplog.text
    assert read_failures(warehouse) == {}


def test_an_unexpected_error_stops_no_other_day(
    mall: Mall, warehouse: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(mall, *DAYS)
    real = clean.clean_lines

    def crash(advertiser: Advertiser, feed: str, files: Any) -> Any:
        stamps = files[0].table["purchased_at"].to_pylist() if feed == "purchases" else []
        if f"{DAYS[1]}T09:30:00" in stamps:
            try:
                raise KeyError(SECRET)
            except KeyError as cause:
                raise ZeroDivisionError(f"cannot divide {SECRET}") from cause
        return real(advertiser, feed, files)

    monkeypatch.setattr("include.ingest.days.clean_lines", crash)
    with pytest.raises(RejectedDayError) as caught:
        ingest_days(mall.advertiser, DAYS[0], DAYS[3])
    message = str(caught.value)
    assert (
        f"mall, purchases of {DAYS[1]}: an unexpected error (ZeroDivisionError) stopped this day" in message
    )
    assert "The lake keeps what it had." in message
    assert "(3 other partitions are ingested.)" in message
    assert lake.list_days(mall.advertiser, "purchases") == [DAYS[0], DAYS[2], DAYS[3]]
    assert list(read_failures(warehouse)) == [("purchases", DAYS[1])]
    assert "an unexpected error (ZeroDivisionError)" in read_failures(warehouse)["purchases", DAYS[1]]
    assert "in crash" in caplog.text, "the log has the trace"
    assert "KeyError\nwhich led to\n" in caplog.text
    assert SECRET not in caplog.text + message


def test_a_storage_error_stops_at_once(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(mall, *DAYS)

    def fail(self: Folder, name: str, content: bytes) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(Folder, "write_file", fail)
    with pytest.raises(StorageError, match="The disk is full"):
        ingest_days(mall.advertiser, DAYS[0], DAYS[3])


def test_missing_days_are_named(mall: Mall, warehouse: Engine) -> None:
    deliver(mall, DAYS[1])
    with pytest.raises(MissingDataError) as caught:
        ingest_days(mall.advertiser, DAYS[0], DAYS[3])
    assert str(caught.value).count("calendar.closed_dates") == 3
    assert sorted(read_failures(warehouse)) == [("purchases", day) for day in (DAYS[0], *DAYS[2:])]


@pytest.mark.parametrize("required", [False, True])
def test_a_refused_catalogue(
    make_mall: Callable[..., Mall], warehouse: Engine, caplog: pytest.LogCaptureFixture, required: bool
) -> None:
    mall = make_mall(feeds={"purchases": {}, "products": {"required": required}})
    deliver(mall, DAY)
    mall.deliver_text("title\nshoe\n", feed="products")
    if required:
        with pytest.raises(RejectedDayError) as caught:
            ingest_days(mall.advertiser, DAY, DAY)
        assert "mall, products of 2026-03-10: file 0.csv lacks the column item_id" in str(caught.value)
        assert "The purchases of 2026-03-10 are ingested." in str(caught.value)
    else:
        assert ingest_days(mall.advertiser, DAY, DAY)["partitions"] == 1
        assert "An optional feed is refused" in caplog.text
    assert read_partitions(warehouse) == [("purchases", DAY, 3, False)]
    assert list(read_failures(warehouse)) == [("products", DAY)]


def test_wrong_settings_of_an_optional_feed_fail(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(mall, DAY)
    mall.landing(feed="products")
    real = clean.clean_lines

    def refuse(advertiser: Advertiser, feed: str, files: Any) -> Any:
        if feed == "products":
            raise SettingsError("there is no such format.")
        return real(advertiser, feed, files)

    monkeypatch.setattr("include.ingest.days.clean_lines", refuse)
    with pytest.raises(SettingsError, match=r"products of 2026-03-10: there is no such format"):
        ingest_days(mall.advertiser, DAY, DAY)


def test_a_sentence_that_postgresql_cannot_hold_is_stored_escaped(
    mall: Mall, warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(mall, DAY)

    def refuse(*_: Any) -> Any:
        raise RejectedDayError(f"file \0 \udcc1 {'단골' * 2000} is bad.")

    monkeypatch.setattr("include.ingest.days.clean_lines", refuse)
    with pytest.raises(RejectedDayError):
        ingest_days(mall.advertiser, DAY, DAY)
    reason = read_failures(warehouse)["purchases", DAY]
    assert r"file \x00 \udcc1 단골단골" in reason
    assert reason.endswith(" …")


# Days that have changed


def age_files(mall: Mall, day: date) -> None:
    then = datetime.now(UTC).timestamp() - 3600
    for path in mall.landing(day).iterdir():
        os.utime(path, (then, then))


def test_a_late_file_is_ingested_with_the_next_day(
    mall: Mall, warehouse: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(mall, *DAYS[:3])
    ingest_days(mall.advertiser, DAYS[0], DAYS[2])
    deliver(mall, DAYS[1], count=5, name="late.parquet")
    assert find_late_days(mall.advertiser, DAYS[3]) == [(DAYS[1], "purchases")]
    deliver(mall, DAYS[3])
    assert ingest_days(mall.advertiser, DAYS[3], DAYS[3])["late"] == 0, "a run by hand owns its day alone"
    with caplog.at_level(logging.INFO):
        summary = ingest_days(mall.advertiser, DAYS[3], DAYS[3], also_changed=True)
    assert (summary["late"], summary["partitions"]) == (1, 2)
    assert (
        f"mall, purchases of {DAYS[1]}: the file late.parquet has come since it was ingested." in caplog.text
    )
    assert f"mall, purchases of {DAYS[1]} is ingested again." in caplog.text
    assert [row[2] for row in read_partitions(warehouse)] == [3, 5, 3, 3]
    assert find_late_days(mall.advertiser, DAYS[3]) == []


def test_a_late_file_that_is_still_moving_waits(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"complete": {"quiet_minutes": 5}}})
    deliver(mall, *DAYS[:2])
    age_files(mall, DAYS[0])
    ingest_days(mall.advertiser, DAYS[0], DAYS[1])
    deliver(mall, DAYS[0], count=4, name="late.parquet")
    assert find_late_days(mall.advertiser, DAYS[1]) == []
    age_files(mall, DAYS[0])
    assert find_late_days(mall.advertiser, DAYS[1]) == [(DAYS[0], "purchases")]


def test_a_changed_day_that_is_refused_keeps_what_it_had(
    mall: Mall, warehouse: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(mall, *DAYS[:2])
    ingest_days(mall.advertiser, DAYS[0], DAYS[0])
    mall.deliver(pa.table({"a": [1]}), DAYS[0], name="late.parquet")
    summary = ingest_days(mall.advertiser, DAYS[1], DAYS[1], also_changed=True)
    assert (summary["late"], summary["refused_late"], summary["partitions"]) == (1, 1, 1)
    assert "A changed delivery is refused" in caplog.text
    assert list(read_failures(warehouse)) == [("purchases", DAYS[0])]
    assert lake.read_partition(mall.advertiser, "purchases", DAYS[0]).num_rows == 3


def test_only_days_of_the_window_are_looked_at(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(window={"days": 2})
    deliver(mall, *DAYS[:3])
    ingest_days(mall.advertiser, DAYS[0], DAYS[2])
    for day in DAYS[:3]:
        deliver(mall, day, count=5, name="late.parquet")
    assert find_late_days(mall.advertiser, DAYS[2]) == [(DAYS[1], "purchases")]


def test_files_in_which_damage_would_go_unseen_are_counted(
    mall: Mall, caplog: pytest.LogCaptureFixture
) -> None:
    import pyarrow.parquet as pq

    deliver(mall, DAY)
    others = make_purchases(2, order_id=["o8", "o9"], purchased_at=[f"{DAY}T09:30:00"] * 2)
    pq.write_table(others, mall.landing() / "1.parquet", write_page_checksum=True)
    with caplog.at_level(logging.INFO):
        ingest_days(mall.advertiser, DAY, DAY)
    assert "1 of 2 Parquet files have no checksums of their pages" in caplog.text
    (mall.landing() / "0.parquet").unlink()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        ingest_days(mall.advertiser, DAY, DAY)
    assert "checksums" not in caplog.text


KEEP = {"window": {"days": 1}, "keep": {"partitions": 30, "quarantine": 10}}


def read_expired(engine: Engine) -> list[tuple[str, date]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT feed, day FROM mall.partitions WHERE expired_at IS NOT NULL ORDER BY feed, day")
        )
        return [(row.feed, row.day) for row in rows]


def test_what_is_too_old_expires_at_the_end(
    make_mall: Callable[..., Mall], warehouse: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    mall = make_mall(**KEEP)
    limit = DAYS[3] - timedelta(days=30)
    old = [limit - timedelta(days=1), limit]
    deliver(mall, *old, *DAYS)
    for day in old:
        assert ingest_days(mall.advertiser, day, day)["expired"] == 0
    with caplog.at_level(logging.INFO):
        assert ingest_days(mall.advertiser, DAYS[0], DAYS[3])["expired"] == 1
    assert f"mall, purchases: 1 days before {limit} and the quarantined lines of 1 more" in caplog.text
    assert lake.list_days(mall.advertiser, "purchases") == [limit, *DAYS]
    assert read_expired(warehouse) == [("purchases", old[0])]
    assert [day for _, day, _, _ in read_partitions(warehouse)] == [*old, *DAYS], "the row stays"

    with pytest.raises(
        PermanentError, match=rf"^mall, purchases of {old[0]}: the lake keeps days from {limit} on"
    ):
        ingest_days(mall.advertiser, old[0], limit)
    assert lake.list_days(mall.advertiser, "purchases") == [limit, *DAYS]
    assert read_failures(warehouse) == {}, "nothing is wrong with the delivery"

    longer = mall.advertiser.model_copy(update={"keep": Keep(partitions=31, quarantine=10)})
    assert ingest_days(longer, old[0], old[0])["expired"] == 0
    assert read_expired(warehouse) == []


def test_a_removal_that_fails_never_fails_the_ingest(
    make_mall: Callable[..., Mall],
    warehouse: Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mall = make_mall(**KEEP)
    old = DAYS[0] - timedelta(days=40)
    deliver(mall, old, *DAYS)
    ingest_days(mall.advertiser, old, old)

    def fail(*_: object) -> None:
        raise StorageError("Permission denied.")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove_file", fail)
        assert ingest_days(mall.advertiser, DAYS[0], DAYS[0])["expired"] == 0
    assert "stays for the next ingest: Permission denied" in caplog.text
    assert read_expired(warehouse) == []
    with monkeypatch.context() as patch:
        patch.setattr("include.ingest.expiry._list_files", fail)
        assert ingest_days(mall.advertiser, DAYS[1], DAYS[1])["partitions"] == 1
    assert "mall: what has expired is left to the next ingest: Permission denied" in caplog.text
    with monkeypatch.context() as patch:  # after the lake let go of the day, before the warehouse knows
        patch.setattr("include.warehouse.postgres.ingest_log.record_expiry", fail)
        assert ingest_days(mall.advertiser, DAYS[2], DAYS[2])["partitions"] == 1
    assert lake.list_days(mall.advertiser, "purchases") == DAYS[:3]
    assert read_expired(warehouse) == []
    assert ingest_days(mall.advertiser, DAYS[3], DAYS[3])["expired"] == 0
    assert read_expired(warehouse) == [("purchases", old)]
