"""The file of kept figures: a section is replaced whole, and the others stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import ROOT

RESULTS: Final = ROOT / "benchmarks" / "results" / "quality.json"


def read_kept(path: Path = RESULTS) -> dict[str, Any]:
    if not path.exists():
        return {"k": 20, "test_days": 7, "malls": [], "choice": {}, "published": [], "machines": {}}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def keep_results(results: dict[str, Any], path: Path = RESULTS) -> None:
    """Replace the file at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def put_section(sections: list[dict[str, Any]], section: dict[str, Any], order: list[str]) -> None:
    """The section in place of the one of its name, all in the order of the names."""
    sections[:] = [each for each in sections if each["name"] != section["name"]] + [section]
    sections.sort(key=lambda each: order.index(each["name"]))
