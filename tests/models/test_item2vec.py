from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from include.columns import ITEM_SIMILARITIES
from include.dataset.dataset import Dataset
from include.models import item2vec
from include.models.base import Context
from include.models.item2vec import Params, choose_lists, learn_vectors
from tests.purchases import make_interactions

Lists = list[list[int]]


def pack(lists: Lists) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    indptr = np.append(0, np.cumsum([len(items) for items in lists])).astype(np.int64)
    return indptr, np.array([item for items in lists for item in items], np.int32)


def unpack(indptr: NDArray, items: NDArray) -> Lists:
    return [items[start:stop].tolist() for start, stop in pairwise(indptr)]


def choose_slowly(lists: Lists, min_count: int) -> Lists:
    counts: dict[int, int] = {}
    for items in lists:
        for item in items:
            counts[item] = counts.get(item, 0) + 1
    chosen = []
    for items in lists:
        kept: list[int] = []
        for item in items:
            if counts[item] >= min_count and kept[-1:] != [item]:
                kept.append(item)
        if len(kept) > 1:
            chosen.append(kept)
    return chosen


@dataclass(frozen=True, eq=False)
class Listed(Dataset):
    """A dataset whose orders and sequences are given."""

    lists: Lists = ()  # type: ignore[assignment]

    def sequences(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        return pack(self.lists)

    orders = sequences


def make_dataset(lists: Lists, items: int) -> Dataset:
    """Each list is a user's; an item that is in none is bought by a user of its own."""
    missing = set(range(items)) - {item for bought in lists for item in bought}
    rows = [set(bought) for bought in lists] + [{item} for item in sorted(missing)]
    matrix = [[float(item in row) for item in range(items)] for row in rows if row]
    return Listed(make_interactions(matrix, [f"i{item:02}" for item in range(items)]), lists=lists)


def draw_aisles(seed: int = 0, users: int = 400) -> Lists:
    """Items 0 to 5 are bought together, and 6 to 11; item 12 by nobody with another."""
    rng = np.random.default_rng(seed)
    aisles = rng.integers(0, 2, users)
    return [(rng.permutation(6)[: rng.integers(2, 6)] + 6 * aisle).tolist() for aisle in aisles] + [[12]] * 9


def train_rows(dataset: Dataset, threads: int = 1, **params: object) -> list[dict]:
    [table] = item2vec.train(dataset, Params.model_validate(params), Context(threads))
    assert (table.table, table.model) == ("item_similarities", "item2vec")
    assert table.rows.schema.equals(ITEM_SIMILARITIES)
    return table.rows.to_pylist()


def rank_slowly(dataset: Dataset, params: Params) -> dict[str, list[tuple[str, float, int]]]:
    """The cosines of the learnt vectors, all of them, in float64."""
    indices, vectors = learn_vectors(*choose_lists(*dataset.sequences(), params.min_count), params)
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1)[:, None]
    ids = dataset.item_ids.to_pylist()
    bought = dataset.binary().toarray()
    ranked = {}
    for row, item in enumerate(indices):
        found = [
            (-float(np.float32(unit[row] @ unit[other])), -int(bought[:, item] @ bought[:, code]), ids[code])
            for other, code in enumerate(indices)
            if code != item
        ]
        ranked[ids[item]] = [(other, -score, -both) for score, both, other in sorted(found)[: params.k]]
    return ranked


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("min_count", [1, 2, 5])
def test_what_can_be_learnt_agrees_with_a_loop(seed: int, min_count: int) -> None:
    rng = np.random.default_rng(seed)
    lists: Lists = [rng.integers(0, 7, rng.integers(0, 6)).tolist() for _ in range(rng.integers(0, 15))]
    chosen = choose_lists(*pack(lists), min_count)
    assert unpack(*chosen) == choose_slowly(lists, min_count)


def test_the_neighbours_agree_with_all_pairs() -> None:
    dataset = make_dataset(draw_aisles(users=60), 13)
    params = Params(k=4, vector_size=8, min_count=3)
    expected = rank_slowly(dataset, params)
    found: dict[str, list[tuple[str, float, int]]] = {}
    for row in train_rows(dataset, k=4, vector_size=8, min_count=3):
        found.setdefault(row["item_id"], []).append((row["similar_item_id"], row["score"], row["co_buyers"]))
        assert row["rank"] == len(found[row["item_id"]])
    assert list(found) == list(expected)
    for item, neighbours in found.items():
        for (other, score, both), (same, theirs, co_buyers) in zip(neighbours, expected[item], strict=True):
            assert (other, both) == (same, co_buyers)
            assert score == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("over", ["sequences", "orders"])
def test_items_that_are_bought_together_are_near(over: str) -> None:
    rows = train_rows(make_dataset(draw_aisles(), 13), k=5, over=over, vector_size=16, epochs=30, sample=0)
    assert {row["item_id"] for row in rows} == {f"i{item:02}" for item in range(12)}, "i12 has no company"
    assert all((row["item_id"] < "i06") == (row["similar_item_id"] < "i06") for row in rows)
    assert all(-1 <= row["score"] <= 1 for row in rows)


def test_an_order_is_met_whole_and_a_sequence_by_its_reach() -> None:
    lists = draw_aisles(users=50)
    dataset = make_dataset(lists, 13)
    common = {"vector_size": 4, "min_count": 1}
    orders = [train_rows(dataset, over="orders", reach=reach, **common) for reach in (1, 9)]
    assert orders[0] == orders[1]
    sequences = [train_rows(dataset, over="sequences", reach=reach, **common) for reach in (1, 9)]
    assert sequences[0] != sequences[1]


def test_threads_do_not_show_and_the_seed_does() -> None:
    dataset = make_dataset(draw_aisles(users=50), 13)
    rows = train_rows(dataset, vector_size=4)
    assert rows == train_rows(dataset, threads=5, vector_size=4)
    assert rows != train_rows(dataset, vector_size=4, seed=1)


def test_another_process_learns_the_same() -> None:
    """However Python hashes text there."""
    program = (
        "from tests.models.test_item2vec import *;"
        "print(train_rows(make_dataset(draw_aisles(users=40), 13), vector_size=4))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{train_rows(make_dataset(draw_aisles(users=40), 13), vector_size=4)}\n"}


@pytest.mark.parametrize("lists", [[], [[]], [[0]], [[0], [1]], [[0, 0]], [[0, 1]]])
def test_nothing_to_learn_has_no_rows(lists: Lists) -> None:
    """The last of them has a pair, but not often enough."""
    items = 1 + max((item for bought in lists for item in bought), default=-1)
    assert train_rows(make_dataset(lists, items)) == []


def test_one_pair_is_a_pair() -> None:
    rows = train_rows(make_dataset([[0, 1]], 2), min_count=1, vector_size=4)
    assert [(row["item_id"], row["similar_item_id"], row["co_buyers"]) for row in rows] == [
        ("i00", "i01", 1),
        ("i01", "i00", 1),
    ]


def test_a_list_longer_than_gensim_takes_at_once_is_read_whole() -> None:
    rng = np.random.default_rng(0)
    items = (np.cumsum(rng.integers(1, 3, 25_000)) % 4).tolist() + [4, 5] * 20
    chosen = choose_lists(*pack([items]), 5)
    indices, vectors = learn_vectors(*chosen, Params(vector_size=4, epochs=2))
    assert indices.tolist() == [0, 1, 2, 3, 4, 5]
    begun = learn_vectors(*choose_lists(*pack([items[:10_000]]), 5), Params(vector_size=4, epochs=2))
    assert begun[0].tolist() == [0, 1, 2, 3]
    assert np.isfinite(vectors).all()


def test_progress_counts_every_item() -> None:
    indptr, items = choose_lists(*pack(draw_aisles(users=20)), 1)
    told: list[int] = []
    read = [item for part in item2vec._Lists(indptr, items, told.append) for item in part]
    assert read == items.tolist()
    assert sum(told) == len(items)
