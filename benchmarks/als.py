"""The factorisation: who bought what → user and item factors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cosine import list_spark_case
from benchmarks.data import WARM_UP, describe_facts, load_matrix, prepare, read_facts
from benchmarks.harness import BUFFALO_PYTHON, Case, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Arrays, Work

FACTORS = 64
ITERATIONS = 15
_SPARK_ITERATIONS = 3
_REGULARIZATION = 0.01
_ALPHA = 1.0
_SEED = 0

# implicit asks for it: BLAS threads fight with its own.
ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Config = dict[str, Any]


def run_ours(config: Config) -> Work:
    from benchmarks import ours

    user_items = load_matrix(config["folder"])
    parameters = {
        "factors": FACTORS,
        "regularization": _REGULARIZATION,
        "alpha": _ALPHA,
        "iterations": ITERATIONS,
        "seed": _SEED,
    }
    return Work(lambda: ours.factorise(user_items, parameters, config["threads"]), _describe)


def run_implicit(config: Config) -> Work:
    from implicit.cpu.als import AlternatingLeastSquares

    user_items = load_matrix(config["folder"])

    def fit() -> tuple[np.ndarray, np.ndarray]:
        model = AlternatingLeastSquares(
            factors=FACTORS,
            regularization=_REGULARIZATION,
            alpha=_ALPHA,
            iterations=ITERATIONS,
            num_threads=config["threads"],
            random_state=_SEED,
        )
        model.fit(user_items, show_progress=False)
        return model.user_factors, model.item_factors

    return Work(fit, _describe)


def run_buffalo(config: Config) -> Work:
    """Its data preparation, a file that it sorts, is not timed."""
    from buffalo.algo.als import ALS
    from buffalo.algo.options import ALSOption
    from buffalo.data.mm import MatrixMarketOptions

    options = ALSOption().get_default_option()
    options.update({"d": FACTORS, "num_iters": ITERATIONS, "num_workers": config["threads"]})
    options.update({"reg_u": _REGULARIZATION, "reg_i": _REGULARIZATION, "alpha": _ALPHA})
    options.update({"compute_loss_on_training": False, "random_seed": _SEED})
    data = MatrixMarketOptions().get_default_option()
    data.input.main = load_matrix(config["folder"])
    data.data.path = str(Path(config["folder"], "buffalo.h5py"))
    data.data.validation = {}
    model = ALS(options, data_opt=data)
    model.initialize()

    def train() -> tuple[np.ndarray, np.ndarray]:
        model.train()
        return model.P, model.Q

    return Work(train, _describe)


def run_spark(config: Config) -> Work:
    from pyspark.ml.recommendation import ALS

    from benchmarks.spark import open_session

    user_items = load_matrix(config["folder"]).tocoo()
    session = open_session(config["threads"])
    import pandas as pd

    frame = pd.DataFrame({"user": user_items.row, "item": user_items.col, "lines": user_items.data})
    lines = session.createDataFrame(frame).cache()
    lines.count()
    als = ALS(
        rank=FACTORS,
        maxIter=_SPARK_ITERATIONS,
        regParam=_REGULARIZATION,
        alpha=_ALPHA,
        implicitPrefs=True,
        userCol="user",
        itemCol="item",
        ratingCol="lines",
        seed=_SEED,
    )

    def fit() -> int:
        return int(als.fit(lines).itemFactors.count())

    return Work(fit, lambda count: ({"iterations": _SPARK_ITERATIONS}, {}))


def _describe(factors: tuple[np.ndarray, np.ndarray]) -> tuple[dict[str, Any], Arrays]:
    # Copies: a library may hand out views of memory that ends with it.
    return {}, {"user_factors": np.array(factors[0]), "item_factors": np.array(factors[1])}


def measure_loss(user_items: Any, user_factors: np.ndarray, item_factors: np.ndarray) -> float:
    """The objective of Hu, Koren and Volinsky over all pairs, divided by the number of users × items.

    Σ over all pairs of c (p - x·y)² with p = 1, c = alpha × lines where bought (as implicit has it) and
    p = 0, c = 1 elsewhere, plus the regularisation of both sides.
    """
    user_items = user_items.tocoo()
    x, y = user_factors.astype(np.float64), item_factors.astype(np.float64)
    all_pairs = float(np.sum((x.T @ x) * (y.T @ y)))
    bought = 0.0
    for start in range(0, user_items.nnz, 500_000):
        part = slice(start, start + 500_000)
        score = np.einsum("nf,nf->n", x[user_items.row[part]], y[user_items.col[part]])
        bought += float(np.sum(_ALPHA * user_items.data[part] * (1 - score) ** 2 - score**2))
    penalty = _REGULARIZATION * float(np.sum(x**2) + np.sum(y**2))
    return (all_pairs + bought + penalty) / (user_items.shape[0] * user_items.shape[1])


def measure(options: Options) -> Section:
    """ALS with 64 factors and 15 iterations: ours beside implicit, Buffalo and Spark MLlib."""
    source = f"mall-{options.share}"
    folder = prepare(source)
    threads = f"{options.threads} threads"
    cases = [
        Case("run_ours", "ours"),
        Case("run_implicit", f"implicit, {threads}", "implicit", environment=ONE_BLAS_THREAD),
        Case(
            "run_buffalo",
            f"Buffalo, {options.threads} workers",
            "buffalo",
            python=BUFFALO_PYTHON,
            install="make bench BUFFALO=1 (needs Python 3.11, for numpy below 2)",
        ),
        list_spark_case(options, "run_spark", f"Spark MLlib, {_SPARK_ITERATIONS} iterations"),
    ]
    config = {"folder": str(folder), "threads": options.threads}
    warm_up = {"folder": str(prepare(WARM_UP))}
    rows, arrays = measure_cases("benchmarks.als", "als", cases, config, warm_up, min(options.runs, 3))
    user_items = load_matrix(folder)
    for row in rows:
        if "user_factors" in (found := arrays.get(row["label"], {})):
            loss = measure_loss(user_items, found["user_factors"], found["item_factors"])
            row["facts"]["objective"] = f"{loss:.6e}"
    facts = read_facts(folder)
    return {
        "title": f"ALS, {FACTORS} factors, {ITERATIONS} iterations",
        "about": "Timed is the factorisation alone, from the matrix in memory to the factors. Agreement is"
        " the objective of the factors, the same formula for all (lower is better): regularised squared"
        " error over all pairs, divided by their number. Libraries start from other random factors, and"
        " Buffalo adds 1 to the confidence of what was bought, so it minimises a slightly other sum.",
        "tables": [
            {"title": source, "about": describe_facts(facts) + ".", "facts": facts, "rows": rows},
        ],
    }


if __name__ == "__main__":
    run_script("als", measure)
