"""From the first version, a loop over all pairs of products, to ours: on slices, and carried on to the whole."""

from __future__ import annotations

from itertools import combinations
from math import sqrt
from statistics import median
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.cosine import _describe, run_implicit, run_ours
from benchmarks.data import describe_facts, load_binary, prepare, read_facts
from benchmarks.harness import Case, Row, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.tables import format_seconds
from benchmarks.worker import Work

__all__ = ["run_implicit", "run_ours"]

# The slices: every rung runs on the small one, those that can on the larger ones.
SMALL, LARGE = "mall-1/1024", "mall-1/512"

Config = dict[str, Any]


def run_dense_loop(config: Config) -> Work:
    """The first version: for each pair of products, a loop over their vectors of users."""
    vectors = load_binary(config["folder"]).T.toarray().astype(int).tolist()

    def loop() -> list[tuple[int, int, float]]:
        lengths = [sqrt(sum(x * x for x in vector)) for vector in vectors]
        found = []
        for left, right in combinations(range(len(vectors)), 2):
            product = 0
            for x, y in zip(vectors[left], vectors[right], strict=True):
                product += x * y
            if product:
                found.append((left, right, product / (lengths[left] * lengths[right])))
        return found

    return _collect(loop, len(vectors))


def run_sparse_loop(config: Config) -> Work:
    """The same loop over pairs, each product as a dict of its buyers."""
    item_users = load_binary(config["folder"]).T.tocsr()
    vectors = [
        dict.fromkeys(item_users.indices[start:stop].tolist(), 1)
        for start, stop in zip(item_users.indptr, item_users.indptr[1:], strict=False)
    ]

    def loop() -> list[tuple[int, int, float]]:
        lengths = [sqrt(sum(x * x for x in vector.values())) for vector in vectors]
        found = []
        for left, right in combinations(range(len(vectors)), 2):
            ours, theirs = vectors[left], vectors[right]
            if len(theirs) < len(ours):
                ours, theirs = theirs, ours
            product = 0
            for user, x in ours.items():
                if user in theirs:
                    product += x * theirs[user]
            if product:
                found.append((left, right, product / (lengths[left] * lengths[right])))
        return found

    return _collect(loop, len(vectors))


def _collect(loop: Any, items: int) -> Work:
    def describe(found: list[tuple[int, int, float]]) -> Any:
        left, right, score = (np.array(column) for column in zip(*found, strict=True))
        rows, columns = np.concatenate([left, right]), np.concatenate([right, left])
        return _describe(items, rows, columns, np.concatenate([score, score]))

    return Work(loop, describe)


def run_numpy(config: Config) -> Work:
    """One dense product of all products' vectors."""
    dense = load_binary(config["folder"]).T.toarray().astype(np.float32)

    def multiply() -> Any:
        unit = dense / np.linalg.norm(dense, axis=1, keepdims=True)
        return unit @ unit.T

    return Work(multiply, _describe_dense)


def run_sklearn(config: Config) -> Work:
    from sklearn.metrics.pairwise import cosine_similarity

    item_users = load_binary(config["folder"]).T.tocsr()
    return Work(lambda: cosine_similarity(item_users, dense_output=False), _describe_dense)


def _describe_dense(similarity: Any) -> Any:
    similarity = csr_matrix(similarity).tocoo()
    others = (similarity.row != similarity.col) & (similarity.data > 0)
    return _describe(
        similarity.shape[0], similarity.row[others], similarity.col[others], similarity.data[others]
    )


# Each rung: runner, label, package, the work that its time is in proportion to, its largest slice.
_PAIRS_USERS, _PAIRS, _SQUARES = "items² × users", "items² × buyers of an item", "Σ basket²"
RUNGS = (
    ("run_dense_loop", "Python loop over pairs, dense vectors", "", _PAIRS_USERS, LARGE),
    ("run_sparse_loop", "Python loop over pairs, dicts of buyers", "", _PAIRS, "mall-1/256"),
    ("run_numpy", "numpy, one dense product", "numpy", _PAIRS_USERS, "mall-1/64"),
    ("run_sklearn", "sklearn cosine_similarity, sparse", "scikit-learn", _SQUARES, "mall-1/16"),
    ("run_implicit", "implicit CosineRecommender", "implicit", _SQUARES, "1"),
    ("run_ours", "ours", "", _SQUARES, "1"),
)


def measure_work(law: str, facts: dict[str, Any]) -> float:
    """The number that a rung's seconds are in proportion to."""
    items = float(facts["items"])
    if law == _PAIRS_USERS:
        return items**2 * float(facts["users"])
    if law == _PAIRS:
        return items**2 * float(facts["pairs"]) / items
    return float(facts["squares"])


def measure(options: Options) -> Section:
    """The ladder: naive loops, numpy, sklearn, implicit, ours; measured on slices, extrapolated to the whole."""
    whole = f"mall-{options.share}"
    slices = sorted({SMALL, LARGE, "mall-1/256", "mall-1/64", "mall-1/16", whole}, key=_size)
    slices = [source for source in slices if _size(source) <= _size(whole)]
    facts = {source: read_facts(prepare(source)) for source in slices}
    measured: dict[str, dict[str, Row]] = {rung[0]: {} for rung in RUNGS}
    for source in slices:
        cases = [
            Case(runner, label, package if package else ("" if runner == "run_ours" else "numpy"), runs=3)
            for runner, label, package, _, largest in reversed(RUNGS)
            if _size(source) <= _size(largest)
        ]
        config = {"folder": str(prepare(source)), "threads": options.threads}
        rows, _ = measure_cases(
            "benchmarks.ladder", f"ladder, {source}", cases, config, {"folder": str(prepare(SMALL))}, options.runs
        )
        for case, row in zip(cases, rows, strict=True):
            measured[case.runner][source] = row
    return {
        "title": "The ladder",
        "about": "From the first version, a Python loop over all pairs of products, to ours. Every rung runs on the"
        f" smallest slice; what it would take for {whole} is carried on from the largest slice that it was measured"
        " on, by the law beside it. The two largest slices test the law: what it predicts for the larger from the"
        " smaller. A rung that runs on the whole is not extrapolated. Memory is not carried on: the dense product"
        f" of the whole would need {_format_dense(facts[whole])} for its result alone.",
        "tables": [_tabulate(measured, facts, whole)],
    }


def _tabulate(measured: dict[str, dict[str, Row]], facts: dict[str, Any], whole: str) -> dict[str, Any]:
    columns = ["", f"{SMALL}", "agrees there", "largest slice", "law", "law ÷ measured", f"{whole}"]
    rows: list[list[Any]] = []
    rungs = []
    for runner, label, _, law, _ in RUNGS:
        done = {source: row for source, row in measured[runner].items() if row["seconds"]}
        if not done:
            first = next(iter(measured[runner].values()))
            reason = f"absent: {first['absent']}" if first.get("absent") else f"failed: {first.get('error')}"
            rows.append([label, reason, *[None] * 5])
            continue
        times = {source: median(row["seconds"]) for source, row in done.items()}
        work = {source: measure_work(law, facts[source]) for source in times}
        largest = max(times, key=_size)
        earlier = [source for source in times if source != largest]
        ratio = None
        if earlier:
            before = max(earlier, key=_size)
            ratio = round(times[before] * work[largest] / work[before] / times[largest], 2)
        total = times[largest] * measure_work(law, facts[whole]) / work[largest]
        agreement = done[SMALL].get("agreement") if SMALL in done else None
        rows.append(
            [
                label,
                format_seconds(times[SMALL]) if SMALL in times else None,
                f"{agreement['same_ids']} of {agreement['rows']}" if agreement else "",
                f"{largest}: {format_seconds(times[largest])}",
                law,
                ratio,
                ("" if largest == whole else "≈ ") + format_seconds(total),
            ]
        )
        rungs.append({"label": label, "seconds": total, "is_measured": largest == whole})
    about = f"{SMALL}: {describe_facts(facts[SMALL])}. {whole}: {describe_facts(facts[whole])}."
    return {"title": f"To {whole}", "about": about, "columns": columns, "rows": rows, "rungs": rungs}


def _size(source: str) -> float:
    from fractions import Fraction

    return float(Fraction(source.removeprefix("mall-")))


def _format_dense(facts: dict[str, Any]) -> str:
    return f"{facts['items'] ** 2 * 4 / 2**30:,.0f} GiB"


if __name__ == "__main__":
    run_script("ladder", measure)
