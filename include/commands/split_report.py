"""What `dangol evaluate-split` has read and found, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.commands.tables import compose_table

if TYPE_CHECKING:
    from include.evaluation.published import Published


def compose_pairs(parts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Lines on train and test, as the answer describes them."""
    names = ("users", "items", "pairs")
    rows = [(part, *(f"{counts[name]:,}" for name in names)) for part, counts in parts.items()]
    yield from compose_table(("", *names), rows)
    for part, counts in parts.items():
        yield from (f"  {part}: {said}" for said in _list_oddities(counts))


def _list_oddities(counts: Mapping[str, Any]) -> Iterator[str]:
    strangers = counts.get("not_in_train", {})
    told = {
        "pairs that were there before, which count once": counts["duplicates"],
        "pairs left out for their rating": counts["below_min_rating"],
        "lines of a user without items": counts["users_without_items"],
        "pairs that train holds, which are left out": strangers.get("known_pairs"),
        "users whom train does not know": strangers.get("users"),
        "items that train does not know, which no list can hold": strangers.get("items"),
    }
    return (f"{count:,} {what}" for what, count in told.items() if count)


def compose_figures(value: Mapping[str, Any], published: Published | None) -> Iterator[str]:
    """A table for each cutoff: every model with its intervals, then the papers' figures."""
    figures = {model["model"]: model["figures"] for model in value["models"]}
    for k in dict.fromkeys(figure["k"] for found in figures.values() for figure in found):
        at_k = {name: [figure for figure in found if figure["k"] == k] for name, found in figures.items()}
        yield from _compose_cutoff(k, at_k, value, published)
    if published:
        yield f"  {published.title}: {published.protocol}."
        yield f"  Published: {published.source}."


def _compose_cutoff(
    k: int,
    figures: Mapping[str, Sequence[Mapping[str, Any]]],
    value: Mapping[str, Any],
    published: Published | None,
) -> Iterator[str]:
    first = value["compared_with"]
    metrics = [figure["metric"] for figure in figures[first]]
    users = figures[first][0]["users"]
    yield f"@{k}, means over {users:,} users, 95% intervals; Δ is the difference of the recall from {first}"
    seconds = {model["model"]: model["seconds"] for model in value["models"]}
    rows = []
    for name, found in figures.items():
        by_metric = {figure["metric"]: figure for figure in found}
        cells = [_write_figure(by_metric[metric]) for metric in metrics]
        rows.append((name, *cells, _write_difference(by_metric[metrics[0]]), f"{seconds[name]:,.1f}"))
    if published and published.k == k:
        for name, shown in published.figures.items():
            rows.append((f"({name})", *(_write(shown.get(metric)) for metric in metrics), "", ""))
    yield from compose_table(("model", *metrics, "Δ", "seconds"), rows)


def _write_figure(figure: Mapping[str, Any]) -> str:
    interval = _write_interval(figure["low"], figure["high"])
    return f"{_write(figure['value'])}{interval}"


def _write_difference(figure: Mapping[str, Any]) -> str:
    if figure["difference"] is None:
        return ""
    interval = _write_interval(figure["difference_low"], figure["difference_high"])
    return f"{figure['difference']:+.4f}{interval}"


def _write_interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.4f}, {high:.4f}]"


def _write(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
