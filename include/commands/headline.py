"""The newest evaluation in a line or two: how good the ad list is, and what is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from include.settings import Evaluation
    from include.warehouse.base import Warehouse

_TOLD: Final = (
    "as_of_date", "contender", "kind", "metric", "k", "purchases", "test_days", "users", "value", "low",
    "high", "incumbent", "difference", "difference_low", "difference_high",
)  # fmt: skip


def read_headline(warehouse: Warehouse, evaluation: Evaluation) -> list[dict[str, Any]]:
    """Every contender's row of the figure that an advertiser goes by, the best first; none before the first
    evaluation.
    """
    rows = warehouse.read_metrics(split="all", **evaluation.headline._asdict())
    told = [{name: row[name] for name in _TOLD} for row in rows if row["value"] is not None]
    return sorted(told, key=lambda row: -row["value"])


def tell_headline(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    own = next((row for row in rows if row["contender"] == row["incumbent"]), None)
    if own is None:
        return
    yield (
        f"  evaluated as of {own['as_of_date']}: {own['metric']}@{own['k']} of {own['purchases']} purchases"
        f" {_show(own['value'], own['low'], own['high'])}, {own['users']:,} lists"
    )
    better = [row for row in rows if row["difference_low"] is not None and row["difference_low"] > 0]
    for row in better[:3]:
        difference = _show(row["difference"], row["difference_low"], row["difference_high"], "+")
        yield f"    {row['contender']} is better: {row['value']:.4f}, {difference}"


def tell_hits(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The newest judged day in a line: hit_rate of the ads, of best sellers, and of the lists before."""
    values = {row["contender"]: row for row in rows if row["metric"] == "hit_rate"}
    if "ads" not in values:
        return
    own = values["ads"]
    others = [
        f"{name} {values[key]['value']:.4f}"
        for key, name in (("popular", "best sellers"), ("before", "the lists before"))
        if key in values
    ]
    yield (
        f"  judged on {own['as_of_date']}: hit_rate@{own['k']} {own['value']:.4f}"
        f" ({', '.join(others)}), {own['users']:,} users"
    )


def _show(value: float, low: float | None, high: float | None, sign: str = "") -> str:
    around = "" if low is None or high is None else f" [{low:{sign}.4f}, {high:{sign}.4f}]"
    return f"{value:{sign}.4f}{around}"
