"""How figures are written on the page."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality.figures import Record

# Told in percent; the other metrics of all lists together are told as they are.
_SHARES = ("coverage", "top_share")


def tell_short(value: float | None) -> str:
    """.1234, as papers write it."""
    return "" if value is None else f"{value:.4f}".replace("0.", ".", 1)


def tell_signed(value: float) -> str:
    return f"{value:+.4f}".replace("0.", ".", 1).replace("-", "−")


def tell_percent(value: float) -> str:
    """Of a difference as a share."""
    return f"{value:+.1%}".replace("-", "−")


def tell_value(record: Record | None) -> str:
    """With its interval."""
    if record is None or record["value"] is None:
        return ""
    return f"{tell_short(record['value'])} {_bracket(record['low'], record['high'])}".strip()


def tell_interval(against: Sequence[float] | None) -> str:
    """A difference with its interval."""
    if not against:
        return ""
    mean, low, high = against
    return f"{tell_signed(mean)} [{tell_signed(low)}, {tell_signed(high)}]"


def tell_share(against: Sequence[float], of: float) -> str:
    """A difference and its interval as a share."""
    mean, low, high = (tell_percent(value / of) for value in against)
    return f"{mean} [{low}, {high}]"


def tell_together(record: Record | None) -> str:
    """Of all lists together, with the least and the highest of a split where there are several."""
    if record is None or record["value"] is None:
        return ""
    told = [_tell_one(record["metric"], record[name]) for name in ("value", "low", "high")]
    return f"{told[0]} ({told[1]}–{told[2]})" if told[1] and told[2] else told[0]


def _tell_one(metric: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if metric in _SHARES else f"{value:.3g}"


def _bracket(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{tell_short(low)}, {tell_short(high)}]"
