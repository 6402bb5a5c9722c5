"""What a feed's settings say of its values is read, or refused with a sentence that names the cure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.errors import SettingsError
from include.settings import Feed, read_advertiser
from include.settings.feed import ID_NULLS, NULLS
from include.settings.time_formats import NAMED_FORMATS, check_format


def read_feed(folder: Path, feed: dict[str, Any], name: str = "purchases", **settings: Any) -> Feed:
    raw = {
        "name": "mall",
        "time_zone": "Asia/Seoul",
        "landing": {"uri": "landing/mall"},
        "feeds": {"purchases": {}, name: feed},
        "schedule": {"start_date": date(2026, 1, 10)},
    }
    path = folder / "mall.yaml"
    path.write_text(yaml.safe_dump(raw | settings, allow_unicode=True), encoding="utf-8")
    return read_advertiser(path).feeds[name]


def refusal(folder: Path, feed: dict[str, Any], name: str = "purchases", **settings: Any) -> str:
    with pytest.raises(SettingsError) as error:
        read_feed(folder, feed, name, **settings)
    message = str(error.value)
    assert message.startswith("mall.yaml: ")
    assert message.count("\n") == 0
    return message


@pytest.mark.parametrize(
    "text_format",
    [
        *NAMED_FORMATS,
        "%Y-%m-%d",
        "%d/%m/%Y %H:%M",
        "%m/%d/%y %I:%M %p",
        "%Y-%m-%d %p %I:%M:%S",
        "%d %b %Y %H:%M:%S.%f",
        "%A, %d %B %Y",
        "%Y%j%H",
        "%G-W%V-%u",
        "%Y-%U-%w",
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%d %H:%M %Z",
        "%Y년 %m월 %d일 %H시",
        "%Y-%m-%d 100%% %H",
    ],
)
def test_formats_that_can_be_right(tmp_path: Path, text_format: str) -> None:
    assert read_feed(tmp_path, {"timestamp_format": text_format}).timestamp_formats == (text_format,)


@pytest.mark.parametrize(
    ("text_format", "parts"),
    [
        ("%m/%d/%Y %H:%M %p", ["%H, the hour of 24, with %p", "write %I"]),
        ("%Y-%m-%d %I:%M", ["%I, the hour of 12, without %p", "write %H"]),
        ("%Y-%m-%d %H %I:%M %p", ["%H and %I", "keep one"]),
        ("%Y-%m-%d %H %I", ["%H and %I", "keep one"]),
        ("%Y-%m-%d %p", ["%p without %I"]),
        ("%Y-%m-%d %M", ["%M without %H or %I"]),
        ("%Y-%m-%d %H:%S", ["%S without %M"]),
        ("%Y-%m-%d %H:%M.%f", ["%f without %S"]),
        ("%m-%d %H:%M", ["lacks the year"]),
        ("%Y-%M-%d", ["lacks the month", "%M is the minute"]),
        ("%Y-%m %H:%M", ["lacks the day"]),
        ("%H:%M", ["lacks the year"]),
        ("%G-%m-%d", ["%G", "write %Y"]),
        ("%Y-W%V-%u", ["%G and %V together"]),
        ("%Y-%m-%d %y", ["%Y and %y", "keep one"]),
        ("%Y-%m-%d %b", ["%m and %b"]),
        ("%Y-%m-%d %d", ["%d and %d"]),
        ("%Q", ["the directive %Q, which does not exist"]),
        ("%Y-%m-%d %", ["write %% for a percent sign"]),
        ("%s", ["%s", "write epoch_seconds"]),
        ("%F %T", ["%F", "write %Y-%m-%d"]),
        ("%Y-%-m-%d", ["leave the - away"]),
        ("%c", ["%c, which does not exist"]),
        ("yyyy-MM-dd HH:mm:ss", ["is no time format", "epoch_seconds", "%Y-%m-%d %H:%M:%S"]),
        ("epoch", ["is no time format", "epoch_seconds"]),
        ("", ["is no time format"]),
        ([], ["must name at least one"]),
        (["%Y-%m-%d", "%Y-%m-%d"], ["each only once"]),
        (["iso8601", "%H:%M %p"], ["'%H:%M %p' lacks the year"]),
    ],
    ids=str,
)
def test_formats_that_cannot_be_right(tmp_path: Path, text_format: str | list[str], parts: list[str]) -> None:
    message = refusal(tmp_path, {"timestamp_format": text_format})
    assert "feeds.purchases: timestamp_format " in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text_format", "zone", "cure"),
    [
        ("%Y-%m-%d %H:%M:%S UTC", None, "write %z in its place, or set the feed's time_zone: UTC"),
        ("%Y-%m-%dT%H:%M:%SZ", None, "skips Z"),
        ("%Y-%m-%dT%H:%M:%S.000Z", "America/New_York", "skips Z"),
        ("%Y-%m-%d %H:%M:%S GMT", "Europe/London", "reads times in Europe/London"),
        ("%Y-%m-%d %H:%M:%S+0000", "UTC", "write %z in its place"),
        ("%Y-%m-%d %H:%M:%S +09:00", None, "skips +09:00"),
        ("%a %b %d %H:%M:%S UTC %Y", None, "skips UTC"),
        ("%Y-%m-%d %H:%M KST", "UTC", "the zone that KST stands for"),
        (["iso8601", "%Y-%m-%d %H:%M EST"], None, "skips EST"),
    ],
    ids=str,
)
def test_a_zone_that_a_format_would_skip(
    tmp_path: Path, text_format: str | list[str], zone: str | None, cure: str
) -> None:
    message = refusal(tmp_path, {"timestamp_format": text_format, "time_zone": zone})
    assert "feeds.purchases.timestamp_format '" in message
    assert cure in message


@pytest.mark.parametrize(
    ("text_format", "zone"),
    [
        ("%Y-%m-%d %H:%M:%S UTC", "UTC"),
        ("%Y-%m-%dT%H:%M:%SZ", "Etc/UTC"),
        ("%Y-%m-%d %H:%M GMT", "Africa/Abidjan"),
        ("%Y-%m-%d %H:%M KST", None),
        (["%Y-%m-%d %H:%M EST", "%Y-%m-%d %H:%M EDT"], "America/New_York"),
        ("%d-%m-%Y-%H-%M", None),
        ("%Y-%m-%d 00:00:00", None),
    ],
    ids=str,
)
def test_a_zone_in_a_format_that_is_the_feed_s_own(
    tmp_path: Path, text_format: str | list[str], zone: str | None
) -> None:
    assert read_feed(tmp_path, {"timestamp_format": text_format, "time_zone": zone}).timestamp_formats


def test_every_format_that_is_taken_is_one_of_strptime() -> None:
    """What the check lets pass does not fail in the reading."""
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from include.ingest.values.timestamps import parse_timestamps

    for letters in ("Y m d", "y b d H M S f", "Y B d I p", "G V u", "Y U w", "Y W A", "Y j z", "Y m d H Z"):
        text_format = " ".join(f"%{letter}" for letter in letters.split())
        values, parsed = parse_timestamps(pa.array(["x"]), (), ZoneInfo("UTC"), [check_format(text_format)])
        assert (values.to_pylist(), parsed.to_pylist()) == ([None], [False])


@pytest.mark.parametrize(
    ("feed", "sentence"),
    [
        ({"decimal": ",", "thousands": ","}, "decimal and thousands must be different characters"),
        ({"thousands": "0"}, "thousands must be what stands between groups of digits: , . ' _ or a space"),
        ({"thousands": "-"}, "thousands must be what stands between groups of digits"),
        ({"thousands": ",,"}, "feeds.purchases.thousands: string should have at most 1 character"),
        ({"decimal": ";"}, "feeds.purchases.decimal: input should be '.' or ','"),
        ({"id_case": "title"}, "feeds.purchases.id_case: input should be 'keep', 'lower' or 'upper'"),
        ({"time_zone": "KST"}, "feeds.purchases.time_zone: must be an IANA time zone"),
        ({"null_values": {"user": ["0"]}}, "null_values names columns of ours; we have no user"),
        (
            {"null_values": {"user_id": [None]}},
            "null is nothing to YAML: write 'null'",
        ),
        (
            {"null_values": [date(2026, 1, 1)]},
            "2026-01-01 is the date 2026-01-01 to YAML: write '2026-01-01' for the text",
        ),
        ({"timestamp_format": 5}, "timestamp_format: must be a format in quotation marks"),
        ({"timestamp_format": {"a": 1}}, "timestamp_format: must be a format in quotation marks"),
        ({"columns": {"user_id": {"constant": "x"}}}, "columns.user_id cannot be a constant"),
        (
            {"columns": {"purchased_at": {"constant": "2026-03-10"}}},
            "columns.purchased_at cannot be a constant",
        ),
        (
            {"columns": {"quantity": {"constant": "one"}}},
            "the constant 'one' and must be a number such as 2.5",
        ),
        ({"columns": {"price": {"constant": "1.5"}}, "decimal": ","}, "must be a number such as 2,5"),
        ({"columns": {"user_id": True}}, "true is the flag true to YAML: write 'true' for the word"),
        ({"columns": {"user_id": []}}, "must be a column's name or position"),
        ({"columns": {"user_id": ["a", None]}}, "null is nothing to YAML: write 'null'"),
        ({"columns": {"user_id": {"join": "ab"}}}, "join must be a list of the mall's columns"),
        ({"columns": {"user_id": {"join": ["a", "b"], "with": "-"}}}, "must be a column's name or position"),
        ({"columns": {"quantity": {"constant": [1]}}}, "constant must be one text or number"),
    ],
    ids=str,
)
def test_what_can_be_known_wrong_is_refused(tmp_path: Path, feed: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(tmp_path, feed)


@pytest.mark.parametrize(
    ("availability", "sentence"),
    [
        ({"available": ["Sale"], "unavailable": ["sale "]}, "sale is both in available and in unavailable"),
        ({"available": [""]}, "must have no empty word"),
        ({"available": [True]}, "true is the flag true to YAML: write 'true' for the word"),
        ({"unavailable": ["NULL"]}, 'availability has NULL, which null_values takes for "no value"'),
        (
            {"stock": True},
            "feeds.products.availability.stock: unknown key, stock_count was probably meant",
        ),
    ],
    ids=str,
)
def test_availability_that_contradicts_itself(
    tmp_path: Path, availability: dict[str, Any], sentence: str
) -> None:
    assert sentence in refusal(tmp_path, {"availability": availability}, "products")


def test_one_item_has_one_id_in_all_feeds(tmp_path: Path) -> None:
    feeds = {"purchases": {"id_case": "lower"}, "products": {"id_case": "upper"}}
    assert "feeds must have one id_case" in refusal(tmp_path, {}, feeds=feeds)


def test_the_prefix_of_cancellations_is_in_the_case_of_order_ids(tmp_path: Path) -> None:
    prefixed = {"cancellations": {"rule": "order_id_prefix", "prefix": "C"}}
    assert "cancellations.prefix must be in lower case" in refusal(tmp_path, {"id_case": "lower"}, **prefixed)
    assert read_feed(tmp_path, {"id_case": "upper"}, **prefixed).id_case == "upper"


def test_null_values_of_a_column_are_added_and_a_list_replaces_all(tmp_path: Path) -> None:
    plain = read_feed(tmp_path, {})
    assert plain.nulls("price") == NULLS
    assert plain.nulls("user_id") == (*NULLS, *ID_NULLS)
    some = read_feed(tmp_path, {"null_values": {"user_id": [0, "guest"]}})
    assert some.nulls("user_id") == (*NULLS, *ID_NULLS, "0", "guest")
    assert (some.nulls("item_id"), some.nulls("price")) == ((*NULLS, *ID_NULLS), NULLS)
    assert read_feed(tmp_path, {"null_values": {"user_id": 0}}).nulls("user_id")[-1] == "0"
    listed = read_feed(tmp_path, {"null_values": ["", "-"]})
    assert listed.nulls("user_id") == listed.nulls("price") == ("", "-")
    assert read_feed(tmp_path, {"null_values": {}}).nulls("price") == NULLS


def test_columns_by_name_position_join_and_constant(tmp_path: Path) -> None:
    columns = {
        "order_id": 1,
        "item_id": {"join": ["style", 3], "by": "-"},
        "purchased_at": ["day", "time"],
        "quantity": {"constant": 1},
    }
    feed = read_feed(tmp_path, {"columns": columns})
    assert feed.source("order_id").columns == ("1",)
    assert (feed.source("item_id").columns, feed.source("item_id").by) == (("style", "3"), "-")
    assert (feed.source("purchased_at").columns, feed.source("purchased_at").by) == (("day", "time"), " ")
    assert feed.source("quantity").constant == "1"
    assert feed.source("price").columns == ("price",)
