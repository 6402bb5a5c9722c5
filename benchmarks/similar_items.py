"""The items whose factors point most nearly the same way, for every item."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.agreement import measure_recall, pack_groups, pack_lists, sample_rows
from benchmarks.als import ONE_BLAS_THREAD
from benchmarks.data import (
    FACTORS,
    WARM_UP,
    describe_facts,
    explain_absence,
    load_factors,
    load_matrix,
    prepare,
    prepare_factors,
    read_facts,
)
from benchmarks.harness import Case, Row, measure_cases, say
from benchmarks.script import Options, Section, run_script
from benchmarks.top_items import SAMPLE, choose_checked, explain_sample
from benchmarks.worker import Arrays, Work

K = 50
_SAMPLE_ABOVE = 50_000

Config = dict[str, Any]
Found = tuple[np.ndarray, np.ndarray]


def run_ours(config: Config) -> Work:
    from benchmarks import ours

    interactions = ours.load_interactions(config["folder"], load_matrix(config["folder"]))
    _, item_factors = load_factors(config["folder"], config["factors"])

    def describe(table: Any) -> tuple[dict[str, Any], Arrays]:
        items = ours.find_codes(interactions.item_ids, table["item_id"])
        similar = ours.find_codes(interactions.item_ids, table["similar_item_id"])
        rows = choose_checked(interactions.items, config["sample"])
        return {}, pack_groups(rows, items, similar, table["score"].to_numpy(), K)

    return Work(lambda: ours.compare_items(interactions, item_factors, K, config["threads"]), describe)


def run_implicit(config: Config) -> Work:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(num_threads=config["threads"])
    _, model.item_factors = load_factors(config["folder"], config["factors"])
    items = sample_rows(len(model.item_factors), config["sample"])

    def find() -> Found:
        return model.similar_items(items, N=K + 1)

    return Work(find, lambda found: _describe(items, config, len(model.item_factors), *found))


def run_faiss_flat(config: Config) -> Work:
    return _run_faiss(config, lambda faiss, unit: faiss.IndexFlatIP(unit.shape[1]), is_exact=True)


def run_faiss_ivf(config: Config) -> Work:
    """4·√n lists, of which a quarter is searched."""

    def build(faiss: Any, unit: np.ndarray) -> Any:
        lists = max(1, int(4 * np.sqrt(len(unit))))
        coarse = faiss.IndexFlatIP(unit.shape[1])
        index = faiss.IndexIVFFlat(coarse, unit.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.min_points_per_centroid = 1
        index.train(unit)
        index.nprobe = max(1, lists // 4)
        index.own_fields = True
        coarse.this.disown()
        return index

    return _run_faiss(config, build)


def run_faiss_hnsw(config: Config) -> Work:
    def build(faiss: Any, unit: np.ndarray) -> Any:
        index = faiss.IndexHNSWFlat(unit.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 100
        index.hnsw.efSearch = 256
        return index

    return _run_faiss(config, build)


def _run_faiss(config: Config, build: Any, is_exact: bool = False) -> Work:
    """Building an index costs the same whatever is searched, so only the exact one searches a sample."""
    import faiss

    _, item_factors = load_factors(config["folder"], config["factors"])
    items = sample_rows(len(item_factors), config["sample"] if is_exact else len(item_factors))
    faiss.omp_set_num_threads(config["threads"])

    def find() -> Found:
        unit = _normalise(item_factors)
        index = build(faiss, unit)
        index.add(unit)
        scores, ids = index.search(unit[items], K + 1)
        return ids, scores

    return Work(find, lambda found: _describe(items, config, len(item_factors), *found))


def run_usearch(config: Config) -> Work:
    from usearch.index import Index

    _, item_factors = load_factors(config["folder"], config["factors"])
    items = np.arange(len(item_factors))

    def find() -> Found:
        unit = _normalise(item_factors)
        index = Index(ndim=unit.shape[1], metric="ip", dtype="f32", connectivity=32, expansion_search=256)
        index.add(np.arange(len(unit)), unit, threads=config["threads"])
        matches = index.search(unit[items], K + 1, threads=config["threads"])
        return matches.keys.astype(np.int64), 1 - matches.distances

    return Work(find, lambda found: _describe(items, config, len(item_factors), *found))


def _normalise(item_factors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(item_factors, axis=1, keepdims=True)
    unit: np.ndarray = (item_factors / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def _describe(
    scored: np.ndarray, config: Config, count: int, ids: np.ndarray, scores: np.ndarray
) -> tuple[dict[str, Any], Arrays]:
    """The lists without the item itself."""
    checked = choose_checked(count, config["sample"])
    places = np.searchsorted(scored, checked)
    ids, scores = ids[places].astype(np.int64), scores[places]
    others = (ids != checked[:, None]) & (ids >= 0)
    rows = np.repeat(checked, others.sum(axis=1))
    packed = pack_groups(checked, rows, ids[others], scores[others], K)
    return {}, pack_lists(packed["ids"], packed["scores"], K)


def list_cases(options: Options, scale: float) -> list[Case]:
    threads = f"{options.threads} threads"
    every = {"scale": scale, "runs": 3}
    return [
        Case("run_ours", "ours: exact, table with text ids", runs=3),
        Case(
            "run_implicit",
            f"implicit similar_items, {threads}",
            "implicit",
            environment=ONE_BLAS_THREAD,
            **every,  # type: ignore[arg-type]
        ),
        Case("run_faiss_flat", f"faiss IndexFlatIP, {threads}", "faiss-cpu", **every),  # type: ignore[arg-type]
        Case("run_faiss_ivf", f"faiss IndexIVFFlat, {threads}", "faiss-cpu", is_compared=False, runs=1),
        Case("run_faiss_hnsw", f"faiss IndexHNSWFlat, {threads}", "faiss-cpu", is_compared=False, runs=1),
        Case("run_usearch", f"usearch HNSW, {threads}", "usearch", is_compared=False, runs=1),
    ]


def add_recall(rows: list[Row], arrays: dict[str, Arrays]) -> None:
    exact = next((arrays[row["label"]] for row in rows if row["ours"] and row["label"] in arrays), None)
    if exact is None:
        return
    for row in rows:
        if ("IVF" in row["label"] or "HNSW" in row["label"]) and (found := arrays.get(row["label"])):
            row["facts"][f"recall@{K}"] = round(measure_recall(exact, found), 4)


def measure(options: Options) -> Section:
    """The 50 most similar items of every item by their factors: ours beside implicit, faiss and usearch."""
    warm_folder = prepare(WARM_UP)
    warm_up = {"folder": str(warm_folder), "factors": prepare_factors(warm_folder, **FACTORS["mall"])}
    tables: list[dict[str, Any]] = []
    for source in (f"mall-{options.share}", "completejourney", "online_retail"):
        if absence := explain_absence(source):
            say(f"similar_items: {source} left out: {absence}")
            tables.append({"title": source, "rows": [], "note": f"Left out: {absence}."})
            continue
        folder, setting = prepare(source), FACTORS["mall" if source.startswith("mall") else source]
        facts = read_facts(folder)
        sample = facts["items"] if options.all_rows or facts["items"] <= _SAMPLE_ABOVE else SAMPLE
        config = {
            "folder": str(folder),
            "threads": options.threads,
            "factors": prepare_factors(folder, **setting),
            "sample": sample,
        }
        cases = list_cases(options, facts["items"] / sample)
        rows, arrays = measure_cases(
            "benchmarks.similar_items", f"similar_items, {source}", cases, config, warm_up, options.runs
        )
        add_recall(rows, arrays)
        tables.append(
            {
                "title": source,
                "about": describe_facts(facts) + f"; {setting['factors']} factors.",
                "facts": facts,
                "rows": rows,
                "note": explain_sample(sample, facts["items"], "items"),
            }
        )
    return {
        "title": f"Similar items from the factors, top {K}",
        "about": "Cosine of the item factors. Building an index is timed, for it would be built for each"
        " release. The share of the exact lists that an index finds is its recall.",
        "tables": tables,
    }


if __name__ == "__main__":
    run_script("similar_items", measure)
