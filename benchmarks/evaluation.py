"""What the judge takes for a whole mall: ten metrics of every user's list, and how sure their means are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from benchmarks.data import (
    FACTORS,
    WARM_UP,
    describe_facts,
    load_binary,
    load_factors,
    prepare,
    prepare_factors,
    read_facts,
)
from benchmarks.harness import Case, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.top_items import SAMPLE
from benchmarks.worker import Work

if TYPE_CHECKING:
    from include.evaluation.judged import Judged

K = 20
CATEGORIES = 300
COLUMNS = 36
REPLICATES = 1000
_SCIPY_REPLICATES = 10

Config = dict[str, Any]


def run_ours(config: Config) -> Work:
    from include.evaluation.bootstrap import bootstrap_means
    from include.evaluation.registry import METRICS, load_metric

    judged = load_judged(config)

    def measure_all() -> dict[str, float]:
        measured = {name: load_metric(name).measure(judged) for name in METRICS}
        if not config.get("intervals"):
            return {name: float(np.nanmean(values)) for name, values in measured.items()}
        names = [name for name, values in measured.items() if values.ndim]
        columns = np.column_stack([measured[name] for name in names])
        found = bootstrap_means(columns, np.arange(len(columns)), threads=config["threads"])
        return dict(zip(names, found.mean.tolist(), strict=True))

    return Work(measure_all, lambda means: ({name: round(means[name], 6) for name in ("ndcg", "map")}, {}))


def run_ours_ndcg(config: Config) -> Work:
    from include.evaluation.metrics import ndcg

    judged = load_judged(config)
    return Work(lambda: ndcg.measure(judged).mean(), _describe_mean)


def run_sklearn(config: Config) -> Work:
    """A row of each user: the k places of the list, then up to k relevant items that it lacks."""
    from sklearn.metrics import ndcg_score

    judged = load_judged(config)
    missed = np.minimum(judged.relevant.sizes - judged.hits.sum(axis=1), K)
    relevance = np.hstack([judged.hits, np.arange(K) < missed[:, None]]).astype(np.float64)
    scores = np.broadcast_to(np.arange(2.0 * K, 0, -1), relevance.shape).copy()
    return Work(lambda: ndcg_score(relevance, scores, k=K, ignore_ties=True), _describe_mean)


def run_loop(config: Config) -> Work:
    """A dict of lists and one of sets, as packages for the evaluation of searches are given them."""
    judged = load_judged(config)
    starts, codes = judged.relevant.indptr.tolist(), judged.relevant.items.tolist()
    lists = dict(enumerate(judged.items[: config["sample"]].tolist()))
    relevant = {user: set(codes[starts[user] : starts[user + 1]]) for user in lists}

    def measure_all() -> dict[str, float]:
        sums = dict.fromkeys(("recall", "ndcg", "hit_rate", "precision", "map"), 0.0)
        for user, ranked in lists.items():
            wanted, hits, gained, precisions = relevant[user], 0, 0.0, 0.0
            for rank, item in enumerate(ranked, 1):
                if item in wanted:
                    hits += 1
                    gained += 1 / math.log2(rank + 1)
                    precisions += hits / rank
            most = min(K, len(wanted))
            sums["recall"] += hits / len(wanted)
            sums["ndcg"] += gained / sum(1 / math.log2(rank + 1) for rank in range(1, most + 1))
            sums["hit_rate"] += hits > 0
            sums["precision"] += hits / K
            sums["map"] += precisions / most
        return {name: total / len(lists) for name, total in sums.items()}

    return Work(measure_all, lambda means: ({name: round(means[name], 6) for name in ("ndcg", "map")}, {}))


def run_ours_bootstrap(config: Config) -> Work:
    from include.evaluation.bootstrap import bootstrap_means

    values = draw_values(config["users"], config["columns"])
    users = np.arange(config["users"])
    return Work(
        lambda: bootstrap_means(values, users, replicates=REPLICATES, threads=config["threads"]),
        lambda found: _describe_interval(found.low[0], found.high[0]),
    )


def run_scipy(config: Config) -> Work:
    from scipy.stats import bootstrap

    values = draw_values(config["users"], config["columns"])

    def resample() -> Any:
        return bootstrap(
            (values,),
            np.mean,
            n_resamples=_SCIPY_REPLICATES,
            batch=1,
            axis=0,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval

    return Work(resample)


def _describe_mean(mean: float) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"ndcg": round(float(mean), 6)}, {}


def _describe_interval(low: float, high: float) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"width": round(float(high - low), 6)}, {}


def draw_values(users: int, columns: int) -> NDArray[np.float64]:
    """Shares of the size of a recall at 20 (users, columns)."""
    return np.random.default_rng(0).binomial(20, 0.05, (users, columns)) / 20


def load_judged(config: Config) -> Judged:
    """The lists of `prepare_lists`, beside what the users bought: the factors know it, so hits are many."""
    from include.evaluation.judged import Judged
    from include.kernels import RankedLists

    bought = load_binary(config["folder"])
    items = np.load(Path(config["folder"], f"{config['factors']}.lists.npy"))
    numbers = np.arange(len(items), dtype=np.int32)
    indptr = np.arange(0, items.size + 1, K)
    shown = csr_matrix((np.ones(items.size, np.float32), items.ravel(), indptr), bought.shape)
    both = shown.multiply(bought).tocsr()
    keys = np.repeat(numbers.astype(np.int64), np.diff(both.indptr)) * bought.shape[1] + both.indices
    hits = np.isin(numbers[:, None] * np.int64(bought.shape[1]) + items, keys)
    return Judged(
        items=items,
        hits=hits,
        relevant=RankedLists(bought.indptr.astype(np.int64), bought.indices, bought.data),
        buyers=np.bincount(bought.indices, minlength=bought.shape[1]),
        users=bought.shape[0],
        categories=np.arange(bought.shape[1], dtype=np.int32) % CATEGORIES,
    )


def prepare_lists(folder: Path, factors: str, threads: int) -> None:
    """The K best items of every user by the factors, kept beside them."""
    from include.kernels import rank_products

    path = folder / f"{factors}.lists.npy"
    if not path.exists():
        blocks = rank_products(*load_factors(folder, factors), K, threads=threads)
        np.save(path, np.concatenate([lists.items for _, _, lists in blocks]).reshape(-1, K))


def measure(options: Options) -> Section:
    """Ten metrics of every user's list and their intervals: ours beside scikit-learn, scipy and a loop."""
    source = f"mall-{options.share}"
    configs = []
    for name in (source, WARM_UP):
        folder = prepare(name)
        factors = prepare_factors(folder, **FACTORS["mall"])
        prepare_lists(folder, factors, options.threads)
        users = read_facts(folder)["users"]
        sample = users if options.all_rows else min(users, SAMPLE)
        configs.append({"folder": str(folder), "factors": factors, "users": users, "sample": sample})
    config, warm_up = configs[0] | {"threads": options.threads}, configs[1]
    scale = config["users"] / config["sample"]
    loop = Case("run_loop", "a loop over users, five metrics", "numpy", scale=scale, runs=3, does_less=True)
    repeats = REPLICATES / _SCIPY_REPLICATES
    columns = {"columns": COLUMNS}
    tables = {
        f"Metrics of {source}": [
            Case("run_ours", "ours: ten metrics"),
            Case("run_ours", "ours: ten metrics, and the intervals of eight", config={"intervals": True}),
            loop,
        ],
        "ndcg alone": [
            Case("run_ours_ndcg", "ours: ndcg"),
            Case("run_sklearn", "scikit-learn ndcg_score", "scikit-learn"),
        ],
        f"Intervals of {COLUMNS} means": [
            Case("run_ours_bootstrap", f"ours: {REPLICATES:,} replicates", config=columns),
            Case("run_scipy", "scipy.stats.bootstrap", "scipy", config=columns, scale=repeats, runs=1),
        ],
        "Interval of one mean": [
            Case("run_ours_bootstrap", f"ours: {REPLICATES:,} replicates", config={"columns": 1}),
            Case("run_scipy", "scipy.stats.bootstrap", "scipy", config={"columns": 1}, scale=repeats, runs=3),
        ],
    }
    carried = f"scipy drew {_SCIPY_REPLICATES} replicates, and its seconds are multiplied by {repeats:g}."
    notes = dict.fromkeys(tables, carried)
    notes[f"Metrics of {source}"] = (
        f"The loop did {config['sample']:,} of the users, and its seconds are multiplied by {scale:.3g}."
    )
    notes["ndcg alone"] = "scikit-learn is given rows of 2 k places, and not the making of them."
    facts = read_facts(Path(config["folder"]))
    return {
        "title": "The judge",
        "about": f"Lists of {K} for every user, from the factors of implicit after 15 iterations, beside all"
        f" that the user bought; {CATEGORIES} categories. Timed is from lists and purchases in memory to the"
        " values and means.",
        "tables": [
            {
                "title": title,
                "about": describe_facts(facts) + "." if title in list(tables)[:2] else "",
                "facts": facts,
                "rows": measure_cases(
                    "benchmarks.evaluation", f"evaluation, {title}", cases, config, warm_up, options.runs
                )[0],
                "note": notes[title],
            }
            for title, cases in tables.items()
        ],
    }


if __name__ == "__main__":
    run_script("evaluation", measure)
