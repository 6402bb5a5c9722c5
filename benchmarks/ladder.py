"""From the first version, a loop over all pairs of products, to ours: on slices, carried on to the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.agreement import sample_rows
from benchmarks.cosine import describe_triples, run_implicit, run_ours
from benchmarks.data import describe_facts, load_binary, prepare, read_facts
from benchmarks.harness import Case, Row, measure_cases
from benchmarks.script import Options, Section, run_script
from benchmarks.tables import format_seconds
from benchmarks.worker import Work

__all__ = ["run_implicit", "run_ours"]

Config = dict[str, Any]
Triple = tuple[int, int, float]


def run_dense_loop(config: Config) -> Work:
    """The first version: for each pair of products, the product of their dense vectors of users."""
    vectors = list(_load_items(config).toarray())

    def loop() -> list[Triple]:
        lengths = [sqrt(vector @ vector) for vector in vectors]
        return _compare_pairs(vectors, lengths, lambda left, right: float(left @ right))

    return Work(loop, lambda found: _describe_pairs(found, len(vectors)))


def run_sparse_loop(config: Config) -> Work:
    """Its second version: the same loop with scipy's sparse vectors."""
    item_users = _load_items(config)
    vectors = [item_users[row] for row in range(item_users.shape[0])]

    def loop() -> list[Triple]:
        lengths = [sqrt(vector.multiply(vector).sum()) for vector in vectors]
        return _compare_pairs(vectors, lengths, lambda left, right: float(left.multiply(right).sum()))

    return Work(loop, lambda found: _describe_pairs(found, len(vectors)))


def run_set_loop(config: Config) -> Work:
    """The same loop with each product as the set of its buyers."""
    item_users = _load_items(config)
    vectors = [
        set(item_users.indices[start:stop].tolist())
        for start, stop in zip(item_users.indptr, item_users.indptr[1:], strict=False)
    ]

    def loop() -> list[Triple]:
        lengths = [sqrt(len(vector)) for vector in vectors]
        return _compare_pairs(vectors, lengths, lambda left, right: len(left & right))

    return Work(loop, lambda found: _describe_pairs(found, len(vectors)))


def _compare_pairs(
    vectors: Sequence[Any], lengths: list[float], multiply: Callable[[Any, Any], float]
) -> list[Triple]:
    found = []
    for left, right in combinations(range(len(vectors)), 2):
        if product := multiply(vectors[left], vectors[right]):
            found.append((left, right, product / (lengths[left] * lengths[right])))
    return found


def _load_items(config: Config) -> csr_matrix:
    """Items × users, 0 and 1; of `some_items` drawn at random, with all their buyers, where that is set."""
    item_users = load_binary(config["folder"]).T.tocsr()
    rows = sample_rows(item_users.shape[0], config.get("some_items") or item_users.shape[0])
    return item_users[rows]


def _describe_pairs(found: list[Triple], items: int) -> Any:
    left, right, score = (
        (np.array(column) for column in zip(*found, strict=True)) if found else (np.zeros(0),) * 3
    )
    rows, columns = np.concatenate([left, right]), np.concatenate([right, left])
    return describe_triples(items, rows.astype(int), columns.astype(int), np.concatenate([score, score]))


def run_numpy(config: Config) -> Work:
    """One dense product of all products' vectors."""
    dense = _load_items(config).toarray()

    def multiply() -> Any:
        unit = dense / np.linalg.norm(dense, axis=1, keepdims=True)
        return unit @ unit.T

    return Work(multiply, _describe_dense)


def run_sklearn(config: Config) -> Work:
    from sklearn.metrics.pairwise import cosine_similarity

    item_users = _load_items(config)
    return Work(lambda: cosine_similarity(item_users, dense_output=False), _describe_dense)


def _describe_dense(similarity: Any) -> Any:
    similarity = csr_matrix(similarity).tocoo()
    others = (similarity.row != similarity.col) & (similarity.data > 0)
    return describe_triples(
        similarity.shape[0], similarity.row[others], similarity.col[others], similarity.data[others]
    )


@dataclass(frozen=True)
class Slice:
    """A mall, or some of its items with all their buyers."""

    source: str
    some_items: int = 0

    @property
    def label(self) -> str:
        return f"{self.some_items} items of {self.source}" if self.some_items else self.source


@dataclass(frozen=True)
class Rung:
    runner: str
    label: str
    package: str
    law: str
    slices: tuple[Slice, ...]


_PAIRS, _DENSE, _SQUARES = "pairs of items", "items² × users", "Σ history²"
SMALL = Slice("mall-1/1024")


def list_rungs(whole: str) -> list[Rung]:
    """Smallest slice first; the largest is what is carried on to the whole."""
    # A pair costs what it costs in the whole: with all the whole's users.
    pairs = SMALL, Slice(whole, 100), Slice(whole, 200)
    malls = tuple(map(Slice, ("mall-1/256", "mall-1/64", "mall-1/16", whole)))
    malls = tuple(dict.fromkeys(mall for mall in malls if _size(mall.source) <= _size(whole)))
    return [
        Rung("run_dense_loop", "loop over pairs, dense vectors of users", "numpy", _PAIRS, pairs),
        Rung("run_sparse_loop", "loop over pairs, sparse vectors", "scipy", _PAIRS, pairs),
        Rung(
            "run_set_loop",
            "loop over pairs, sets of buyers",
            "numpy",
            _PAIRS,
            (SMALL, *malls[:1], *pairs[1:]),
        ),
        Rung("run_numpy", "numpy, one dense product", "numpy", _DENSE, (SMALL, *malls[:2])),
        Rung("run_sklearn", "sklearn cosine_similarity, sparse", "scikit-learn", _SQUARES, (SMALL, *malls)),
        Rung("run_implicit", "implicit CosineRecommender", "implicit", _SQUARES, (SMALL, *malls)),
        Rung("run_ours", "ours", "", _SQUARES, (SMALL, *malls)),
    ]


def measure_work(law: str, place: Slice, facts: dict[str, Any]) -> float:
    """The number that a rung's seconds are in proportion to."""
    items = float(place.some_items or facts["items"])
    if law == _PAIRS:
        return items * (items - 1) / 2
    return items**2 * float(facts["users"]) if law == _DENSE else float(facts["squares"])


def measure(options: Options) -> Section:
    """Naive loops, numpy, sklearn, implicit, ours; measured on slices, extrapolated to the whole."""
    whole = f"mall-{options.share}"
    rungs = list_rungs(whole)
    slices = list(dict.fromkeys(place for rung in rungs for place in rung.slices))
    facts = {place.source: read_facts(prepare(place.source)) for place in slices}
    measured: dict[str, dict[Slice, Row]] = {rung.runner: {} for rung in rungs}
    for place in slices:
        here = [rung for rung in reversed(rungs) if place in rung.slices]
        cases = [Case(rung.runner, rung.label, rung.package) for rung in here]
        folder = prepare(place.source)
        config = {"folder": str(folder), "threads": options.threads, "some_items": place.some_items}
        warm_up = {"folder": str(prepare(SMALL.source)), "some_items": 20}
        runs = min(options.runs, 3)
        rows, _ = measure_cases("benchmarks.ladder", f"ladder, {place.label}", cases, config, warm_up, runs)
        for rung, row in zip(here, rows, strict=True):
            measured[rung.runner][place] = row
    return {
        "title": "The ladder",
        "about": "From the first version, a Python loop over all pairs of products with a vector of all"
        " users each, to ours. Every rung runs on the smallest slice, where its lists are compared with"
        f" ours; what it would take for {whole} is carried on from the last slice that it was measured on,"
        " by the law beside it. The slice before that tests the law: what it predicts for the last,"
        " divided by what was measured there. A rung that runs on the whole is not extrapolated. Memory is"
        " not carried on: the dense product of the whole needs"
        f" {facts[whole]['items'] ** 2 * 4 / 2**30:,.0f} GiB for its result alone.",
        "tables": [_tabulate(rungs, measured, facts, whole)],
    }


def _tabulate(
    rungs: list[Rung], measured: dict[str, dict[Slice, Row]], facts: dict[str, Any], whole: str
) -> dict[str, Any]:
    columns = ["", SMALL.label, "agrees there", "last slice", "law", "law ÷ measured", whole]
    rows: list[list[Any]] = []
    bars = []
    for rung in rungs:
        done = {place: row for place, row in measured[rung.runner].items() if row["seconds"]}
        if not done:
            first = next(iter(measured[rung.runner].values()))
            reason = f"absent: {first['absent']}" if first.get("absent") else f"failed: {first.get('error')}"
            rows.append([rung.label, reason, *[None] * 5])
            continue
        times = {place: median(done[place]["seconds"]) for place in rung.slices if place in done}
        work = {place: measure_work(rung.law, place, facts[place.source]) for place in times}
        *_, last = times
        ratio = None
        if len(times) > 1:
            before = list(times)[-2]
            ratio = round(times[before] * work[last] / work[before] / times[last], 2)
        total = times[last] * measure_work(rung.law, Slice(whole), facts[whole]) / work[last]
        found = done[SMALL].get("agreement") if SMALL in done else None
        is_measured = last == Slice(whole)
        rows.append(
            [
                rung.label,
                format_seconds(times[SMALL]) if SMALL in times else None,
                f"{found['same_ids']} of {found['rows']} lists" if found else None,
                f"{last.label}: {format_seconds(times[last])}",
                rung.law,
                ratio,
                ("" if is_measured else "≈ ") + format_seconds(total),
            ]
        )
        bars.append({"label": rung.label, "seconds": total, "is_measured": is_measured})
    about = f"{SMALL.label}: {describe_facts(facts[SMALL.source])}. {whole}: {describe_facts(facts[whole])}."
    return {"title": f"To {whole}", "about": about, "columns": columns, "rows": rows, "rungs": bars}


def _size(source: str) -> float:
    return float(Fraction(source.removeprefix("mall-")))


if __name__ == "__main__":
    run_script("ladder", measure)
