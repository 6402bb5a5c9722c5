"""Delivered values of any type as moments: columns of timestamps and of dates, and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import SettingsError
from include.ingest.text import Column, clean_text, decode_dictionary, is_textual, join_chunks
from include.ingest.values import Parsed, tell_parsed
from include.models.columns import TIMESTAMP

_MOMENT: Final = (
    r"^(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?P<time>[T ][0-9]{2}:[0-9]{2})(?:(?P<seconds>:[0-9]{2})(?:(?P<fraction>\.[0-9]{1,6})[0-9]*)?)?"
    r"(?: ?(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
# Zone arithmetic beyond these years overflows; no purchase is so far away, so the value itself is no matter.
_EARLIEST: Final = np.datetime64("1800-01-01", "us")
_LATEST: Final = np.datetime64("2200-01-01", "us")


def parse_moments(
    column: Column, null_values: Sequence[str], zone: ZoneInfo, text_format: str | None = None
) -> Parsed:
    """Moments in UTC, in microseconds.

    Naive ones are local times in `zone`: the first of two where clocks go back, the first moment after the
    gap where they go forward. Dates are their midnight. Text is ISO 8601 with or without an offset
    (2026-01-31, 2026-01-31 09:30, 2026-01-31T09:30:00.5+09:00), or in `text_format` as strptime has it.
    The pair is as in `include.ingest.values`; years are held within 1800 and
    2200. Numbers such as 20260131093000 are read by their digits in `text_format`; without one they do not
    parse: whether they are seconds or days is anybody's guess.
    """
    column = decode_dictionary(column)
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        given = join_chunks(pc.is_valid(column))
        moments = _to_microseconds(column)
        if not pa.types.is_timestamp(kind) or kind.tz is None:
            moments = _localise(moments, zone)
    elif is_textual(kind) or (text_format and (pa.types.is_integer(kind) or pa.types.is_floating(kind))):
        text = clean_text(column, null_values)
        given = pc.is_valid(text)
        moments = _parse_moment_texts(text, zone, text_format)
    else:
        given = join_chunks(pc.is_valid(column))
        moments = np.full(len(column), np.datetime64("NaT", "us"))
    values = pa.array(moments).cast(TIMESTAMP)
    return values, tell_parsed(given, pc.is_valid(values))


def _to_microseconds(column: Column) -> np.ndarray:
    """Moments as datetime64[us], NaT for null: in UTC where the type has a zone, else as they stand."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    unit = column.type.unit
    ticks = np.asarray(join_chunks(column.cast(pa.int64())).fill_null(0).to_numpy(zero_copy_only=False))
    limits = [limit.astype(f"datetime64[{unit}]").astype(np.int64) for limit in (_EARLIEST, _LATEST)]
    moments = np.clip(ticks, *limits).astype(f"datetime64[{unit}]").astype("datetime64[us]")
    moments[join_chunks(pc.is_null(column)).to_numpy(zero_copy_only=False)] = np.datetime64("NaT")
    return moments


def _localise(moments: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    first_of_two = np.ones(len(moments), dtype=bool)
    local = pd.DatetimeIndex(moments).tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward")
    return _drop_zone(local)


def _drop_zone(index: pd.DatetimeIndex) -> np.ndarray:
    moments: np.ndarray = index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    return moments


def _parse_moment_texts(text: pa.Array, zone: ZoneInfo, text_format: str | None) -> np.ndarray:
    if text_format is None:
        parts = pc.extract_regex(text, _MOMENT)
        readable = pc.is_valid(parts)
        has_offset = pc.fill_null(pc.not_equal(pc.struct_field(parts, "offset"), ""), False)
        text = pc.binary_join_element_wise(
            *(pc.struct_field(parts, i) for i in range(5)), pa.scalar("", text.type)
        )
    else:
        readable = pc.is_valid(text)
        has_offset = pa.array(np.full(len(text), "%z" in text_format.lower()))
    moments = np.full(len(text), np.datetime64("NaT", "us"))
    for is_aware in (True, False):
        rows = pc.and_(readable, has_offset if is_aware else pc.invert(has_offset))
        chosen = pd.Series(text.filter(rows).to_pylist(), dtype=object)
        if len(chosen):
            read = _read_moments(chosen, text_format or "ISO8601", is_aware)
            moments[rows.to_numpy(zero_copy_only=False)] = read if is_aware else _localise(read, zone)
    return moments


def _read_moments(texts: pd.Series, text_format: str, is_aware: bool) -> np.ndarray:
    """NaT where a text does not parse. Aware texts come in UTC, naive ones as they stand."""
    try:
        read = pd.to_datetime(texts, format=text_format, errors="coerce", utc=is_aware)
    except ValueError as error:
        raise SettingsError(
            f"timestamp_format: {text_format!r} is no strptime format ({error}); an example is"
            " %d/%m/%Y %H:%M."
        ) from None
    index = pd.DatetimeIndex(read)
    return _clip(_drop_zone(index) if is_aware else index.to_numpy().astype("datetime64[us]"))


def _clip(moments: np.ndarray) -> np.ndarray:
    clipped: np.ndarray = np.minimum(np.maximum(moments, _EARLIEST), _LATEST)
    return clipped
