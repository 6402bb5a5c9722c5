"""python -m benchmarks.quality.variety: what a cap on popular items costs, on both real malls."""

from __future__ import annotations

import argparse
import os
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import say
from benchmarks.quality import judging
from benchmarks.quality.malls import COMPLETE_JOURNEY, FOLDER, ONLINE_RETAIL, Mall, prepare_mall
from include.evaluation.contender import Contender
from include.settings import Advertiser

SHARES: Final = (0.5, 0.2, 0.1, 0.05, 0.02)
UNCAPPED: Final = "uncapped"
_METRICS: Final = ("ndcg", "coverage", "gini", "top_share")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared-data", type=Path, default=Path(os.environ.get("DANGOL_SHARED_DATA", ".")))
    options = parser.parse_args()
    os.environ["DANGOL_DATA"] = str(FOLDER)
    from include.compile_cache import choose_cache
    from include.evaluation import registry

    choose_cache()
    registry.METRICS["top_share"] = "benchmarks.quality.top_share"
    for mall in (ONLINE_RETAIL, COMPLETE_JOURNEY):
        if reason := mall.explain_absence(options.shared_data):
            say(f"{mall.title}: {reason}")
            continue
        advertiser = prepare_mall(mall, options.shared_data)
        for dates in (mall.chosen_on, mall.judged_on):
            _judge(mall, advertiser, dates)


def list_capped(advertiser: Advertiser) -> list[Contender]:
    """The advertiser's list from 60 items of ALS for each user, without a cap and with each of them."""
    from include.evaluation.configuration import Configuration, make_contender
    from include.settings.ads import Ads

    own = Configuration.from_advertiser(advertiser)
    models = {**own.models, "als": own.models["als"].model_copy(update={"user_k": 60})}
    made = {UNCAPPED: Ads()}
    for share in SHARES:
        made[f"{share:.0%}"] = Ads.model_validate({"rerank": [{"popularity_cap": {"share": share}}]})
    return [
        make_contender(name, Configuration(models, ads, own.max_items, own.weights))
        for name, ads in made.items()
    ]


def _judge(mall: Mall, advertiser: Advertiser, dates: tuple[date, ...]) -> None:
    judge = partial(judging.judge_split_date, k=20, incumbent=UNCAPPED, metrics=_METRICS)
    parts = [judge(mall, advertiser, list_capped, day) for day in dates]
    kinds = {contender.name: contender.kind for contender in list_capped(advertiser)}
    records = judging.list_records(judging.join_parts(parts), kinds, (UNCAPPED,))
    found: dict[tuple[str, str, str], Any] = {
        (record["contender"], record["purchases"], record["metric"]): record
        for record in records
        if record["segment"] == "known"
    }
    print(f"{mall.title}: {len(dates)} splits from {dates[0]} to {dates[-1]}")
    for name in kinds:
        parts_of_line = [f"{name:10s}"]
        for purchases in ("new", "all"):
            record = found[name, purchases, "ndcg"]
            less, low, high = record["against"].get(UNCAPPED, (0.0, 0.0, 0.0))
            parts_of_line.append(f"{purchases} {record['value']:.4f} {less:+.4f} [{low:+.4f}, {high:+.4f}]")
        parts_of_line += [f"{metric} {found[name, 'all', metric]['value']:.3f}" for metric in _METRICS[1:]]
        print("  ".join(parts_of_line))


if __name__ == "__main__":
    main()
