"""Moments: zones, clock changes, text of every shape, and what is no moment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from include.ingest.moments import parse_moments

NULLS = ("", "NULL")
SEOUL = ZoneInfo("Asia/Seoul")


def parse(
    column: list | pa.Array, zone: ZoneInfo = SEOUL, text_format: str | None = None
) -> list[str | None]:
    """Moments as ISO text in UTC; "?" for what did not parse."""
    array = column if isinstance(column, pa.Array) else pa.array(column)
    values, parsed = parse_moments(pa.chunked_array([array]), NULLS, zone, text_format)
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
    assert parse(digits, text_format="%Y%m%d%H%M%S") == ["2026-03-10T00:30:00", None, "?"]
    assert parse(digits) == ["?", None, "?"]


def test_a_format_of_the_malls_own() -> None:
    assert parse(["10/03/2026 09:30", "2026-03-10", ""], text_format="%d/%m/%Y %H:%M") == [
        "2026-03-10T00:30:00",
        "?",
        None,
    ]
    assert parse(["10/03/2026 09:30 -0500", "x"], text_format="%d/%m/%Y %H:%M %z") == [
        "2026-03-10T14:30:00",
        "?",
    ]


def test_far_years_stay_far_and_do_no_harm() -> None:
    seconds = pa.array([-(2**55), 2**55], pa.timestamp("s"))
    values, parsed = parse_moments(seconds, NULLS, SEOUL)
    assert parsed.to_pylist() == [True, True]
    earliest, latest = values.to_pylist()
    assert earliest < datetime(1801, 1, 1, tzinfo=UTC) < datetime(2199, 1, 1, tzinfo=UTC) < latest
    assert len(set(parse(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]))) == 2
