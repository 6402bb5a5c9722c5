"""When a day's delivery is complete: by a marker, by the mall's manifest, or by quiet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.errors import MissingDataError, RejectedDayError
from include.ingest.days import ingest_day
from include.ingest.landing import read_delivery
from include.ingest.landing.completeness import explain_incomplete
from tests.ingest.conftest import DAY, Mall

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at\n"
LINE = "o1,u1,i1,1,2.5,2026-03-10T10:00:00\n"

MakeMall = Callable[..., Mall]


def make(make_mall: MakeMall, **complete: Any) -> Mall:
    return make_mall(feeds={"purchases": {"complete": complete}})


def explain(mall: Mall, now: datetime | None = None) -> str | None:
    return explain_incomplete(mall.advertiser, "purchases", DAY, now)


def set_age(mall: Mall, name: str, seconds: float) -> None:
    then = datetime.now(UTC).timestamp() - seconds
    os.utime(mall.landing() / name, (then, then))


def test_a_marker(make_mall: MakeMall) -> None:
    mall = make(make_mall, marker="_DONE")
    assert "is not there yet" in str(explain(mall))
    mall.deliver_text(HEADER + LINE, name="a.csv")
    set_age(mall, "a.csv", 86_400)
    assert "lacks the marker _DONE" in str(explain(mall))
    with pytest.raises(MissingDataError, match=r"lacks the marker _DONE .* Ask the mall"):
        ingest_day(mall.advertiser, "purchases", DAY)
    assert not mall.partition().exists()
    mall.deliver_text("", name="_DONE")
    assert explain(mall) is None
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.warnings) == (1, ())


def test_a_marker_that_looks_like_data_is_none(make_mall: MakeMall) -> None:
    mall = make(make_mall, marker="done.csv")
    mall.deliver_text("finished at noon", name="done.csv")
    assert explain(mall) is None
    assert ingest_day(mall.advertiser, "purchases", DAY).source_files == ()


def test_a_manifest(make_mall: MakeMall) -> None:
    mall = make(make_mall, manifest="manifest.json")
    mall.deliver_text(HEADER + LINE, name="a.csv")
    assert "lacks the manifest manifest.json" in str(explain(mall))
    mall.deliver_text("[", name="manifest.json")
    assert "the manifest manifest.json is not readable" in str(explain(mall))
    with pytest.raises(RejectedDayError, match=r"manifest\.json is not readable"):
        read_delivery(mall.advertiser, "purchases", DAY)
    listed = [{"name": "a.csv", "lines": 1}, {"name": "b.csv", "lines": 1}]
    mall.deliver_text(json.dumps({"files": listed}), name="manifest.json")
    assert "lacks the file b.csv, which manifest.json names" in str(explain(mall))
    with pytest.raises(MissingDataError, match=r"lacks the file b\.csv"):
        read_delivery(mall.advertiser, "purchases", DAY)
    mall.deliver_text(HEADER + LINE.replace("o1", "o2"), name="b.csv")
    assert explain(mall) is None
    assert read_delivery(mall.advertiser, "purchases", DAY).lines == 2


def test_the_manifest_s_counts_are_compared(make_mall: MakeMall) -> None:
    mall = make(make_mall, manifest="list.txt")
    mall.deliver_text("a.csv,2\nb.csv,0\n", name="list.txt")
    mall.deliver_text(HEADER + LINE, name="a.csv")
    mall.deliver_text("", name="b.csv")
    with pytest.raises(RejectedDayError, match=r"file a\.csv has 1 lines .* manifest says 2"):
        ingest_day(mall.advertiser, "purchases", DAY)
    mall.deliver_text("a.csv,1\nb.csv,0\n", name="list.txt")
    mall.deliver_text(HEADER + LINE, name="c.csv")
    delivery = read_delivery(mall.advertiser, "purchases", DAY)
    assert delivery.warnings == (
        "the mall's manifest does not name file c.csv.",
        "file b.csv is empty, beside files that are not.",
    )


def test_quiet(make_mall: MakeMall) -> None:
    mall = make(make_mall, quiet_minutes=5)
    mall.landing()
    assert "has no data file yet" in str(explain(mall))
    mall.deliver_text(HEADER + LINE, name="a.csv")
    mall.deliver_text(HEADER + LINE, name="b.csv")
    set_age(mall, "a.csv", 3600)
    assert "the newest file, b.csv, is only" in str(explain(mall))
    (warning,) = read_delivery(mall.advertiser, "purchases", DAY).warnings
    assert warning.startswith("the newest file, b.csv, is only")
    assert explain(mall, datetime.now(UTC) + timedelta(minutes=6)) is None
    set_age(mall, "b.csv", 301)
    assert explain(mall) is None
    assert read_delivery(mall.advertiser, "purchases", DAY).warnings == ()


def test_a_clock_that_is_ahead_does_not_block_for_ever(make_mall: MakeMall) -> None:
    mall = make(make_mall, quiet_minutes=5)
    mall.deliver_text(HEADER + LINE, name="a.csv")
    set_age(mall, "a.csv", -60)
    assert "only 0 seconds old" in str(explain(mall))
    set_age(mall, "a.csv", -86_400)
    assert explain(mall) is None


@pytest.mark.parametrize(
    "name", ["b.csv.part", "b.csv._COPYING_", ".b.csv.a1B2c3", "_temporary/0/b.csv", "h/b.csv~"]
)
def test_an_upload_in_progress_is_no_data(make_mall: MakeMall, name: str) -> None:
    mall = make_mall(feeds={"purchases": {"format": "csv"}})
    mall.deliver_text(HEADER + LINE, name="a.csv")
    assert explain(mall) is None
    path = mall.landing() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + LINE * 2)
    assert "is still being uploaded" in str(explain(mall))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert [file.name for file in manifest.source_files] == ["a.csv"]
    assert any("is still being uploaded" in warning for warning in manifest.warnings)


@pytest.mark.parametrize(
    "calendar",
    [{"closed_weekdays": ["tuesday"]}, {"closed_dates": [DAY]}],
    ids=["weekday", "date"],
)
@pytest.mark.parametrize("feed", ["purchases", "products"])
@pytest.mark.parametrize("has_folder", [True, False])
def test_a_day_that_the_calendar_closes(
    make_mall: MakeMall, calendar: dict[str, Any], feed: str, has_folder: bool
) -> None:
    feeds: dict[str, Any] = {"purchases": {"complete": {"marker": "_OK"}}, "products": {}}
    mall = make_mall(calendar=calendar, feeds=feeds)
    if has_folder:
        mall.landing(feed=feed)
    assert explain_incomplete(mall.advertiser, feed, DAY) is None
    manifest = ingest_day(mall.advertiser, feed, DAY)
    assert (manifest.is_closed, manifest.lines, manifest.warnings) == (True, 0, ())
    next_day = DAY + timedelta(days=1)
    assert "is not there yet" in str(explain_incomplete(mall.advertiser, feed, next_day))


def test_a_marker_that_closes_a_day(mall: Mall) -> None:
    mall.deliver_text("", name="_CLOSED")
    assert explain(mall) is None
    assert ingest_day(mall.advertiser, "purchases", DAY).is_closed


def test_a_closed_day_that_has_files(make_mall: MakeMall) -> None:
    mall = make_mall(calendar={"closed_dates": [DAY]})
    mall.deliver_text(HEADER + LINE)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.is_closed, manifest.accepted_rows) == (False, 1)
    assert manifest.warnings == ("the calendar says that the mall is closed, and 1 files are there.",)


def test_a_folder_that_is_not_there_says_what_to_do(mall: Mall) -> None:
    with pytest.raises(MissingDataError, match=r"is not there\. Ask the mall.*calendar\.closed_dates"):
        ingest_day(mall.advertiser, "purchases", DAY)
