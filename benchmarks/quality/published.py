"""Public data sets by `dangol evaluate-split`, beside the figures that papers state."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.harness import say
from benchmarks.machine import ROOT

SETTINGS: Final = Path(__file__).with_name("settings")


class Run(NamedTuple):
    """label: what the page calls the settings. models: the contenders. settings: a file of them, or ''.

    trials: how many settings are tried on a part of train, where there is no file.
    """

    label: str
    models: Sequence[str]
    settings: str = ""
    trials: int = 0


@dataclass(frozen=True)
class PublicSplit:
    """name: of the published figures. options: of every run.

    find_files: the options that name the files, and why they are not there ('' where they are).
    """

    name: str
    title: str
    about: str
    options: Sequence[str]
    runs: Sequence[Run]
    find_files: Callable[[argparse.Namespace], tuple[list[str], str]]


def judge_split(split: PublicSplit, options: argparse.Namespace) -> dict[str, Any]:
    """A table of ours with their defaults, ours with chosen settings, and the published, the best first."""
    section: dict[str, Any] = {"name": split.name, "title": split.title, "about": split.about}
    files, reason = split.find_files(options)
    if reason:
        say(f"{split.title}: {reason}")
        return section | {"absent": reason}
    rows: list[list[Any]] = []
    published: Mapping[str, Any] = {}
    for run in split.runs:
        given = (
            ["--settings", str(SETTINGS / run.settings)] if run.settings else ["--trials", str(run.trials)]
        )
        asked = [*files, *split.options, "--models", ",".join(run.models), *given]
        answer = _ask(asked, split, options)
        published = answer["published"]
        rows += [_list_cells(model, run.label, published) for model in answer["models"]]
    metrics = list(next(iter(published["figures"].values())))
    for model, values in published["figures"].items():
        rows.append([f"*{model}*", "published", *(f"{values[metric]:.4f}" for metric in metrics)])
    rows.sort(key=lambda row: str(row[2]), reverse=True)
    columns = ["", "settings", *(f"{metric}@{published['k']}" for metric in metrics)]
    named = ", ".join(f"{run.label} `{run.settings}`" for run in split.runs if run.settings)
    note = f"Published in: {published['source']}. Settings in `{SETTINGS.relative_to(ROOT)}`: {named}."
    return section | {"columns": columns, "rows": rows, "note": note}


def _ask(arguments: Sequence[str], split: PublicSplit, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "include.run", "evaluate-split", *arguments]
    command += ["--beside", split.name, "--threads", str(options.threads)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _list_cells(model: Mapping[str, Any], kind: str, published: Mapping[str, Any]) -> list[Any]:
    cells = []
    for metric in next(iter(published["figures"].values())):
        found = model["figures"][f"{metric}@{published['k']}"]
        cells.append(f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]")
    return [f"**{model['model']}**", "none" if model["kind"] == "baseline" else kind, *cells]


def _find_gowalla(options: argparse.Namespace) -> tuple[list[str], str]:
    train, test = (options.shared_data / f"gowalla_{part}.txt.gz" for part in ("train", "test"))
    if missing := [path.name for path in (train, test) if not path.exists()]:
        return [], f"{missing[0]} is not there; name its folder with --shared-data or DANGOL_SHARED_DATA"
    return ["--train", str(train), "--test", str(test)], ""


def _find_ml_100k(options: argparse.Namespace) -> tuple[list[str], str]:
    if options.ml_100k is None or not options.ml_100k.exists():
        return [], "no file of ML-100k; name it with --ml-100k FILE (the package recbole has one)"
    return ["--log", str(options.ml_100k)], ""


SPLITS: Final = (
    PublicSplit(
        name="gowalla",
        title="Gowalla",
        about="Check-ins of 29,858 users at 40,981 places, in the split of LightGCN and the papers after it.",
        options=("--k", "20"),
        runs=(
            Run("defaults", ("popular", "cosine", "itemcf", "als")),
            Run("of eight tried on train", ("itemcf", "als"), trials=8),
            Run("chosen", ("itemcf",), "gowalla.yaml"),
            Run("as Complete Journey", ("als",), "completejourney.yaml"),
        ),
        find_files=_find_gowalla,
    ),
    PublicSplit(
        name="ml-100k",
        title="ML-100k",
        about="Ratings of 943 users for 1,682 films; a fifth of each user's, drawn at random, is the test.",
        options=("--k", "10"),
        runs=(
            Run("defaults", ("popular", "cosine", "itemcf", "als")),
            Run("of eight tried on train", ("itemcf", "als", "ease"), trials=8),
            Run("chosen", ("als", "ease"), "ml-100k.yaml"),
        ),
        find_files=_find_ml_100k,
    ),
)
