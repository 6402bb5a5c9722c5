"""Differences to the list before, with their intervals, as SVG: the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "dangol", "svg.fonttype": "none", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402

from benchmarks.quality.figures import BEFORE, SHIPPED, list_contenders  # noqa: E402
from benchmarks.quality.variety import SHARES, UNCAPPED, list_curve, name_cap  # noqa: E402

# The loosest cap is too near to none for a name.
_UNNAMED: Final = name_cap(max(SHARES))
_LINES: Final = ("#c2410c", "#2563eb", "#64748b")
_COLORS: Final = {"ads": "#c2410c", "source": "#2563eb", "baseline": "#94a3b8"}


def draw_mall(mall: dict[str, Any], k: int, folder: Path) -> None:
    """One file: what each contender's NDCG is above or below that of the list before, new and all."""
    kinds = [kind for kind in ("new", "all") if list_contenders(mall["contenders"]["records"], kind)]
    rows = {kind: _list_differences(mall, kind) for kind in kinds}
    height = 0.8 + 0.22 * max(len(some) for some in rows.values())
    figure, axes = plt.subplots(1, len(kinds), figsize=(9, height), squeeze=False, layout="constrained")
    for axis, kind in zip(axes[0], kinds, strict=True):
        _draw_differences(axis, rows[kind])
        axis.set_title(f"{kind} purchases", loc="left")
        axis.set_xlabel(f"NDCG@{k} less that of the list before")
    _save(figure, folder / f"{mall['name']}.svg")


def draw_variety(malls: Sequence[Mapping[str, Any]], k: int, folder: Path) -> str:
    """One file: what the lists are worth at each cap, against how much the most shown items have of them.

    Its name, or '' where no mall has such figures.
    """
    judged = [mall for mall in malls if "variety" in mall]
    if not judged:
        return ""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, kind in zip(axes, ("new", "all"), strict=True):
        for mall, color in zip(judged, _LINES, strict=False):
            _draw_curve(axis, list_curve(mall, kind), mall["title"], color)
        axis.set_title(f"{kind} purchases", loc="left")
        axis.set_xlabel("share of the slots that the 100 most shown items have")
        axis.set_ylabel(f"NDCG@{k}")
        axis.set_ylim(bottom=0)
        axis.xaxis.set_major_formatter("{x:.0%}")
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    _save(figure, folder / "variety.svg")
    return "variety.svg"


def _draw_curve(axis: Any, points: list[tuple[str, float, float]], title: str, color: str) -> None:
    axis.plot(
        [x for _, x, _ in points], [y for *_, y in points], "o-", color=color, markersize=4, label=title
    )
    for name, x, y in points:
        if name != _UNNAMED:
            below = name == UNCAPPED
            place = {"xytext": (0, -5 if below else 5), "va": "top" if below else "bottom"}
            axis.annotate(name, (x, y), textcoords="offset points", ha="center", fontsize=6, **place)


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def _list_differences(mall: dict[str, Any], kind: str) -> list[tuple[str, str, list[float]]]:
    """Name, kind and difference of each contender, the worst first."""
    return [
        (row["contender"], row["kind"], row["against"][BEFORE])
        for row in reversed(list_contenders(mall["contenders"]["records"], kind))
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
