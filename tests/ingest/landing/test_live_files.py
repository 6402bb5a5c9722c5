"""What the mall says between its deliveries, as rows of the tables that ads heed."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.errors import RejectedDayError
from include.ingest.landing.live_files import LIVE_FILES, LiveFile, LiveRows, read_live_files
from include.settings import load_advertiser
from tests.malls import Mall, open_mall

BLOCKED, BOUGHT = LIVE_FILES
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT_NINE = datetime(2026, 3, 2, 0, tzinfo=UTC)  # in Seoul
NO_ROWS = LiveRows([], 0, 0, 0)


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    return open_mall(tmp_path, monkeypatch)


def write(mall: Mall, name: str, text: str | bytes) -> Path:
    path = mall.folder / "landing" / mall.name / "live" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(live: LiveFile) -> LiveRows:
    return read_live_files(load_advertiser("mall"), live, NOW)


def test_without_a_folder_a_file_or_a_line_there_are_no_rows(mall: Mall) -> None:
    assert read(BLOCKED) == read(BOUGHT) == NO_ROWS
    write(mall, "readme.txt", "not one of ours")
    assert read(BLOCKED) == NO_ROWS
    write(mall, "blocked_items.csv", "item_id,blocked_at\n")
    write(mall, "just_bought.csv", "")
    assert (read(BLOCKED), read(BOUGHT)) == (LiveRows([], 1, 0, 0), LiveRows([], 1, 0, 0))


def test_what_a_line_may_leave_away(mall: Mall) -> None:
    """Times without an offset are those of the advertiser's zone."""
    write(mall, "blocked_items.csv", "item_id,blocked_at\nP1,2026-03-02 09:00\nP2,2026-03-02T00:00:00Z\n")
    plain = {"blocked_at": AT_NINE, "reason": "", "until": None}
    assert read(BLOCKED).rows == [{"item_id": "P1", **plain}, {"item_id": "P2", **plain}]
    text = "until,reason,item_id,blocked_at\n2026-03-03,sold out,P1,2026-03-02 09:00\n,,P2,2026-03-02 09:00\n"
    write(mall, "blocked_items.csv", text)
    tomorrow = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert read(BLOCKED).rows == [
        {"item_id": "P1", "blocked_at": AT_NINE, "reason": "sold out", "until": tomorrow},
        {"item_id": "P2", **plain},
    ]


def test_ids_are_those_of_the_feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mall = open_mall(tmp_path, monkeypatch, feeds={"purchases": {"id_case": "upper"}})
    write(mall, "just_bought.csv", 'user_id,item_id,bought_at\n u1 ,"p1.0",2026-03-02 09:00\n')
    write(mall, "just_bought-2.csv", "user_id,item_id,bought_at\nu2,0012.0,2026-03-02 09:00\n")
    assert [(row["user_id"], row["item_id"]) for row in read(BOUGHT).rows] == [("U2", "0012"), ("U1", "P1.0")]


@pytest.mark.parametrize(
    "line",
    [
        ",P1,2026-03-02 09:00",
        "u1,,2026-03-02 09:00",
        "u1,NULL,2026-03-02 09:00",
        "u1,8.8E+12,2026-03-02 09:00",
        "u1,P1,",
        "u1,P1,noon",
        "u1,P1,2026-03-09 09:00",
    ],
    ids=["no user", "no item", "null", "spoilt", "no time", "unreadable", "a week ahead"],
)
def test_a_wrong_line_is_left_out_and_counted(mall: Mall, line: str) -> None:
    write(mall, "just_bought.csv", f"user_id,item_id,bought_at\n{line}\nu1,P1,2026-03-02 09:00\n")
    right = {"user_id": "u1", "item_id": "P1", "bought_at": AT_NINE}
    assert read(BOUGHT) == LiveRows([right], 1, 2, 1)


def test_an_end_that_cannot_be_read_is_wrong(mall: Mall) -> None:
    """A block that was meant to end must not stay for ever."""
    write(
        mall, "blocked_items.csv", "item_id,blocked_at,until\nP1,2026-03-02,soon\nP2,2026-03-02,2030-01-01\n"
    )
    found = read(BLOCKED)
    assert [row["item_id"] for row in found.rows] == ["P2"] and found.wrong == 1


def test_parts_in_other_formats_and_an_upload_in_progress(mall: Mall) -> None:
    times = pa.array([AT_NINE], pa.timestamp("us", "UTC"))
    table = pa.table({"item_id": pa.array([7]), "blocked_at": times})
    pq.write_table(table, write(mall, "blocked_items-a.parquet", b""))
    write(mall, "blocked_items-b.jsonl.gz", gzip.compress(b'{"item_id": "P2", "blocked_at": "2026-03-02"}\n'))
    write(mall, "blocked_items-c.csv.part", "item_id,blo")
    write(mall, "blocked_itemsets.csv", "another file")
    found = read(BLOCKED)
    assert [row["item_id"] for row in found.rows] == ["7", "P2"] and found.files == 2


def test_a_file_of_other_columns_is_refused(mall: Mall) -> None:
    write(mall, "just_bought.csv", "user,item_id,at\nu1,P1,2026-03-02\n")
    with pytest.raises(
        RejectedDayError, match=r"no column user_id, bought_at, but user, item_id, at; have it"
    ):
        read(BOUGHT)


def test_nothing_outside_the_landing_place_is_read(mall: Mall, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("item_id,blocked_at\nP1,2026-03-02\n")
    (write(mall, "x", "").parent / "blocked_items.csv").symlink_to(outside)
    with pytest.raises(RejectedDayError, match="link that leads out of the landing folder"):
        read(BLOCKED)


def test_a_file_that_is_too_large_is_not_read(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"limits": {"file_mb": 1}}
    open_mall(mall.folder, monkeypatch, **settings)
    write(mall, "blocked_items.csv", "item_id,blocked_at\n" + "P1,2026-03-02\n" * 100_000)
    with pytest.raises(RejectedDayError, match=r"limits\.file_mb is 1"):
        read(BLOCKED)
