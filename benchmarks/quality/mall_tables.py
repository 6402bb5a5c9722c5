"""The contenders of a mall as tables: all of them, and by segment of users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.quality.best_alone import tell_best_alone
from benchmarks.quality.figures import BEFORE, SHIPPED, Record, find_record, list_contenders
from benchmarks.quality.formats import tell_interval, tell_together, tell_value
from benchmarks.tables import format_grid

_TITLES = {"new": "New purchases", "all": "All purchases, what was bought is kept"}


def describe_contenders(mall: Mapping[str, Any], best: Mapping[str, str], k: int) -> list[str]:
    """The dates, the picture, and a table for each kind of purchases."""
    study = mall["contenders"]
    records = study["records"]
    parts = [f"{tell_dates(study)}; {mall['test_days']} test days each.", *tell_lacks(study)]
    parts.append(_tell_settings(mall["settings"]))
    if mall.get("picture"):
        parts.append(
            f"![NDCG@{k} of each contender less that of `{BEFORE}`](../images/quality/{mall['picture']})"
        )
    for purchases, title in _TITLES.items():
        rows = list_contenders(records, purchases)
        if rows:
            users = f"{rows[0]['users']:,} users' weeks. {tell_best_alone(mall, best, purchases)}".strip()
            parts += [f"### {mall['title']}: {title.lower()}", users, _tabulate(records, rows, purchases, k)]
    return parts + _tabulate_segments(records, k)


def tell_dates(study: Mapping[str, Any]) -> str:
    dates = study["dates"]
    return f"{len(dates)} splits: {', '.join(dates)}" if len(dates) > 1 else f"1 split: {dates[0]}"


def tell_lacks(study: Mapping[str, Any]) -> list[str]:
    """What was not judged, and where nothing could be learned."""
    lacks = [reason if reason.endswith(".") else f"{reason}." for reason in study.get("refused", [])]
    if unfitted := study.get("unfitted"):
        lacks.append(
            f"On {', '.join(unfitted)} at least one list that learns had too few weeks to learn from, and was"
            " fused by its fallback."
        )
    return lacks


def _tell_settings(settings: Mapping[str, Any]) -> str:
    """Of the shipped list: its sources and blend, and what the models that they read are set to."""
    ads = settings["ads"]
    parts = [f"sources {', '.join(ads['sources'])}"]
    parts += [f"blend {_tell_params(name, params)}" for name, params in ads.get("blend", {}).items()]
    parts += [_tell_params(name, params) for name, params in ads.get("source_params", {}).items()]
    parts += [_tell_params(name, params) for name, params in settings["models"].items()]
    return f"Settings of `{SHIPPED}`: {'; '.join(parts)}."


def _tell_params(name: str, params: Mapping[str, Any]) -> str:
    """Without what is empty."""
    told = [f"{key} {_tell_param(value)}" for key, value in params.items() if value not in (None, {}, [], ())]
    return f"{name}: {', '.join(told)}" if told else name


def _tell_param(value: Any) -> str:
    if isinstance(value, Mapping):
        told = [f"{key} {_tell_param(each)}" for key, each in value.items() if each not in (None, {}, [], ())]
        return f"({', '.join(told)})"
    return str(value)


def _tabulate(records: Sequence[Record], rows: Iterable[Record], purchases: str, k: int) -> str:
    columns = ["", "kind", f"NDCG@{k}", f"less `{BEFORE}`", f"less `{SHIPPED}`", f"recall@{k}"]
    together = {"coverage": "coverage", "gini": "Gini", "top_share": "top 100"}
    known = {name: title for name, title in together.items() if any(r["metric"] == name for r in records)}
    lines = []
    for row in rows:
        name = row["contender"]
        novelty = find_record(records, name, purchases, "novelty")
        lines.append(
            [
                f"**{name}**" if name in (SHIPPED, BEFORE) else name,
                row["kind"],
                tell_value(row),
                tell_interval(row["against"].get(BEFORE)),
                tell_interval(row["against"].get(SHIPPED)),
                tell_value(find_record(records, name, purchases, "recall")),
                *(tell_together(find_record(records, name, purchases, metric)) for metric in known),
                f"{novelty['value']:.3g}" if novelty and novelty["value"] is not None else "",
            ]
        )
    return format_grid({"columns": [*columns, *known.values(), "novelty"], "rows": lines})


def _tabulate_segments(records: Sequence[Record], k: int) -> list[str]:
    """NDCG of new purchases by segment: of all as good as the list before, and of best sellers."""
    users = {name: find_record(records, SHIPPED, "new", "ndcg", name) for name in ("light", "heavy", "new")}
    segments = [name for name, found in users.items() if found]
    if not segments:
        return []
    columns = ["", *(f"{name} ({found['users']:,})" for name, found in users.items() if found)]
    rows = []
    former = find_record(records, BEFORE, "new", "ndcg")
    for row in list_contenders(records, "new"):
        if row["contender"] != "popular" and former and row["value"] < former["value"]:
            continue
        own = [find_record(records, row["contender"], "new", "ndcg", name) for name in segments]
        rows.append([row["contender"], *map(tell_value, own)])
    about = (
        f"NDCG@{k} of new purchases by segment: *light* users bought fewer different items in the window than"
        " the median, *heavy* ones at least as many, *new* ones nothing. In brackets, users' weeks."
    )
    return ["### By segment", about, format_grid({"columns": columns, "rows": rows})]
