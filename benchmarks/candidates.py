"""The ad list of the whole mall: seconds and memory by source, by blend, and by re-rank step.

python -m benchmarks.candidates --full  every list, and the models that its sources read
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.data import FOLDER, describe_facts, find_window, prepare, read_facts
from benchmarks.harness import say
from benchmarks.machine import ROOT
from benchmarks.release import Step, StepError, run_step
from benchmarks.script import Options, Section, run_script

# As many of als as a blend looks at.
MODELS: dict[str, dict[str, Any]] = {
    "cosine": {},
    "als": {"user_k": 100},
    "complements": {},
    "linear": {},
    "content": {},
}
SOURCES = ("repurchase", "als", "itemcf", "best_sellers", "best_of")
ALONE = ("als", "itemcf", "repurchase", "best_of", "complements", "linear", "content")
_WEIGHTS = {"constant": 10, "weights": {"repurchase": 8, "als": 1, "itemcf": 0.5}}
# The larger trees are the ranker's defaults.
BLENDS: dict[str, dict[str, Any]] = {
    "turns": {"turns": {}},
    "fusion": {"fusion": _WEIGHTS},
    "learned": {"learned": {"rounds": 150, "leaves": 7, "fallback": _WEIGHTS}},
    "learned, larger trees": {"learned": {"rounds": 200, "leaves": 15, "fallback": _WEIGHTS}},
}
STEPS: dict[str, dict[str, Any]] = {
    "in_stock": {},
    "diversity": {"category": 2, "slots": 4},
    "popularity_cap": {"share": 0.2},
    "freshness": {},
}


def list_lists() -> dict[str, dict[str, Any]]:
    """What each list's `ads` says, by what its row is called."""
    lists: dict[str, dict[str, Any]] = {
        f"{name} alone": {"sources": [name], "blend": BLENDS["turns"]} for name in ALONE
    }
    lists |= {f"five, {name}": _blend(name) for name in BLENDS}
    lists |= {f"five, fusion, {name}": _blend("fusion", [name]) for name in STEPS}
    return lists | {"five, fusion, all steps": _blend("fusion", list(STEPS))}


def _blend(blend: str, steps: list[str] | None = None) -> dict[str, Any]:
    rerank = [{name: STEPS[name]} for name in steps or ()]
    return {"sources": list(SOURCES), "blend": BLENDS[blend], "rerank": rerank}


def write_advertiser(folder: Path, ads: dict[str, Any]) -> dict[str, str]:
    """The synthetic mall's YAML with these models and this list; the environment in which it is read."""
    import yaml

    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "include" / "advertisers" / "ssg.yaml").read_text(encoding="utf-8")
    own = yaml.safe_dump({"models": MODELS, "ads": ads}, sort_keys=False)
    (folder / "ssg.yaml").write_text(f"{text}\n{own}", encoding="utf-8")
    return {**os.environ, "DANGOL_ADVERTISERS": str(folder), "PYTHONPATH": str(ROOT)}


def run_lists(source: str) -> list[Step]:
    """The window, each model, and each list, every one in a process of its own, once."""
    data, as_of = prepare(source), find_window(source)[1]
    base = {"DANGOL_DATA": str(data)}
    environment = write_advertiser(FOLDER / "advertisers", _blend("learned")) | base
    command = [sys.executable, "-m", "include.run"]
    end = ["--advertiser", "ssg", "--as-of", str(as_of)]
    say(f"candidates, {source}: window")
    run_step([*command, "window", *end], environment)
    steps = []
    for model in MODELS:
        say(f"candidates, {source}: train {model}")
        step = run_step([*command, "train", "--model", model, *end], environment)
        steps.append({"name": f"train {model}", **step})
    for name, ads in list_lists().items():
        [blend] = ads["blend"]
        environment = write_advertiser(FOLDER / "advertisers", ads) | base
        if blend == "learned":
            say(f"candidates, {source}: a ranker for {name}")
            code = "from benchmarks.candidates import pretend_ranker; pretend_ranker()"
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
        say(f"candidates, {source}: {name}")
        steps.append({"name": name, **run_step([*command, "candidates", *end], environment)})
        if steps[-1]["blend"] != blend:
            raise StepError(f"{name} was blended by {steps[-1]['blend']}: the ranker is not this list's.")
        say(f"  {steps[-1]['seconds']:.1f} s, peak {steps[-1]['peak_mb']:,} MB")
    return steps


def pretend_ranker() -> None:
    """Fit trees of the size of a ranker's on features of this window's candidates and keep them as one.

    The mall has no weeks to learn from: what was bought is drawn, likelier where several sources agree, so
    that the lists mean nothing and the trees cost what trees cost.
    """
    import numpy as np

    from include.candidates.blends.learned import open_describer
    from include.candidates.blends.ranker import Ranker
    from include.candidates.blends.ranking_features import name_features
    from include.candidates.registry import arrange_sources
    from include.evaluation.fitting import fit_trees
    from include.evaluation.ranker_samples import Sample, join_samples
    from include.kernels import split_blocks, take_block
    from include.settings import load_advertiser
    from include.steps.candidates import open_sources
    from include.steps.rankers import describe_needs, write_ranker

    advertiser, as_of = load_advertiser("ssg"), find_window("mall")[1]
    opened = open_sources(advertiser, as_of)
    inputs = opened.inputs
    names = list(arrange_sources(opened.sources).names)
    proposers = [opened.sources[name] for name in names]
    params = advertiser.ads.blend.chosen[1]
    describer, hidden = open_describer(inputs, params), inputs.list_hidden()
    features, rng, parts = name_features(names), np.random.default_rng(0), []
    blocks = split_blocks(np.sum([each.costs for each in proposers], axis=0), 100_000)
    for start, stop in blocks[:: max(1, len(blocks) // 20)]:
        bought = take_block(hidden, start, stop)
        proposed = [each.propose(start, stop, params.depth, bought) for each in proposers]
        united, made = describer.describe(start, proposed, bought)
        agreed = 60 * made[:, features.index("fused")] + np.log1p(made[:, features.index("recent_buyers")])
        noisy = agreed + rng.normal(size=len(agreed))
        hits = (noisy > np.quantile(noisy, 0.98)).astype(np.int8)
        sizes = np.diff(united.indptr)
        parts.append(Sample(made, hits, sizes[sizes > 0]))
    model = fit_trees(join_samples(parts, len(features)), params, features)
    ranker = Ranker(
        names,
        features,
        describe_needs(advertiser),
        advertiser.ads.exclude_purchased,
        str(as_of - timedelta(days=1)),
        {"pretended": True},
        model,
    )
    write_ranker(advertiser, ranker)


def tabulate_lists(steps: list[Step]) -> dict[str, Any]:
    columns = ["step or list", "seconds", "of them the list", "peak RSS MB", "rows"]
    rows: list[list[Any]] = []
    for step in steps:
        counts, parts = step["counts"], step["parts"]
        made = counts.get("rows") or sum(step["tables"].values())
        listed = parts.get("ad candidates")
        rows.append([step["name"], float(step["seconds"]), listed, step["peak_mb"], made])
    return {"columns": columns, "rows": rows}


def measure(options: Options) -> Section:
    """The ad list by source, blend and re-rank step, and the models that its sources read."""
    source = f"mall-{options.share}"
    facts = read_facts(prepare(source))
    steps = run_lists(source)
    return {
        "title": "The ad list",
        "about": "`python -m include.run candidates` with one source after the other, then with five"
        f" ({', '.join(SOURCES)}) and each blend, then with re-rank steps; before them the training of the"
        " models. Seconds are the step's own, with reading and writing of files; the list is what of them"
        " proposes, blends and re-ranks, a block of users at a time. The ranker of `learned` is of 150 trees"
        " of 7 leaves, the larger one of 200 of 15, both fitted on made-up purchases. Each was run once.",
        "tables": [
            {
                "title": source,
                "about": describe_facts(facts) + ".",
                "facts": facts,
                "steps": steps,
                **tabulate_lists(steps),
            }
        ],
    }


if __name__ == "__main__":
    run_script("candidates", measure)
