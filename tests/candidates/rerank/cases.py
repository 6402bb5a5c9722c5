"""Small malls and lists for the tests of re-rank steps, by hand or drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from include.candidates.features import Features
from include.candidates.inputs import Inputs
from include.columns import PRODUCTS
from include.kernels import RankedLists
from tests.dataset.test_recency import make_dataset


def make_lists(*lists: Sequence[int]) -> RankedLists:
    items = np.array([item for each in lists for item in each], np.int32)
    indptr = np.append(0, np.cumsum([len(each) for each in lists]))
    return RankedLists(indptr, items, np.linspace(1, 0, len(items), dtype=np.float32))


def list_items(lists: RankedLists) -> list[list[int]]:
    return [each.tolist() for each in np.split(lists.items, lists.indptr[1:-1])]


def make_features(
    bought: Sequence[Sequence[int]], catalogue: Mapping[str, Sequence[Any]], k: int = 3, **more: Any
) -> Features:
    """bought: a dense matrix of users and items, whose ids are a, b, c … The catalogue is in their order."""
    ids = [chr(ord("a") + number) for number in range(len(bought[0]))]
    size = len(next(iter(catalogue.values()))) if catalogue else 0
    empty = {name: [None] * size for name in PRODUCTS.names}
    products = pa.table(empty | {"item_id": ids[:size]} | dict(catalogue), schema=PRODUCTS)
    matrix = csr_matrix(np.array(bought, np.float32))
    made = Features.from_tables(pa.array(ids), matrix, products)
    return replace(made, k=k, **more)


class Case(NamedTuple):
    lists: RankedLists
    features: Features
    rng: np.random.Generator


def draw_case(seed: int, k: int = 4) -> Case:
    """Lists of different lengths, of which some are empty, over items of which some lack what others have."""
    rng = np.random.default_rng(seed)
    users, items = int(rng.integers(1, 9)), int(rng.integers(1, 16))
    bought = (rng.random((users, items)) < 0.3).astype(int).tolist()

    def draw(values: Sequence[Any]) -> list[Any]:
        return [values[number] for number in rng.integers(0, len(values), items)]

    catalogue = {
        "title": draw(["Red Mug", "red hat", "POSTAGE", None]),
        "category": draw(["x", "y", "z", None]),
        "brand": draw(["p", "q", None]),
        "price": draw([None, 0.0, 1.0, 2.0, 5.0, 40.0]),
    }
    features = make_features(bought, catalogue, k)
    features = replace(features, may_add=rng.random(items) < 0.8)
    lists = make_lists(*(rng.permutation(items)[: rng.integers(0, items + 1)].tolist() for _ in range(users)))
    return Case(lists, features, rng)


def draw_window(seed: int, exclude_purchased: bool = True) -> tuple[Features, list[tuple[str, str, int]]]:
    """A window of ten days with two items more that only the catalogue has, and nobody as the first user.

    Beside it each purchase as user, item and age in days.
    """
    dataset, rows = make_dataset(seed)
    ids = pa.concat_arrays([dataset.item_ids, pa.array(["y", "z"])])
    users = pa.concat_arrays([pa.array([""]), dataset.user_ids])
    bought = dataset.purchased()
    indptr = np.append(0, bought.indptr)
    purchased = csr_matrix((bought.data, bought.indices, indptr), shape=(len(users), len(ids)))
    names = ids.to_pylist()
    catalogue = {name: [None] * len(ids) for name in PRODUCTS.names} | {
        "item_id": names,
        "category": [("x", "y", None)[number % 3] for number in range(len(ids))],
    }
    products = pa.table(catalogue, schema=PRODUCTS)
    empty = RankedLists(np.zeros(len(users) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
    shown = np.array([name != "i3" for name in names])
    inputs = Inputs(
        users,
        ids,
        purchased,
        empty,
        shown,
        exclude_purchased=exclude_purchased,
        products=products,
        window_items=len(dataset.item_ids),
        read_dataset=lambda: dataset,
    )
    return replace(Features.from_inputs(inputs), k=5), rows
