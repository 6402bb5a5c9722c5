"""In short: what the page says of each mall, a line a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.quality.best_alone import tell_best_alone
from benchmarks.quality.figures import (
    BEFORE,
    SHIPPED,
    Record,
    find_record,
    list_contenders,
    name_with_days,
    tell_difference,
)
from benchmarks.quality.formats import tell_short
from benchmarks.quality.history import LONG, SHORT
from benchmarks.quality.study_tables import list_changes


def summarise(malls: Sequence[Mapping[str, Any]], best: Mapping[str, Mapping[str, str]]) -> str:
    """best: by mall and kind of purchases the source that was best alone on the earlier days."""
    lines: list[str] = []
    for mall in malls:
        if mall.get("absent"):
            lines.append(f"**{mall['title']}** was not judged: {mall['absent']}.")
            continue
        if "contenders" in mall:
            lines += _tell_contenders(mall, best.get(mall["name"], {}))
        if "changed" in mall:
            lines += _tell_changes(mall)
        if "history" in mall:
            lines += _tell_history(mall)
    return "\n".join(f"* {line}" for line in lines)


def _tell_contenders(mall: Mapping[str, Any], best: Mapping[str, str]) -> Iterator[str]:
    records = mall["contenders"]["records"]
    for purchases in ("new", "all"):
        own, former = (find_record(records, name, purchases, "ndcg") for name in (SHIPPED, BEFORE))
        if own is None or former is None:
            continue
        told = [
            f"**{mall['title']}, {purchases} purchases**: NDCG {tell_short(own['value'])} now,"
            f" {tell_short(former['value'])} before; {tell_difference(own['against'].get(BEFORE))}.",
            tell_best_alone(mall, best, purchases),
            _name_better(records, purchases),
        ]
        yield " ".join(part for part in told if part)
    for purchases in ("new", "all"):
        shown = [find_record(records, name, purchases, "coverage") for name in (SHIPPED, BEFORE)]
        if None not in shown:
            now, then = (f"{found['value']:.1%}" for found in shown if found)
            top = [find_record(records, name, purchases, "top_share") for name in (SHIPPED, BEFORE)]
            line = (
                f"**{mall['title']}, {purchases} purchases**: the list shows {now} of the items to anybody;"
                f" the one before showed {then}."
            )
            slots = [f"{found['value']:.0%}" for found in top if found]
            if len(slots) == len(top):
                line += f" The 100 most shown items have {slots[0]} of the slots; they had {slots[1]}."
            yield line


def _name_better(records: Sequence[Record], purchases: str) -> str:
    """Those that beat the shipped list with an interval above 0, best first."""
    better = [
        record
        for record in list_contenders(records, purchases)
        if (against := record["against"].get(SHIPPED)) and against[1] > 0
    ]
    if not better:
        return "No other contender is better with an interval that leaves out 0."
    names = ", ".join(f"`{record['contender']}` ({tell_short(record['value'])})" for record in better)
    return f"Better than the shipped list: {names}."


def _tell_changes(mall: Mapping[str, Any]) -> Iterator[str]:
    """Which changes of the sources make the list worse or better, as far as the intervals say."""
    records = mall["changed"]["records"]
    for purchases in ("new", "all"):
        worse, better = [], []
        for name in list_changes(records):
            record = find_record(records, name, purchases, "ndcg")
            against = record["against"].get(SHIPPED) if record else None
            if against and against[2] < 0:
                worse.append(f"*{name}*")
            elif against and against[1] > 0:
                better.append(f"*{name}*")
        yield (
            f"**{mall['title']}, {purchases} purchases, what each source adds**: the list is worse"
            f" {', '.join(worse) or 'by no change'}; it is better {', '.join(better) or 'by none'}."
        )


def _tell_history(mall: Mapping[str, Any]) -> Iterator[str]:
    records = mall["history"]["records"]
    short, long = (name_with_days(SHIPPED, days) for days in (SHORT, LONG))
    record = find_record(records, long, "all", "ndcg")
    if record:
        yield (
            f"**{mall['title']}, all purchases, a window of {LONG} days** instead of {SHORT}:"
            f" {tell_difference(record['against'].get(short))} for the users of both."
        )
