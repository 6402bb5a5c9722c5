"""Rows of measured cases as a Markdown table."""

from __future__ import annotations

from statistics import median
from typing import Any

_HEAD = (
    "| | version | seconds, median | spread | runs | peak MB | of it added | time ÷ ours | agrees |",
    "|---|---|--:|---|--:|--:|--:|--:|---|",
)


def format_section(section: dict[str, Any]) -> str:
    """Title, what was measured, tables, and what they were measured on."""
    parts = [f"## {section['title']}", section["about"]]
    for table in section["tables"]:
        parts += [f"### {table['title']}", *([table["about"]] if table.get("about") else [])]
        parts.append(format_grid(table) if "columns" in table else format_cases(table["rows"]))
        parts += [table["note"]] if table.get("note") else []
    parts.append(format_machine(section))
    return "\n\n".join(parts) + "\n"


def format_machine(section: dict[str, Any]) -> str:
    machine = section["machine"]
    return (
        f"*Share {section['share']} of the whole mall, {section['threads']} threads;"
        f" {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB,"
        f" {machine['system']}, Python {machine['python']}; commit {machine['commit']},"
        f" {machine['measured_at']}.*"
    )


def format_grid(table: dict[str, Any]) -> str:
    """A table that is written as it is: `columns` (names), `rows` (lists of texts and numbers)."""
    lines = [_join(table["columns"]), _join(["---"] + ["--:"] * (len(table["columns"]) - 1))]
    lines += [_join([format_value(value) for value in row]) for row in table["rows"]]
    return "\n".join(lines)


def format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return (
            f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
        )
    return f"{value:,}" if isinstance(value, int) else str(value)


def format_cases(rows: list[dict[str, Any]]) -> str:
    """Fastest first; what is absent or failed after them."""
    ours = next((total_seconds(row) for row in rows if row["ours"] and row["seconds"]), None)
    measured = sorted((row for row in rows if row["seconds"]), key=total_seconds)
    lines = [*_HEAD, *(_format_case(row, ours) for row in measured)]
    for row in rows:
        if not row["seconds"]:
            reason = f"absent: {row['absent']}" if row.get("absent") else f"failed: {row.get('error')}"
            lines.append(_join([row["label"], "", reason, *[""] * 6]))
    return "\n".join(lines)


def total_seconds(row: dict[str, Any]) -> float:
    """The median, for the whole work where a sample was measured."""
    return float(median(row["seconds"]) * row["scale"])


def _format_case(row: dict[str, Any], ours: float | None) -> str:
    seconds = row["seconds"]
    shown = f"{format_seconds(median(seconds))}"
    if row["scale"] != 1:
        shown = f"{format_seconds(total_seconds(row))} (× {row['scale']:.3g} from {shown})"
    spread = f"{format_seconds(min(seconds))} – {format_seconds(max(seconds))}" if len(seconds) > 1 else ""
    ratio = "1" if row["ours"] and total_seconds(row) == ours else ""
    if ours and not ratio:
        ratio = f"{total_seconds(row) / ours:.2f}"
    name = f"**{row['label']}**" if row["ours"] else row["label"]
    version = f"{row['package']} {row['version']}" if row["version"] else ""
    peak, added = (f"{median(row[key]):,.0f}" for key in ("peak_mb", "added_mb"))
    return _join(
        [name, version, shown, spread, str(len(seconds)), peak, added, ratio, _format_agreement(row)]
    )


def _format_agreement(row: dict[str, Any]) -> str:
    facts = row["facts"]
    parts = [f"{name} {format_value(value)}" for name, value in facts.items() if not name.startswith("_")]
    if found := row.get("agreement"):
        same = found["same_ids"]
        all_rows = same == found["rows"]
        parts.insert(0, f"{'yes' if all_rows else 'NO'}: {same:,} of {found['rows']:,} lists")
    return "; ".join(parts)


def format_seconds(seconds: float) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:,.1f} h"
    return (
        f"{seconds:,.0f} s"
        if seconds >= 100
        else f"{seconds:.3g} s"
        if seconds >= 0.01
        else f"{seconds:.4f} s"
    )


def _join(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
