"""The figures as SVG, the same bytes for the same figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "dangol", "svg.fonttype": "none", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402

from benchmarks.growth import PEERS, WORK  # noqa: E402
from benchmarks.tables import format_seconds, total_seconds  # noqa: E402

_OURS, _PEER, _GUESS = "#c2410c", "#94a3b8", "#e2e8f0"


def draw_plots(results: dict[str, Any], folder: Path) -> None:
    """One file for each section, in place of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, section in results.items():
        tables = section["tables"]
        if points := next((table["points"] for table in tables if "points" in table), None):
            figure = _draw_growth(points)
        elif rungs := next((table["rungs"] for table in tables if "rungs" in table), None):
            figure = _draw_ladder(rungs)
        else:
            figure = _draw_cases([table for table in tables if "columns" not in table and table["rows"]])
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
        plt.close(figure)


def _draw_cases(tables: list[dict[str, Any]]) -> Any:
    """Bars of seconds for each table, on a logarithmic axis."""
    heights = [max(1, sum(bool(row["seconds"]) for row in table["rows"])) for table in tables]
    figure, axes = plt.subplots(
        len(tables),
        1,
        figsize=(7, 0.6 * len(tables) + 0.33 * sum(heights)),
        gridspec_kw={"height_ratios": heights},
        squeeze=False,
        layout="constrained",
    )
    for axis, table in zip(axes[:, 0], tables, strict=True):
        rows = sorted((row for row in table["rows"] if row["seconds"]), key=total_seconds, reverse=True)
        seconds = [total_seconds(row) for row in rows]
        colors = [_OURS if row["ours"] else _PEER for row in rows]
        _draw_bars(axis, [row["label"] for row in rows], seconds, colors)
        axis.set_title(table["title"], loc="left")
    axes[-1, 0].set_xlabel("seconds")
    return figure


def _draw_ladder(rungs: list[dict[str, Any]]) -> Any:
    figure, axis = plt.subplots(figsize=(7, 0.9 + 0.33 * len(rungs)), layout="constrained")
    rungs = rungs[::-1]
    colors = [
        _OURS if rung["label"] == "ours" else _PEER if rung["is_measured"] else _GUESS for rung in rungs
    ]
    _draw_bars(axis, [rung["label"] for rung in rungs], [rung["seconds"] for rung in rungs], colors)
    axis.set_xlabel("seconds; the pale bars are extrapolated")
    return figure


def _draw_bars(axis: Any, labels: list[str], seconds: list[float], colors: list[str]) -> None:
    bars = axis.barh(labels, seconds, color=colors)
    axis.bar_label(bars, [format_seconds(value) for value in seconds], padding=3)
    axis.set_xscale("log")
    axis.set_xlim(min(seconds) / 3, max(seconds) * 6)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_growth(points: list[dict[str, Any]]) -> Any:
    """Seconds and memory of each stage against its work, relative to its smallest size; y = x is dashed."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    for axis, key, label in ((axes[0], "seconds", "seconds"), (axes[1], "peak_mb", "peak memory")):
        furthest = 1.0
        for stage, work_name in (WORK | PEERS).items():
            own = sorted((p for p in points if p["stage"] == stage), key=lambda point: point["work"])
            if not own:
                continue
            work = [point["work"] / own[0]["work"] for point in own]
            cost = [point[key] / max(own[0][key], 1e-3) for point in own]
            axis.plot(
                work,
                cost,
                marker="o",
                markersize=3,
                linestyle=":" if stage in PEERS else "-",
                label=f"{stage} ({work_name})",
            )
            furthest = max(furthest, *work)
        axis.plot([1, furthest], [1, furthest], linestyle="--", color="black", linewidth=0.8)
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="work, × the smallest size",
            ylabel=f"{label}, × the smallest size",
        )
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=7)
    return figure
