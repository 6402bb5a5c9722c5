"""The exact best items of every user, bought ones left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.agreement import pack_groups, pack_lists, sample_rows
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
from benchmarks.harness import Case, measure_cases, say
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Arrays, Work

K = 20
# Where peers take many minutes for all users, they score this many.
SAMPLE = 20_000
_SAMPLE_ABOVE = 100_000
_CHECKED = 2_000
_BATCH = 2_048

Config = dict[str, Any]


def run_ours(config: Config) -> Work:
    from benchmarks import ours

    interactions = ours.load_interactions(config["folder"], load_matrix(config["folder"]))
    user_factors, item_factors = load_factors(config["folder"], config["factors"])

    def describe(table: Any) -> tuple[dict[str, Any], Arrays]:
        users = ours.find_codes(interactions.user_ids, table["user_id"])
        items = ours.find_codes(interactions.item_ids, table["item_id"])
        rows = choose_checked(interactions.users, config["sample"])
        return {}, pack_groups(rows, users, items, table["score"].to_numpy(), K)

    def recommend() -> Any:
        return ours.recommend_items(interactions, user_factors, item_factors, K, config["threads"])

    return Work(recommend, describe)


def run_implicit(config: Config) -> Work:
    from implicit.cpu.als import AlternatingLeastSquares

    user_items = load_matrix(config["folder"])
    model = AlternatingLeastSquares(num_threads=config["threads"])
    model.user_factors, model.item_factors = load_factors(config["folder"], config["factors"])
    users = sample_rows(user_items.shape[0], config["sample"])

    def recommend() -> tuple[np.ndarray, np.ndarray]:
        return model.recommend(users, user_items[users], N=K, filter_already_liked_items=True)

    return Work(recommend, lambda found: _describe(users, user_items.shape[0], config, *found))


def run_faiss(config: Config) -> Work:
    """It cannot leave out bought items, so it fetches as many more as the batch's longest history holds."""
    import faiss

    user_items = load_matrix(config["folder"])
    user_factors, item_factors = load_factors(config["folder"], config["factors"])
    users = sample_rows(user_items.shape[0], config["sample"])
    faiss.omp_set_num_threads(config["threads"])

    def search() -> tuple[np.ndarray, np.ndarray]:
        index = faiss.IndexFlatIP(item_factors.shape[1])
        index.add(item_factors)
        histories = np.diff(user_items.indptr)[users]
        # Users of like histories go together, so that few fetch many.
        order = np.argsort(histories, kind="stable")
        ids = np.full((len(users), K), -1, np.int64)
        scores = np.full((len(users), K), -np.inf, np.float32)
        for start in range(0, len(users), _BATCH):
            part = order[start : start + _BATCH]
            wanted = min(K + int(histories[part].max()), item_factors.shape[0])
            found, items = index.search(user_factors[users[part]], wanted)
            for row, place in enumerate(part):
                user = users[place]
                bought = user_items.indices[user_items.indptr[user] : user_items.indptr[user + 1]]
                kept = ~np.isin(items[row], bought)
                count = min(K, int(kept.sum()))
                ids[place, :count], scores[place, :count] = items[row][kept][:K], found[row][kept][:K]
        return ids, scores

    return Work(search, lambda found: _describe(users, user_items.shape[0], config, *found))


def choose_checked(rows: int, sample: int) -> np.ndarray:
    """Of the users that the peers score, those whose lists are compared."""
    scored = sample_rows(rows, sample)
    return scored[sample_rows(len(scored), _CHECKED)]


def _describe(
    scored: np.ndarray, rows: int, config: Config, ids: np.ndarray, scores: np.ndarray
) -> tuple[dict[str, Any], Arrays]:
    places = np.searchsorted(scored, choose_checked(rows, config["sample"]))
    ids = np.where(np.isfinite(scores) & (scores > np.finfo(np.float32).min), ids, -1)
    return {}, pack_lists(ids[places], scores[places], K)


def measure(options: Options) -> Section:
    """The exact top 20 of every user: ours beside implicit's recommend and faiss' flat index."""
    warm_folder = prepare(WARM_UP)
    warm_up = {"folder": str(warm_folder), "factors": prepare_factors(warm_folder, **FACTORS["mall"])}
    tables: list[dict[str, Any]] = []
    for source in (f"mall-{options.share}", "completejourney", "online_retail"):
        if absence := explain_absence(source):
            say(f"top_items: {source} left out: {absence}")
            tables.append({"title": source, "rows": [], "note": f"Left out: {absence}."})
            continue
        folder, setting = prepare(source), FACTORS["mall" if source.startswith("mall") else source]
        facts = read_facts(folder)
        sample = facts["users"] if options.all_rows or facts["users"] <= _SAMPLE_ABOVE else SAMPLE
        config = {
            "folder": str(folder),
            "threads": options.threads,
            "factors": prepare_factors(folder, **setting),
            "sample": sample,
        }
        scale = facts["users"] / sample
        cases = [
            Case("run_ours", "ours: table with text ids", runs=3),
            Case(
                "run_implicit",
                f"implicit recommend, {options.threads} threads",
                "implicit",
                scale=scale,
                runs=3,
                environment=ONE_BLAS_THREAD,
            ),
            Case(
                "run_faiss", f"faiss IndexFlatIP, {options.threads} threads", "faiss-cpu", scale=scale, runs=3
            ),
        ]
        rows, _ = measure_cases(
            "benchmarks.top_items", f"top_items, {source}", cases, config, warm_up, options.runs
        )
        tables.append(
            {
                "title": source,
                "about": f"{describe_facts(facts)};"
                f" {', '.join(f'{key} {value:g}' for key, value in setting.items())}.",
                "facts": facts,
                "rows": rows,
                "note": explain_sample(sample, facts["users"], "users"),
            }
        )
    return {
        "title": f"Exact top {K} of every user",
        "about": "All libraries score the same factors (of implicit, after 15 iterations). Timed is from"
        " factors and matrix in memory to the lists, bought items left out; ours ends with a table of text"
        " ids.",
        "tables": tables,
    }


def describe_setting(setting: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in setting.items())


def explain_sample(sample: int, rows: int, what: str) -> str:
    if sample == rows:
        return ""
    return (
        f"The peers scored {sample:,} {what} drawn at random, and their seconds are multiplied by"
        f" {rows / sample:.3g}: they do the same work for each. Ours did all {rows:,}."
    )


if __name__ == "__main__":
    run_script("top_items", measure)
