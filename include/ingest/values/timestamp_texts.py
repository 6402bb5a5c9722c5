"""Texts as timestamps: ISO 8601, and formats of strptime with what it does not know itself."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import SettingsError
from include.ingest.values.text import replace_regex

_ISO: Final = (
    r"^(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?P<time>[T ][0-9]{2}:[0-9]{2})(?:(?P<seconds>:[0-9]{2})(?:(?P<fraction>\.[0-9]{1,6})[0-9]*)?)?"
    r"(?: ?(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
# How halves of the day are written in Korean, Chinese and Japanese, and with points.
_HALVES: Final = ((r"오전|上午|午前|[aA]\. ?[mM]\.", "AM"), (r"오후|下午|午後|[pP]\. ?[mM]\.", "PM"))
# Offsets that %z does not know: UTC and GMT, alone or before an offset, and hours alone at the end.
_OFFSETS: Final = (
    (r"\b(?:UTC|GMT) ?([+-][0-9]{2})", r"\1"),
    (r"\b(?:UTC|GMT)\b", "+0000"),
)
_HOURS: Final = (r"([+-][0-9]{2})$", r"\1:00")


def read_texts(text: pa.Array, text_format: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Texts without null as datetime64[us], NaT where one does not fit, and a mask of those with an offset.

    Those with an offset come in UTC, the others as they stand. Without a format, texts are ISO 8601.
    """
    timestamps = np.full(len(text), np.datetime64("NaT", "us"))
    if text_format is None:
        parts = pc.extract_regex(text, _ISO)
        fits = np.array(pc.is_valid(parts))
        is_aware = np.array(pc.fill_null(pc.not_equal(pc.struct_field(parts, "offset"), ""), False))
        text = pc.binary_join_element_wise(
            *(pc.struct_field(parts, i) for i in range(5)), pa.scalar("", text.type)
        )
    else:
        fits = np.ones(len(text), dtype=bool)
        is_aware = np.full(len(text), "%z" in text_format.lower())
        text = _translate(text, text_format)
    for aware in (True, False):
        rows = fits & (is_aware == aware)
        if rows.any():
            chosen = pd.Series(text.filter(pa.array(rows)).to_pylist(), dtype=object)
            timestamps[rows] = _read(chosen, text_format or "ISO8601", aware)
    return timestamps, is_aware


def _translate(text: pa.Array, text_format: str) -> pa.Array:
    if "%p" in text_format:
        for pattern, half in _HALVES:
            text = replace_regex(text, pattern, half)
    if "%z" in text_format:
        for pattern, offset in (*_OFFSETS, _HOURS) if text_format.endswith("%z") else _OFFSETS:
            text = replace_regex(text, pattern, offset)
    return text


def _read(texts: pd.Series, text_format: str, is_aware: bool) -> np.ndarray:
    try:
        read = pd.to_datetime(texts, format=text_format, errors="coerce", utc=is_aware)
    except ValueError as error:
        raise SettingsError(
            f"timestamp_format: {text_format!r} is no strptime format ({error}); an example is"
            " %d/%m/%Y %H:%M."
        ) from None
    index = pd.DatetimeIndex(read)
    if is_aware:
        index = index.tz_convert("UTC").tz_localize(None)
    timestamps: np.ndarray = index.to_numpy().astype("datetime64[us]")
    return timestamps
