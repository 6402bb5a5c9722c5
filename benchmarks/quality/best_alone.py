"""The shipped list beside the source that was best alone on the earlier days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.quality.figures import BOUND, SHIPPED, find_record
from benchmarks.quality.formats import tell_interval, tell_percent, tell_share


def tell_best_alone(mall: Mapping[str, Any], best: Mapping[str, str], purchases: str) -> str:
    """A sentence with the difference, its share, and whether that is above the bound; '' without figures."""
    source = best.get(purchases)
    if source is None or "contenders" not in mall:
        return ""
    record = find_record(mall["contenders"]["records"], source, purchases, "ndcg")
    against = record["against"].get(SHIPPED) if record else None
    if record is None or not against or not record["value"]:
        return f"The best source alone on the earlier days was `{source}`, which is not judged here."
    # What the source is above the shipped list, the other way round.
    mean, low, high = (-value + 0.0 for value in against)
    difference = [mean, high, low]
    return (
        f"The best source alone on the earlier days was `{source}`: `{SHIPPED}` less `{source}` is"
        f" {tell_interval(difference)}, {tell_share(difference, record['value'])} of it;"
        f" {judge_bound(difference, record['value'])}."
    )


def judge_bound(difference: list[float], of: float) -> str:
    """Whether the difference is above the bound, as far as its interval says."""
    _, low, high = (value / of for value in difference)
    bound = tell_percent(BOUND).replace(".0", "")
    if low > BOUND:
        return f"above the bound of {bound}"
    return f"below the bound of {bound}" if high < BOUND else f"the bound of {bound} lies in the interval"
