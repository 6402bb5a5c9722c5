"""The k most similar items of every item, by who bought both."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags

from benchmarks.agreement import pack_groups, sample_rows
from benchmarks.data import (
    WARM_UP,
    describe_facts,
    explain_absence,
    load_binary,
    load_matrix,
    prepare,
    read_facts,
)
from benchmarks.harness import SPARK_PYTHON, Case, measure_cases, say
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Arrays, Work

K = 50
_CHECKED = 2_000

Config = dict[str, Any]


def run_ours(config: Config) -> Work:
    from benchmarks import ours

    interactions = ours.load_interactions(config["folder"], load_matrix(config["folder"]))

    def describe(table: Any) -> tuple[dict[str, Any], Arrays]:
        items = ours.find_codes(interactions.item_ids, table["item_id"])
        similar = ours.find_codes(interactions.item_ids, table["similar_item_id"])
        scores = table["score"].to_numpy()
        return describe_triples(interactions.items, items, similar, scores)

    return Work(lambda: ours.rank_cosine(interactions, K), describe)


def run_ours_as_codes(config: Config) -> Work:
    from benchmarks import ours

    user_items = load_matrix(config["folder"])

    def describe(blocks: Any) -> tuple[dict[str, Any], Arrays]:
        items = [np.repeat(np.arange(start, start + len(rows.sizes)), rows.sizes) for start, rows in blocks]
        columns = (items, [rows.items for _, rows in blocks], [rows.scores for _, rows in blocks])
        return describe_triples(user_items.shape[1], *(np.concatenate(parts) for parts in columns))

    return Work(lambda: ours.rank_cosine_codes(user_items, K, config["threads"]), describe)


def run_implicit(config: Config) -> Work:
    from implicit.nearest_neighbours import CosineRecommender

    user_items = load_binary(config["folder"])
    # An item is its own nearest neighbour there.
    model = CosineRecommender(K=K + 1, num_threads=config["threads"])

    def fit() -> csr_matrix:
        model.fit(user_items, show_progress=False)
        return model.similarity

    return Work(fit, _describe_matrix)


def run_sparse_dot_topn(config: Config) -> Work:
    from sparse_dot_topn import sp_matmul_topn

    user_items = load_binary(config["folder"])

    def multiply() -> csr_matrix:
        unit = _normalise(user_items)
        return sp_matmul_topn(unit, unit.T.tocsr(), top_n=K + 1, sort=True, n_threads=config["threads"])

    return Work(multiply, _describe_matrix)


def run_scipy(config: Config) -> Work:
    user_items = load_binary(config["folder"])

    def multiply() -> csr_matrix:
        unit = _normalise(user_items)
        return (unit @ unit.T).tocsr()

    return Work(multiply, _describe_matrix)


def run_spark(config: Config) -> Work:
    """The join that counts how many users bought both of each pair; no cosine and no top k after it."""
    from benchmarks.spark import open_session

    user_items = load_binary(config["folder"]).tocoo()
    session = open_session(config["threads"])
    columns = {"user": user_items.row, "item": user_items.col}
    pairs = session.createDataFrame(_as_frame(columns)).cache()
    pairs.count()

    def join() -> int:
        left, right = pairs.alias("left"), pairs.alias("right")
        both = left.join(right, "user").where("left.item < right.item")
        return int(both.groupBy("left.item", "right.item").count().count())

    return Work(join, lambda count: ({"pairs": count}, {}))


def _as_frame(columns: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns)


def _normalise(user_items: csr_matrix) -> csr_matrix:
    """Items × users with rows of length 1, float32."""
    item_users = user_items.T.tocsr()
    buyers = np.diff(item_users.indptr)
    return (diags((1 / np.sqrt(np.maximum(buyers, 1))).astype(np.float32)) @ item_users).tocsr()


def _describe_matrix(similarity: csr_matrix) -> tuple[dict[str, Any], Arrays]:
    similarity = similarity.tocsr()
    rows = np.repeat(np.arange(similarity.shape[0]), np.diff(similarity.indptr))
    others = rows != similarity.indices
    return describe_triples(
        similarity.shape[0], rows[others], similarity.indices[others], similarity.data[others]
    )


def describe_triples(items: int, rows: Any, similar: Any, scores: Any) -> tuple[dict[str, Any], Arrays]:
    """The lists of some items, from (item, similar item, score) of any order."""
    return {}, pack_groups(sample_rows(items, _CHECKED), rows, similar, scores, K)


def list_cases(options: Options, whole: bool) -> list[Case]:
    threads = f"{options.threads} threads"
    cases = [
        Case("run_ours_as_codes", f"ours: integer codes, {threads}"),
        Case("run_ours", "ours: table with text ids"),
        Case("run_implicit", f"implicit CosineRecommender, {threads}", "implicit"),
        Case("run_sparse_dot_topn", f"sparse_dot_topn, {threads}", "sparse-dot-topn"),
        Case("run_scipy", "scipy X @ X.T, without top k", "scipy", does_less=True),
    ]
    if whole:
        cases.append(list_spark_case(options, "run_spark", "Spark join that counts, without top k"))
    return cases


def list_spark_case(options: Options, runner: str, label: str) -> Case:
    absent = "" if options.spark else "not asked for: SPARK=1 (Java 17, minutes a run)"
    return Case(
        runner,
        f"{label}, local[{options.threads}]",
        "pyspark",
        python=SPARK_PYTHON,
        does_less=True,
        runs=1,
        install="make bench SPARK=1",
        absent=absent,
        watch_children=True,
        warms_up=False,
        is_compared=False,
    )


def measure(options: Options) -> Section:
    """Cosine top 50 of every item: ours beside implicit, sparse_dot_topn, scipy and Spark."""
    tables: list[dict[str, Any]] = []
    warm_up = {"folder": str(prepare(WARM_UP))}
    for source in (f"mall-{options.share}", "completejourney", "online_retail"):
        if absence := explain_absence(source):
            say(f"cosine: {source} left out: {absence}")
            tables.append({"title": source, "rows": [], "note": f"Left out: {absence}."})
            continue
        folder = prepare(source)
        config = {"folder": str(folder), "threads": options.threads}
        cases = list_cases(options, source.startswith("mall"))
        rows, _ = measure_cases(
            "benchmarks.cosine", f"cosine, {source}", cases, config, warm_up, options.runs
        )
        facts = read_facts(folder)
        tables.append({"title": source, "about": describe_facts(facts) + ".", "facts": facts, "rows": rows})
    return {
        "title": "Cosine, top 50 of every item",
        "about": "The matrix is in memory; timed is from there to the lists. Ours ranks with"
        " co-buyers and ends with integer codes, as the peers do, and in a row of its own with the table of"
        " text ids that is published. Lists"
        " agree where scores are the same place by place, and ids wherever scores decide.",
        "tables": tables,
    }


if __name__ == "__main__":
    run_script("cosine", measure)
