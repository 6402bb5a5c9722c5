"""What `dangol evaluate-split` has read and found, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from include.commands.tables import compose_table

if TYPE_CHECKING:
    from include.evaluation.published import Published


# The first two metrics, so that a line of the table stays in sight.
_WITH_INTERVAL: Final = 2


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
    first = value["compared_with"]
    yield f"Means over {value['users']:,} users, with 95% intervals; Δ: recall less that of {first}, by user."
    for k in value["k"]:
        yield from _compose_cutoff(k, value["models"], published)
    if published:
        yield f"  {published.title}: {published.protocol}."
        yield f"  In brackets: {published.source}."


def _compose_cutoff(
    k: int, models: Sequence[Mapping[str, Any]], published: Published | None
) -> Iterator[str]:
    metrics = [name for name in models[0]["figures"] if name.endswith(f"@{k}")]
    rows = []
    for model in models:
        figures = [model["figures"][name] for name in metrics]
        wide = [_write_figure(figure) for figure in figures[:_WITH_INTERVAL]]
        narrow = [_write(figure["value"]) for figure in figures[_WITH_INTERVAL:]]
        rows.append(
            (model["model"], *wide, *narrow, _write_difference(figures[0]), f"{model['seconds']:,.1f}")
        )
    if published and published.k == k:
        for name, shown in published.figures.items():
            cells = [_write(shown.get(metric.partition("@")[0])) for metric in metrics]
            rows.append((f"({name})", *cells, "", ""))
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
