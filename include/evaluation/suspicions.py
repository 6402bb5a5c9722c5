"""What is too good to be true: a sentence for each contender that is a leak until proved otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from include.candidates.registry import SOURCES

# Published models are seldom half as good again as a well set linear one, or thrice as good as best sellers.
BEYOND_BASELINES: Final = 3.0
BEYOND_LINEAR: Final = 1.5
LINEAR: Final = ("cosine", "itemcf", "bm25", "tfidf", "ease")


def list_suspicions(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the known users' recall of new items, all splits together.

    A contender is named that finds more than `BEYOND_BASELINES` times what the best baseline finds, and more
    than `BEYOND_LINEAR` times what the best other linear model finds, as far as there are such. The low end
    of its interval is held against the means of the others.
    """
    found: dict[Any, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        place = row["split"], row["segment"], row["purchases"], row["metric"], row["category"]
        if place == ("all", "known", "new", "recall", "") and row["value"] is not None:
            found.setdefault(row["test_days"], {})[row["contender"]] = row
    return [
        sentence
        for test_days, recalls in found.items()
        for name in recalls
        if (sentence := _suspect(name, recalls, test_days))
    ]


def _suspect(name: str, recalls: Mapping[str, Mapping[str, Any]], test_days: int | None) -> str | None:
    own = recalls[name]
    low = own["value"] if own["low"] is None else own["low"]
    baselines = [row for row in recalls.values() if row["kind"] == "baseline"]
    linear = [
        row
        for other, row in recalls.items()
        if row["kind"] == "source" and other != name and _is_linear(other)
    ]
    limits = [
        (factor * max(row["value"] for row in rows), max(rows, key=lambda row: row["value"]))
        for factor, rows in ((BEYOND_BASELINES, baselines), (BEYOND_LINEAR, linear))
        if rows
    ]
    if own["kind"] == "baseline" or not limits or any(low <= limit for limit, _ in limits):
        return None
    others = " and ".join(f"{row['contender']} {row['value']:.4f}" for _, row in limits)
    days = f" of {test_days} days" if test_days else ""
    return (
        f"{name} finds {own['value']:.4f} of the new purchases{days} where {others} find so much less: this"
        " is a leak until proved otherwise; look at what it knew."
    )


def _is_linear(source: str) -> bool:
    return source in SOURCES and SOURCES[source].model in LINEAR
