"""What was measured of users → the records that are kept: means, intervals, differences, spreads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.figures import Record

if TYPE_CHECKING:
    from include.evaluation.values import Values

# Beside the known users, the others are judged by NDCG alone.
SEGMENTS: Final = ("known", "light", "heavy", "new")
_DIGITS: Final = 5
_REPLICATES: Final = 1000


def join_parts(parts: Sequence[Mapping[str, Values]]) -> dict[str, Values]:
    """The values of several splits as one, in their order, of the contenders that all of them have."""
    from include.evaluation.values import Values

    joined: dict[str, Values] = {}
    for part in parts:
        for purchases, values in part.items():
            into = joined.setdefault(purchases, Values(values.metrics))
            into.names += values.names
            into.ids += values.ids
            into.groups += values.groups
            into.together |= values.together
            for contender, some in values.values.items():
                into.values.setdefault(contender, []).extend(some)
    for values in joined.values():
        for contender in [name for name, some in values.values.items() if len(some) < len(values.names)]:
            del values.values[contender]
    return joined


def list_records(
    found: Mapping[str, Values],
    kinds: Mapping[str, str],
    incumbents: Sequence[str],
    segments: Sequence[str] = SEGMENTS,
) -> list[Record]:
    """A record for each mean over all splits; its differences to each of the incumbents.

    The two ends of a metric of all lists together are its least and its highest of a split.
    """
    from include.evaluation.values import list_total_rows

    records: dict[tuple[str, ...], Record] = {}
    for incumbent in incumbents:
        for purchases, values in found.items():
            groups = {name: {"purchases": purchases, "segment": name} for name in segments}
            for row in list_total_rows(values, incumbent, groups, replicates=_REPLICATES):
                if _is_kept(row):
                    row = {**row, **_find_spread(values, row)}
                    record = {name: row[name] for name in ("contender", "purchases", "segment", "metric")}
                    record |= {name: _round(row[name]) for name in ("value", "low", "high")}
                    record |= {"kind": kinds[row["contender"]], "users": row["users"], "against": {}}
                    _put_difference(records.setdefault(_name(row), record), row, incumbent)
    return list(records.values())


def _is_kept(row: Mapping[str, Any]) -> bool:
    return row["segment"] == "known" or row["metric"] == "ndcg"


def _find_spread(values: Values, row: Mapping[str, Any]) -> dict[str, float]:
    """Of a metric of all lists together, which no draw of users says the spread of; else nothing."""
    if row["metric"] in values.metrics or row["value"] is None:
        return {}
    each = [values.together[split, row["segment"], row["contender"]][row["metric"]] for split in values.names]
    told = [value for value in each if value == value]
    return {"low": min(told), "high": max(told)} if len(told) > 1 else {}


def _name(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["contender"], row["purchases"], row["segment"], row["metric"]


def _put_difference(record: Record, row: Mapping[str, Any], incumbent: str) -> None:
    """Only that of NDCG is shown."""
    difference = [row[name] for name in ("difference", "difference_low", "difference_high")]
    if row["metric"] == "ndcg" and None not in difference:
        record["against"][incumbent] = [_round(value) for value in difference]


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
