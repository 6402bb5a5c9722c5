"""docs/explanation/quality.md from the kept figures; the same figures give the same text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from benchmarks.machine import ROOT
from benchmarks.quality.figures import BEFORE, BOUND, EQUAL, FALLBACK, FITTED, SHIPPED
from benchmarks.quality.mall_tables import describe_contenders
from benchmarks.quality.malls import DAYS
from benchmarks.quality.study_tables import describe_changed, describe_history, describe_variety
from benchmarks.quality.summary import summarise
from benchmarks.quality.texts import AGAIN, HOW, INTRODUCTION, PUBLISHED
from benchmarks.tables import format_grid

PAGE: Final = ROOT / "docs" / "explanation" / "quality.md"
IMAGES: Final = ROOT / "docs" / "images" / "quality"


def compose_page(results: dict[str, Any]) -> str:
    malls, k = results["malls"], results["k"]
    best = results["choice"].get("best", {})
    parts = [INTRODUCTION, "## In short", summarise(malls, best)]
    parts.append(
        HOW.format(
            k=k,
            test_days=results["test_days"],
            days=DAYS,
            shipped=SHIPPED,
            before=BEFORE,
            fallback=FALLBACK,
            fitted=FITTED,
            equal=EQUAL,
            bound=f"{-BOUND:.0%}",
        )
    )
    for mall in malls:
        parts += _describe_mall(mall, best.get(mall["name"], {}), k)
    parts += describe_variety(malls, results.get("variety_picture", ""), k)
    parts += _describe_choice(results["choice"])
    parts += ["## Beside published figures", PUBLISHED]
    for split in results["published"]:
        parts += _describe_published(split)
    parts += ["## Make it again", AGAIN, _tell_machine(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _describe_mall(mall: Mapping[str, Any], best: Mapping[str, str], k: int) -> list[str]:
    parts = [f"## {mall['title']}", mall["about"]]
    if mall.get("absent"):
        return [*parts, f"Not judged: {mall['absent']}."]
    if "contenders" in mall:
        parts += describe_contenders(mall, best, k)
    return [*parts, *describe_changed(mall), *describe_history(mall)]


def _describe_choice(choice: Mapping[str, Any]) -> list[str]:
    if not choice:
        return []
    parts = ["## How the settings were chosen", choice["about"]]
    for table in choice["tables"]:
        parts += [f"### {table['title']}", format_grid(table)]
    return parts


def _describe_published(split: Mapping[str, Any]) -> list[str]:
    parts = [f"### {split['title']}", split["about"]]
    if split.get("absent"):
        return [*parts, f"Not measured: {split['absent']}."]
    return [*parts, format_grid(dict(split)), split.get("note", "")]


def _tell_machine(results: Mapping[str, Any]) -> str:
    lines = [
        f"* {name}: commit {machine['commit']}, {machine['measured_at']}"
        for name, machine in results["machines"].items()
    ]
    about = "Measured (*-dirty*: at that commit, with changes that were not committed yet):"
    return f"{about}\n\n" + "\n".join(lines) if lines else ""
