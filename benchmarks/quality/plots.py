"""Differences to the list before, with their intervals, as SVG: the same bytes for the same figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "dangol", "svg.fonttype": "none", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402

from benchmarks.quality.figures import BEFORE, SHIPPED, list_contenders  # noqa: E402

_COLORS: Final = {"ads": "#c2410c", "source": "#2563eb", "baseline": "#94a3b8"}


def draw_mall(mall: dict[str, Any], k: int, folder: Path) -> None:
    """One file: what each contender's NDCG is above or below that of the list before, new and all."""
    kinds = [kind for kind in ("new", "all") if list_contenders(mall["records"], kind)]
    rows = {kind: _list_differences(mall, kind) for kind in kinds}
    height = 0.8 + 0.22 * max(len(some) for some in rows.values())
    figure, axes = plt.subplots(1, len(kinds), figsize=(9, height), squeeze=False, layout="constrained")
    for axis, kind in zip(axes[0], kinds, strict=True):
        _draw_differences(axis, rows[kind])
        axis.set_title(f"{kind} purchases", loc="left")
        axis.set_xlabel(f"NDCG@{k} less that of the list before")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{mall['name']}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def _list_differences(mall: dict[str, Any], kind: str) -> list[tuple[str, str, list[float]]]:
    """Name, kind and difference of each contender, the worst first."""
    return [
        (row["contender"], row["kind"], row["against"][BEFORE])
        for row in reversed(list_contenders(mall["records"], kind))
        if row["against"].get(BEFORE)
    ]


def _draw_differences(axis: Any, rows: list[tuple[str, str, list[float]]]) -> None:
    for place, (name, kind, (mean, low, high)) in enumerate(rows):
        color = _COLORS[kind]
        axis.plot([low, high], [place, place], color=color, linewidth=2)
        axis.plot([mean], [place], marker="D" if name == SHIPPED else "o", markersize=5, color=color)
    axis.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axis.axvline(0, color="black", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
