"""Delivered values of any type as timestamps: columns of timestamps and of dates, numbers, and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import TIMESTAMP
from include.ingest.values.numbers_and_flags import Parsed, tell_parsed
from include.ingest.values.text import Column, clean_text, decode_dictionary, is_textual, join_chunks
from include.ingest.values.timestamp_texts import read_texts

ISO: Final = "iso8601"
_MICROSECONDS: Final = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
# Excel's days count from here, its leap day of 1900 that never was included; its time is in milliseconds.
_EXCEL_DAY_ZERO: Final = np.datetime64("1899-12-30", "us")
_EXCEL_DAYS: Final = 2_958_466  # until 9999-12-31
_NUMBER: Final = r"^[+-]?[0-9]+(\.[0-9]*)?$"
# Zone arithmetic beyond these years overflows; no purchase is so far away, so the value itself is no matter.
_EARLIEST: Final = np.datetime64("1800-01-01", "us")
_LATEST: Final = np.datetime64("2200-01-01", "us")


def parse_timestamps(
    column: Column, null_values: Sequence[str], zone: ZoneInfo, formats: Sequence[str] = ()
) -> Parsed:
    """Timestamps in UTC, in microseconds.

    Naive ones are local times in `zone`: the first of two where clocks go back, the first timestamp after the
    gap where they go forward. Dates are their midnight. Text is in the first of `formats` that fits it: one
    as strptime has it, or a named one: `iso8601` (2026-01-31, 2026-01-31 09:30,
    2026-01-31T09:30:00.5+09:00), which alone counts where `formats` is empty, `epoch_seconds`,
    `epoch_milliseconds` or `excel_serial`, which is naive. The pair is as in
    `include.ingest.values.numbers_and_flags`; years are held within 1800 and 2200. Numbers such as
    20260131093000 are read by their digits in a format of strptime; without any format they do not parse:
    whether they are seconds or days is anybody's guess.
    """
    column = decode_dictionary(column)
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        given = join_chunks(pc.is_valid(column))
        timestamps = _to_microseconds(column)
        if not pa.types.is_timestamp(kind) or kind.tz is None:
            timestamps = _localise(timestamps, zone)
    elif is_textual(kind) or (formats and is_number):
        text = clean_text(column, null_values)
        given = pc.is_valid(text)
        timestamps = _read_first_fit(text, zone, [*formats] or [ISO])
    else:
        given = join_chunks(pc.is_valid(column))
        timestamps = np.full(len(column), np.datetime64("NaT", "us"))
    values = pa.array(timestamps).cast(TIMESTAMP)
    return values, tell_parsed(given, pc.is_valid(values))


def _read_first_fit(text: pa.Array, zone: ZoneInfo, formats: Sequence[str]) -> np.ndarray:
    timestamps = np.full(len(text), np.datetime64("NaT", "us"))
    open_rows = np.flatnonzero(pc.is_valid(text))
    for text_format in formats:
        some = text if len(open_rows) == len(text) else text.take(pa.array(open_rows))
        timestamps[open_rows] = _read_format(some, zone, text_format)
        open_rows = open_rows[np.isnat(timestamps[open_rows])]
        if not len(open_rows):
            break
    return timestamps


def _read_format(text: pa.Array, zone: ZoneInfo, text_format: str) -> np.ndarray:
    """Texts without null as timestamps in UTC, NaT where a text does not fit."""
    if text_format in _MICROSECONDS:
        return _hold(_read_float(text) * _MICROSECONDS[text_format])
    if text_format == "excel_serial":
        days = _read_float(text)
        days[(days < 0) | (days >= _EXCEL_DAYS)] = np.nan
        milliseconds = np.rint(days * 86_400_000)
        since_1970 = milliseconds * 1_000 + _EXCEL_DAY_ZERO.astype(np.int64)
        return _localise(_hold(since_1970), zone)
    timestamps, is_aware = read_texts(text, None if text_format == ISO else text_format)
    timestamps = np.minimum(np.maximum(timestamps, _EARLIEST), _LATEST)
    timestamps[~is_aware] = _localise(timestamps[~is_aware], zone)
    return timestamps


def _read_float(text: pa.Array) -> np.ndarray:
    """float64, NaN for what is no number."""
    fits = pc.match_substring_regex(text, _NUMBER)
    numbers = pc.if_else(fits, text, pa.scalar(None, text.type)).cast(pa.float64())
    return np.array(numbers.fill_null(np.nan))


def _hold(microseconds: np.ndarray) -> np.ndarray:
    """Floats since 1970 as timestamps within the years that are held; NaT for NaN."""
    earliest, latest = (float(limit.astype(np.int64)) for limit in (_EARLIEST, _LATEST))
    missing = np.isnan(microseconds)
    ticks = np.rint(np.clip(np.where(missing, 0.0, microseconds), earliest, latest)).astype(np.int64)
    timestamps = ticks.astype("datetime64[us]")
    timestamps[missing] = np.datetime64("NaT")
    return timestamps


def _to_microseconds(column: Column) -> np.ndarray:
    """Timestamps as datetime64[us], NaT for null: in UTC where the type has a zone, else as they stand."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    unit = column.type.unit
    ticks = np.asarray(join_chunks(column.cast(pa.int64())).fill_null(0).to_numpy(zero_copy_only=False))
    limits = [limit.astype(f"datetime64[{unit}]").astype(np.int64) for limit in (_EARLIEST, _LATEST)]
    timestamps = np.clip(ticks, *limits).astype(f"datetime64[{unit}]").astype("datetime64[us]")
    timestamps[join_chunks(pc.is_null(column)).to_numpy(zero_copy_only=False)] = np.datetime64("NaT")
    return timestamps


def _localise(timestamps: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Local times of `zone` in UTC."""
    first_of_two = np.ones(len(timestamps), dtype=bool)
    local = pd.DatetimeIndex(timestamps).tz_localize(
        zone, ambiguous=first_of_two, nonexistent="shift_forward"
    )
    utc: np.ndarray = local.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    return utc
