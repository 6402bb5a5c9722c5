"""Timestamps: zones, clock changes, text of every shape, and what is no timestamp."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from include.ingest.values.timestamps import parse_timestamps

NULLS = ("", "NULL")
SEOUL = ZoneInfo("Asia/Seoul")


def parse(column: list | pa.Array, zone: ZoneInfo = SEOUL, *formats: str) -> list[str | None]:
    """Timestamps as ISO text in UTC; "?" for what did not parse."""
    array = column if isinstance(column, pa.Array) else pa.array(column)
    values, parsed = parse_timestamps(pa.chunked_array([array]), NULLS, zone, formats)
    assert values.type == pa.timestamp("us", tz="UTC")
    return [
        "?" if good is False else value and value.strftime("%Y-%m-%dT%H:%M:%S.%f").removesuffix(".000000")
        for value, good in zip(values.to_pylist(), parsed.to_pylist(), strict=True)
    ]


def test_naive_and_aware_text_in_one_column() -> None:
    texts = [
        "2026-03-10T09:30:00",
        "2026-03-10 09:30",
        "2026-03-10",
        "2026-03-10T09:30:00.123456789",
        "2026-03-10T09:30:00Z",
        "2026-03-10 09:30:00 +0100",
        "2026-03-10T09:30:00.5-05:30",
        "2026-03-10T09:30+09",
        " 2026-03-10 ",
        "NULL",
        None,
    ]
    assert parse(texts) == [
        "2026-03-10T00:30:00",
        "2026-03-10T00:30:00",
        "2026-03-09T15:00:00",
        "2026-03-10T00:30:00.123456",
        "2026-03-10T09:30:00",
        "2026-03-10T08:30:00",
        "2026-03-10T15:00:00.500000",
        "2026-03-10T00:30:00",
        "2026-03-09T15:00:00",
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1773100800",
        "20260310",
        "2026-3-10",
        "10/03/2026",
        "2026-02-30",
        "2026-13-01",
        "2026-03-10T24:00:00",
        "2026-03-10T10:00:60",
        "2026-03-10T10",
        "2026-03-10Z",
        "2026-03-1009",
        "2026-03-10T10:001",
        "2026-03-10T10:00:00+99:99",
        "soon",
    ],
)
def test_text_that_is_no_moment(text: str) -> None:
    assert parse([text, "2026-03-10"]) == ["?", "2026-03-09T15:00:00"]


@pytest.mark.parametrize(
    "column", [[1773100800], [1.5], [True], [[1]], pa.array([1], pa.time64("us"))], ids=str
)
def test_other_types_are_no_moments(column: list | pa.Array) -> None:
    assert parse(column) == ["?"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_typed_columns(unit: str) -> None:
    naive = pa.array(np.array(["2026-03-10T09:30:00", "NaT"], f"datetime64[{unit}]"))
    assert parse(naive) == ["2026-03-10T00:30:00", None]
    assert parse(naive.cast(pa.timestamp(unit, "UTC"))) == ["2026-03-10T09:30:00", None]
    assert parse(naive.cast(pa.timestamp(unit, "America/New_York"))) == ["2026-03-10T09:30:00", None]


def test_dates_are_their_midnight() -> None:
    assert parse([date(2026, 3, 10), None]) == ["2026-03-09T15:00:00", None]
    assert parse(pa.array([date(2026, 3, 10)], pa.date64())) == ["2026-03-09T15:00:00"]


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Dublin"])
def test_clock_changes(zone: str) -> None:
    texts = ["2026-10-25T01:30:00", "2026-10-25T02:00:00", "2026-03-29T01:30:00", "2026-03-29T02:00:00"]
    expected = ["2026-10-25T00:30:00", "2026-10-25T02:00:00", "2026-03-29T01:00:00", "2026-03-29T01:00:00"]
    assert parse(texts, ZoneInfo(zone)) == expected
    assert parse([datetime.fromisoformat(text) for text in texts], ZoneInfo(zone)) == expected


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_digits_in_a_column_of_numbers_need_a_format(kind: pa.DataType) -> None:
    digits = pa.array([20260310093000, None, 5], kind)
    assert parse(digits, SEOUL, "%Y%m%d%H%M%S") == ["2026-03-10T00:30:00", None, "?"]
    assert parse(digits) == ["?", None, "?"]


def test_a_format_of_the_malls_own() -> None:
    assert parse(["10/03/2026 09:30", "2026-03-10", ""], SEOUL, "%d/%m/%Y %H:%M") == [
        "2026-03-10T00:30:00",
        "?",
        None,
    ]
    assert parse(["10/03/2026 09:30 -0500", "x"], SEOUL, "%d/%m/%Y %H:%M %z") == [
        "2026-03-10T14:30:00",
        "?",
    ]


@pytest.mark.parametrize(
    ("text_format", "text", "expected"),
    [
        ("%Y-%m-%d %p %I:%M:%S", "2026-03-10 오후 4:16:00", "2026-03-10T07:16:00"),
        ("%Y-%m-%d %p %I:%M:%S", "2026-03-10 오전 12:05:00", "2026-03-09T15:05:00"),
        ("%Y년 %m월 %d일 %p %I:%M", "2026년 3월 10일 오후 12:05", "2026-03-10T03:05:00"),
        ("%Y/%m/%d %p%I:%M", "2026/03/10 下午4:16", "2026-03-10T07:16:00"),
        ("%Y/%m/%d %p%I:%M", "2026/03/10 午前9:16", "2026-03-10T00:16:00"),
        ("%m/%d/%Y %I:%M %p", "3/10/2026 4:16 PM", "2026-03-10T07:16:00"),
        ("%m/%d/%Y %I:%M %p", "3/10/2026 4:16 p. m.", "2026-03-10T07:16:00"),
        ("%m/%d/%Y %I:%M %p", "3/10/2026 16:16 PM", "?"),
        ("%Y-%m-%d %H:%M:%S", "2026-03-10 오후 4:16:00", "?"),
        ("%Y-%m-%d %H:%M:%S", "2026-03-10 24:00:00", "?"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-03-10 05:00:00 UTC", "2026-03-10T05:00:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-03-10 05:00:00 GMT", "2026-03-10T05:00:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-03-10 05:00:00 GMT+0900", "2026-03-09T20:00:00"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-03-10 05:00:00Z", "2026-03-10T05:00:00"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-03-10 05:00:00+09", "2026-03-09T20:00:00"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-03-10 05:00:00-0330", "2026-03-10T08:30:00"),
        ("%a %b %d %H:%M:%S %z %Y", "Tue Mar 10 05:00:00 UTC 2026", "2026-03-10T05:00:00"),
    ],
)
def test_halves_of_the_day_and_offsets(text_format: str, text: str, expected: str) -> None:
    assert parse([text, None, text], SEOUL, text_format) == [expected, None, expected]


@pytest.mark.parametrize(
    ("text_format", "column", "expected"),
    [
        (
            "epoch_seconds",
            ["1773100800", "1773100800.25", "-1", "soon", "1e9", "", None],
            [
                "2026-03-10T00:00:00",
                "2026-03-10T00:00:00.250000",
                "1969-12-31T23:59:59",
                "?",
                "?",
                None,
                None,
            ],
        ),
        ("epoch_seconds", [1773100800, None], ["2026-03-10T00:00:00", None]),
        ("epoch_seconds", [1773100800.5, float("nan")], ["2026-03-10T00:00:00.500000", None]),
        ("epoch_seconds", [Decimal("1773100800.125")], ["2026-03-10T00:00:00.125000"]),
        ("epoch_milliseconds", ["1773100800001", "x"], ["2026-03-10T00:00:00.001000", "?"]),
        ("epoch_milliseconds", [1773100800001], ["2026-03-10T00:00:00.001000"]),
        # Days since 1899-12-30, in local time: 46091 is 2026-03-10.
        (
            "excel_serial",
            ["46091", "46091.6777777778", "-1", "2958466", None],
            ["2026-03-09T15:00:00", "2026-03-10T07:16:00", "?", "?", None],
        ),
        ("excel_serial", [46091.5, 46091.0, None], ["2026-03-10T03:00:00", "2026-03-09T15:00:00", None]),
        ("excel_serial", [46091], ["2026-03-09T15:00:00"]),
    ],
    ids=str,
)
def test_named_formats(text_format: str, column: list, expected: list[str | None]) -> None:
    assert parse(column, SEOUL, text_format) == expected


def test_the_first_format_that_fits_reads_a_value() -> None:
    formats = ("iso8601", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "epoch_seconds")
    texts = [
        "2026-03-10T09:30+09:00",
        "10/03/2026 09:30",
        "03/04/2026 09:30",
        "03/14/2026 09:30",
        "1773100800",
        "soon",
        None,
        "10/03/2026 09:30",
    ]
    assert parse(texts, SEOUL, *formats) == [
        "2026-03-10T00:30:00",
        "2026-03-10T00:30:00",
        "2026-04-03T00:30:00",  # the third of April: day first comes first
        "2026-03-14T00:30:00",
        "2026-03-10T00:00:00",
        "?",
        None,
        "2026-03-10T00:30:00",
    ]
    assert parse([], SEOUL, *formats) == []
    assert parse([20260310, 1773100800], SEOUL, "%Y%m%d", "epoch_seconds") == [
        "2026-03-09T15:00:00",
        "2026-03-10T00:00:00",
    ]


def test_moments_in_a_time_that_the_clocks_skip_or_repeat() -> None:
    """A serial number is a local time, as a text without an offset is."""
    assert parse(["46110.0625", "46320.0625"], ZoneInfo("Europe/London"), "excel_serial") == [
        "2026-03-29T01:00:00",
        "2026-10-25T00:30:00",
    ]


def test_far_years_stay_far_and_do_no_harm() -> None:
    seconds = pa.array([-(2**55), 2**55], pa.timestamp("s"))
    values, parsed = parse_timestamps(seconds, NULLS, SEOUL)
    assert parsed.to_pylist() == [True, True]
    earliest, latest = values.to_pylist()
    assert earliest < datetime(1801, 1, 1, tzinfo=UTC) < datetime(2199, 1, 1, tzinfo=UTC) < latest
    assert parse(["1e5", "99999999999999999999"], SEOUL, "epoch_seconds") == ["?", "2200-01-01T00:00:00"]
    assert len(set(parse(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]))) == 2
