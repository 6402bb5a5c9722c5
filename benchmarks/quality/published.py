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
from typing import Any, Final

from benchmarks.harness import say
from benchmarks.machine import ROOT

SETTINGS: Final = Path(__file__).with_name("settings")
_DEFAULTS, _CHOSEN = "defaults", "chosen"


@dataclass(frozen=True)
class PublicSplit:
    """name: of the published figures and of the file of settings. models: with their defaults, and as chosen.

    find_files: the options that name the files, and why they are not there ('' where they are).
    """

    name: str
    title: str
    about: str
    models: Sequence[str]
    chosen: Sequence[str]
    find_files: Callable[[argparse.Namespace], tuple[list[str], str]]
    more: Sequence[str] = ()

    @property
    def settings(self) -> Path:
        return SETTINGS / f"{self.name}.yaml"


def judge_split(split: PublicSplit, options: argparse.Namespace) -> dict[str, Any]:
    """A table of ours with their defaults, ours with chosen settings, and the published, the best first."""
    section: dict[str, Any] = {"name": split.name, "title": split.title, "about": split.about}
    files, reason = split.find_files(options)
    if reason:
        say(f"{split.title}: {reason}")
        return section | {"absent": reason}
    rows: list[list[Any]] = []
    published: Mapping[str, Any] = {}
    for kind, models in ((_DEFAULTS, split.models), (_CHOSEN, split.chosen)):
        if not models:
            continue
        given = ["--settings", str(split.settings)] if kind == _CHOSEN else []
        answer = _ask([*files, *split.more, "--models", ",".join(models), *given], split, options)
        published = answer["published"]
        rows += [_list_cells(model, kind, published) for model in answer["models"]]
    metrics = list(next(iter(published["figures"].values())))
    for model, values in published["figures"].items():
        rows.append([f"*{model}*", "published", *(f"{values[metric]:.4f}" for metric in metrics)])
    rows.sort(key=lambda row: str(row[2]), reverse=True)
    columns = ["", "settings", *(f"{metric}@{published['k']}" for metric in metrics)]
    note = f"Published in {published['source']}. Chosen settings: `{split.settings.relative_to(ROOT)}`."
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
        models=("popular", "cosine", "itemcf", "als"),
        chosen=("itemcf",),
        find_files=_find_gowalla,
        more=("--k", "20"),
    ),
    PublicSplit(
        name="ml-100k",
        title="ML-100k",
        about="Ratings of 943 users for 1,682 films; a fifth of each user's, drawn at random, is the test.",
        models=("popular", "cosine", "itemcf", "als"),
        chosen=("als", "ease"),
        find_files=_find_ml_100k,
        more=("--k", "10"),
    ),
)
