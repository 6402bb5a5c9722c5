"""What is judged beside the contenders, as tables: sources less or more, a longer window, caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.quality.figures import SHIPPED, Record, find_record, list_contenders, name_with_days
from benchmarks.quality.formats import tell_interval, tell_share, tell_short, tell_together, tell_value
from benchmarks.quality.history import LONG, SEGMENTS, SHORT
from benchmarks.quality.mall_tables import tell_dates, tell_lacks
from benchmarks.quality.variety import SHARES, UNCAPPED, name_cap
from benchmarks.tables import format_grid

_KINDS: Final = ("new", "all")


def describe_changed(mall: Mapping[str, Any]) -> list[str]:
    """What the shipped list is worth less without each of its sources, and more with others."""
    if "changed" not in mall:
        return []
    study = mall["changed"]
    about = (
        f"NDCG of the shipped list without each of its sources, and with each further one, less that of"
        f" `{SHIPPED}`, which learns anew each time where it learns; below its share. A source adds something"
        f" where the list without it is worse. {tell_dates(study)}."
    )
    columns = ["", *(f"{kind} purchases" for kind in _KINDS), *(f"{kind}, share" for kind in _KINDS)]
    rows = []
    for name in list_changes(study["records"]):
        cells = [_find_change(study["records"], name, kind) for kind in _KINDS]
        shares = [tell_share(against, of) if of else "" for against, of in cells]
        rows.append([name, *(tell_interval(against) for against, _ in cells), *shares])
    grid = format_grid({"columns": columns, "rows": rows})
    return [f"### {mall['title']}: what each source adds", about, *tell_lacks(study), grid]


def list_changes(records: Sequence[Record]) -> list[str]:
    """The changed lists in the order in which they were judged."""
    names = dict.fromkeys(record["contender"] for record in records)
    return [name for name in names if name != SHIPPED]


def _find_change(records: Sequence[Record], name: str, purchases: str) -> tuple[list[float], float]:
    """The difference to the shipped list, and what that is worth; nothing and 0 where there is none."""
    changed, own = (find_record(records, who, purchases, "ndcg") for who in (name, SHIPPED))
    if changed is None or own is None or not own["value"]:
        return [], 0.0
    against = changed["against"].get(SHIPPED)
    return (against, own["value"]) if against else ([], 0.0)


def describe_history(mall: Mapping[str, Any]) -> list[str]:
    """All purchases by the shipped list of the shorter and of the longer window, by segment."""
    if "history" not in mall:
        return []
    study = mall["history"]
    records = study["records"]
    short, long = (name_with_days(SHIPPED, days) for days in (SHORT, LONG))
    about = (
        f"NDCG of all purchases by lists of a window of {SHORT} days and of {LONG}, with the same settings,"
        f" judged by the same purchases of the same users. Segments are those of the {SHORT} days: *known*"
        f" users bought in them, *returning* ones in the {LONG} days alone, *new* ones in neither. In"
        f" brackets, users' weeks. {tell_dates(study)}."
    )
    users = {name: find_record(records, short, "all", "ndcg", name) for name in SEGMENTS}
    segments = [name for name, found in users.items() if found and found["users"]]
    columns = ["", *(f"{name} ({users[name]['users']:,})" for name in segments), "recall", "top 100"]  # type: ignore[index]
    rows = []
    for row in list_contenders(records, "all"):
        name = row["contender"]
        own = [find_record(records, name, "all", "ndcg", segment) for segment in segments]
        recall, top = (find_record(records, name, "all", metric) for metric in ("recall", "top_share"))
        rows.append([name, *map(tell_value, own), tell_value(recall), tell_together(top)])
    differences = [find_record(records, long, "all", "ndcg", segment) for segment in segments]
    told = [tell_interval(found["against"].get(short)) if found else "" for found in differences]
    rows.append([f"`{SHIPPED}`, {LONG} days less {SHORT}", *told, "", ""])
    title = f"### {mall['title']}: a window of {LONG} days"
    return [title, about, *tell_lacks(study), format_grid({"columns": columns, "rows": rows})]


def describe_variety(malls: Sequence[Mapping[str, Any]], picture: str, k: int) -> list[str]:
    """What a cap costs in each mall, and a picture of it."""
    judged = [mall for mall in malls if "variety" in mall]
    if not judged:
        return []
    parts = ["## What variety costs", _VARIETY.format(k=k, uncapped=UNCAPPED)]
    if picture:
        parts.append(
            f"![NDCG@{k} against the share of the 100 most shown items](../images/quality/{picture})"
        )
    for mall in judged:
        study = mall["variety"]
        parts += [f"### {mall['title']}: caps", f"{tell_dates(study)}.", *tell_lacks(study)]
        parts.append(_tabulate_caps(study["records"]))
    return parts


_VARIETY: Final = """\
The shipped list with the re-rank step [`popularity_cap`](../how-to/shape-the-list.md): an item is in at most
that share of the lists. NDCG@{k} of known users, and the difference to the list with {uncapped}; *top 100* is
the share of all slots that the 100 most shown items have, with the least and the highest of a split."""


def _tabulate_caps(records: Sequence[Record]) -> str:
    columns = ["cap"]
    for kind in _KINDS:
        columns += [f"{kind}: NDCG", f"less {UNCAPPED}", "top 100", "Gini", "coverage"]
    rows = []
    for name in (UNCAPPED, *map(name_cap, SHARES)):
        cells = [name]
        for kind in _KINDS:
            own = find_record(records, name, kind, "ndcg")
            cells.append(tell_short(own["value"]) if own else "")
            cells.append(tell_interval(own["against"].get(UNCAPPED)) if own else "")
            cells += [
                tell_together(find_record(records, name, kind, metric))
                for metric in ("top_share", "gini", "coverage")
            ]
        rows.append(cells)
    return format_grid({"columns": columns, "rows": rows})
