"""Re-rank steps: what they may do, and what ends the run with a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.candidates.base import Params
from include.candidates.features import Features
from include.candidates.lists import keep_rows, sort_rows
from include.candidates.rerank import campaigns, diversity, in_stock, popularity_cap, price
from include.candidates.reranking import Step, cut_lists, load_steps, measure_room, rerank_lists
from include.columns import PRODUCTS
from include.errors import RefusedInputError
from include.kernels import RankedLists
from tests.candidates.blending import Tables, blend_tables
from tests.candidates.rerank.cases import draw_case, list_items, make_features, make_lists
from tests.candidates.test_blend import train_inputs
from tests.purchases import IDS, draw_purchases, make_interactions

ITEMS = ["a", "b", "c", "d"]
PIN = campaigns.Params.model_validate({"rules": [{"pin": 2, "items": [IDS[6]]}]})


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
    assert counts == {}


def test_lists_are_cut_after_the_steps_and_what_that_makes_short_is_counted(features: Features) -> None:
    steps = [Step("in_stock", in_stock, in_stock.Params(unknown="keep", absent="keep"))]
    given = make_lists([1, 0, 2, 3], [1, 2], [], [0])
    lists, rows, counts = rerank_lists(given, steps, features, 2)
    assert list_items(lists) == [[0, 2], [2], [], [0]]
    assert rows.tolist() == [1, 2, 5, 6]
    assert counts == {"in_stock": {"dropped": 2, "moved": 0, "added": 0, "short_lists": 1}}


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
    assert counts == {"in_stock": {"dropped": 0, "moved": 0, "added": 0, "short_lists": 0}}


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
    dropped = sum(row["rank"] % 2 == 0 for row in longer if row["rank"] <= k)
    assert blended.counts["rerank"]["step"]["dropped"] == dropped
    assert blended.counts["rerank"]["step"]["short_lists"] == blended.counts["short_lists"]


def count_slowly(before: list[list[int]], after: list[list[int]], k: int) -> dict[str, int]:
    counts = {"dropped": 0, "moved": 0, "added": 0, "short_lists": 0}
    for old, new in zip(before, after, strict=True):
        shown = new[:k]
        counts["dropped"] += sum(item not in shown for item in old[:k])
        counts["added"] += sum(item not in old for item in shown)
        stays = [old.index(item) for item in shown if item in old]
        counts["moved"] += sum(any(later < place for later in stays[i:]) for i, place in enumerate(stays))
        counts["short_lists"] += len(old) >= k > len(new)
    return counts


@pytest.mark.parametrize("seed", range(60))
def test_what_a_step_has_changed_is_counted_and_every_row_is_found_again(seed: int) -> None:
    """Steps that shuffle, leave out and bring in at random; the second is over all lists."""
    lists, features, rng = draw_case(seed, k=3)
    made: list[list[list[int]]] = [list_items(lists)]

    def draw(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
        after = []
        for user, items in enumerate(list_items(lists)):
            left = (
                set(range(len(features.item_ids))) - set(items) - {*features.purchased[user].indices.tolist()}
            )
            new = [item for item in sorted(left) if features.may_add[item]]
            some = [item for item in [*items, *new] if rng.random() < 0.6]
            after.append(rng.permutation(some).astype(int).tolist())
        made.append(after)
        return make_lists(*after), {"own": 7, "added": -1}

    modules = {name: SimpleNamespace(apply=draw, ADDS=True, WHOLE=name == "two") for name in ("one", "two")}
    steps: list[Step] = [Step(name, module, Params()) for name, module in modules.items()]
    found = rerank_lists(lists, steps, features, 3)
    assert list_items(found.lists) == [items[:3] for items in made[2]]
    for step, before, after in zip(steps, made, made[1:], strict=False):
        assert found.counts[step.name] == count_slowly(before, after, 3) | {"own": 7}
    expected = []
    for start, first, second, third in zip(lists.indptr[:-1].tolist(), *made, strict=True):
        for item in third[:3]:
            if item not in second:
                expected.append(-2)
            else:
                expected.append(start + first.index(item) if item in first else -1)
    assert found.rows.tolist() == expected


@pytest.mark.parametrize("item", [1, 2, 0])
def test_a_step_may_not_add_what_may_not_be_shown(item: int) -> None:
    """b is sold out, c was bought, and of a nobody said that the step adds."""
    features = make_features([[0, 0, 1]], {})
    features = replace(features, may_add=np.array([True, False, True]))
    step = make_step(lambda lists, features, params: (make_lists([item]), {}))
    if item:
        step = step._replace(module=SimpleNamespace(apply=step.module.apply, ADDS=True))
    sentence = "sold out or blocked, or that the user has bought" if item else "say ADDS = True"
    with pytest.raises(RefusedInputError, match=sentence):
        rerank_lists(make_lists([]), [step], features, 2)


def test_steps_of_many_rows_run_by_blocks_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [("diversity", diversity.Params(category=1, slots=2)), ("price", price.Params(times=2.0))]
    for seed in range(10):
        lists, features, _ = draw_case(seed)
        whole = rerank_lists(lists, load_steps(chosen), features, 4)
        monkeypatch.setattr("include.candidates.reranking._BLOCK", 5)
        monkeypatch.setattr("include.candidates.comparing._BLOCK", 5)
        blocks = rerank_lists(lists, load_steps(chosen), features, 4)
        monkeypatch.undo()
        assert list_items(blocks.lists) == list_items(whole.lists)
        assert blocks.rows.tolist() == whole.rows.tolist()
        assert blocks.counts == whole.counts


def test_two_steps_alike_have_two_names_and_each_wants_room() -> None:
    steps = load_steps([("in_stock", in_stock.Params()), ("in_stock", in_stock.Params(absent="keep"))])
    assert [step.name for step in steps] == ["in_stock", "in_stock_2"]
    assert [measure_room(some, 20) for some in ([], steps[:1], steps)] == [20, 40, 60]
    capped = load_steps([("popularity_cap", popularity_cap.Params(lists=1))])
    assert measure_room(capped, 1) == 3


@pytest.mark.parametrize("relax", [True, False])
def test_a_step_over_all_lists_sees_them_all_whatever_the_blocks(
    monkeypatch: pytest.MonkeyPatch, relax: bool
) -> None:
    """Blended without the step, longer, and then capped; on one thread and several, in one block and many."""
    tables: Tables = train_inputs(draw_purchases(3, users=12, items=12), True)
    tables = tables._replace(recommendations=tables.recommendations.slice(0, 0))
    features = Features.from_inputs(tables.make_inputs())
    params = popularity_cap.Params(lists=3, relax=relax)
    chosen = [("campaigns", PIN), ("popularity_cap", params), ("in_stock", in_stock.Params(absent="keep"))]
    found = []
    for block, threads in ((2_000_000, 1), (1, 1), (1, 3), (20, 2)):
        monkeypatch.setattr("include.candidates.blend._BLOCK", block)
        blended = blend_tables(tables, 3, threads=threads, steps=load_steps(chosen), features=features)
        found.append((blended.rows.to_pylist(), blended.counts))
    assert all(each == found[0] for each in found)
    rows, counts = found[0]
    assert counts["sources"]["campaigns"] == sum(row["source"] == "campaigns" for row in rows) > 0
    assert all(row["because_item_id"] is None for row in rows if row["source"] == "campaigns")
    assert counts["rerank"]["popularity_cap"]["dropped"] > 0
    if not relax:
        assert max(Counter(row["item_id"] for row in rows).values()) <= 3
    assert list(counts["rerank"]) == ["campaigns", "popularity_cap", "in_stock"]
