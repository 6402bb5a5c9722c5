"""Re-rank steps: what they may do, and what ends the run with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.candidates.base import Params
from include.candidates.features import Features
from include.candidates.lists import keep_rows, sort_rows
from include.candidates.rerank import in_stock
from include.candidates.reranking import Step, cut_lists, rerank_lists
from include.columns import PRODUCTS
from include.errors import RefusedInputError
from include.kernels import RankedLists
from tests.candidates.blending import Tables, blend_tables
from tests.candidates.test_blend import train_inputs
from tests.purchases import draw_purchases, make_interactions

ITEMS = ["a", "b", "c", "d"]


def make_lists(*lists: list[int]) -> RankedLists:
    items = np.array([item for each in lists for item in each], np.int32)
    indptr = np.append(0, np.cumsum([len(each) for each in lists]))
    return RankedLists(indptr, items, np.linspace(1, 0, len(items), dtype=np.float32))


def list_items(lists: RankedLists) -> list[list[int]]:
    return [each.tolist() for each in np.split(lists.items, lists.indptr[1:-1])]


@pytest.fixture
def features() -> Features:
    """a is available, b is not, of c the catalogue does not say, and d it does not name."""
    bought = make_interactions([[1, 1, 0, 1], [1, 0, 1, 0]], ITEMS)
    catalogue = {"item_id": ["z", "c", "b", "a"], "is_available": [True, None, False, True]}
    empty = {name: [None] * 4 for name in PRODUCTS.names}
    products = pa.table(empty | catalogue | {"price": [9.0, 3.0, None, 1.0]}, schema=PRODUCTS)
    return Features.from_tables(bought.item_ids, bought.user_items, products)


def make_step(apply: Callable[..., Any], params: Params | None = None) -> Step:
    return Step("step", SimpleNamespace(apply=apply), params or Params())


def test_features_are_by_item_code(features: Features) -> None:
    assert features.in_catalogue.tolist() == [True, True, True, False]
    assert features.is_available.tolist() == [1, 0, -1, -1]
    assert features.buyers.tolist() == [2, 1, 1, 1]
    np.testing.assert_array_equal(features.prices, [1, np.nan, 3, np.nan])
    assert features.catalogue["item_id"].to_pylist() == ["a", "b", "c", None]
    assert features.select_users(1, 2).purchased.toarray().tolist() == [[1, 0, 1, 0]]


@pytest.mark.parametrize(
    ("params", "left"),
    [({}, [0]), ({"unknown": "keep"}, [0, 2]), ({"absent": "keep"}, [0, 3])],
)
def test_in_stock(features: Features, params: dict[str, str], left: list[int]) -> None:
    lists = make_lists([0, 1, 2, 3], [], [3, 2, 1, 0])
    found, counts = in_stock.apply(lists, features, in_stock.Params(**params))
    assert list_items(found) == [left, [], left[::-1]]
    assert counts == {"dropped": 8 - 2 * len(left)}


def test_lists_are_cut_after_the_steps_and_what_that_makes_short_is_counted(features: Features) -> None:
    steps = [Step("in_stock", in_stock, in_stock.Params(unknown="keep", absent="keep"))]
    given = make_lists([1, 0, 2, 3], [1, 2], [], [0])
    lists, rows, counts = rerank_lists(given, steps, features, 2)
    assert list_items(lists) == [[0, 2], [2], [], [0]]
    assert rows.tolist() == [1, 2, 5, 6]
    assert counts == {"in_stock": {"dropped": 2, "short_lists": 1}}


def test_a_step_may_sort_and_score_anew(features: Features) -> None:
    def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
        return sort_rows(lists, features.buyers[lists.items].astype(np.float32)), {}

    lists, rows, _ = rerank_lists(make_lists([3, 1, 0], [2, 0]), [make_step(apply)], features, 2)
    assert list_items(lists) == [[0, 3], [0, 2]]
    assert rows.tolist() == [2, 0, 4, 3]
    assert lists.scores.tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        (make_lists([0, 0], [2]), "an item twice"),
        (make_lists([0, 3], [2]), "not in the list before"),
        (make_lists([2, 0], [1]), "not in the list before"),
        (make_lists([0, 1]), "where it was given 2"),
        (make_lists([0], [2])._replace(scores=np.array([1, np.nan], np.float32)), "not a number"),
        (make_lists([0], [2])._replace(scores=np.array([1], np.float32)), "not those of its items"),
    ],
)
def test_what_a_step_must_not_return(features: Features, returned: RankedLists, sentence: str) -> None:
    step = make_step(lambda lists, features, params: (returned, {}))
    with pytest.raises(RefusedInputError, match=rf"the re-rank step step returned .*{sentence}"):
        rerank_lists(make_lists([0, 1], [2]), [step], features, 2)


def test_nothing_is_left_of_nothing(features: Features) -> None:
    lists, rows, counts = rerank_lists(
        make_lists([], []), [Step("in_stock", in_stock, in_stock.Params())], features, 2
    )
    assert list_items(lists) == [[], []]
    assert len(rows) == 0
    assert counts == {"in_stock": {"dropped": 0, "short_lists": 0}}


@pytest.mark.parametrize("k", [1, 2, 5])
def test_cutting(k: int) -> None:
    lists = make_lists([0, 1, 2], [], [3], [2, 1])
    cut = cut_lists(lists, k)
    assert list_items(cut) == [each[:k] for each in list_items(lists)]


@pytest.mark.parametrize("k", [1, 3])
def test_rows_keep_their_source_and_reason_and_lists_stay_full(k: int) -> None:
    """A step that drops every other item: what is left is every other row of the list twice as long."""

    def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
        rank = np.arange(len(lists.items)) - np.repeat(lists.indptr[:-1], lists.sizes)
        return keep_rows(lists, rank % 2 == 0), {"dropped": int((rank % 2).sum())}

    tables: Tables = train_inputs(draw_purchases(2, users=12, items=12), True)
    inputs = tables.make_inputs()
    features = Features.from_tables(inputs.item_ids, inputs.purchased, PRODUCTS.empty_table())
    blended = blend_tables(tables, k, steps=[make_step(apply)], features=features)
    longer = blend_tables(tables, 2 * k).rows.to_pylist()
    expected = [row | {"rank": (row["rank"] + 1) // 2} for row in longer if row["rank"] % 2]
    assert blended.rows.to_pylist() == expected
    assert blended.counts["rerank"] == {
        "step": {"dropped": len(longer) - len(expected), "short_lists": blended.counts["short_lists"]}
    }
