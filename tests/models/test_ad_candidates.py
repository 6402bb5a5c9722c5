from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from include.models import ad_candidates, als, cosine
from include.models.ad_candidates import blend_candidates
from include.models.best_sellers import rank_best_sellers
from include.models.columns import AD_CANDIDATES, ITEM_SIMILARITIES, PRODUCTS, PURCHASES, USER_RECOMMENDATIONS
from include.models.interactions import Interactions
from include.models.ranked import Options
from include.models.recent_items import rank_recent_items
from tests.models.purchases import draw_purchases, shuffle_rows


class Inputs(NamedTuple):
    interactions: Interactions
    similarities: pa.Table
    recommendations: pa.Table
    best_sellers: pa.Table
    recent_items: pa.Table


def train_inputs(purchases: pa.Table, exclude: bool) -> Inputs:
    interactions = Interactions.from_purchases(purchases)
    k = {"item_similarities": 4, "user_recommendations": 5}
    options = Options(k, exclude, {"factors": 3, "iterations": 4})
    return Inputs(
        interactions,
        cosine.train(interactions, options)[0].rows,
        als.train(interactions, options)[0].rows,
        rank_best_sellers(purchases, PRODUCTS.empty_table(), 6).rows,
        rank_recent_items(purchases, 3).rows,
    )


def blend_slowly(inputs: Inputs, k: int, exclude: bool, available: set[str] | None) -> list[tuple]:
    bought: dict[str, set[str]] = {}
    for row in inputs.interactions.to_table().to_pylist():
        bought.setdefault(row["user_id"], set()).add(row["item_id"])
    similar: dict[str, list[dict]] = {}
    for row in inputs.similarities.to_pylist():
        similar.setdefault(row["item_id"], []).append(row)
    popular = [row for row in inputs.best_sellers.to_pylist() if row["category"] == ""]

    rows = []
    for user in sorted(bought):

        def may_show(item: str, user: str = user) -> bool:
            return (available is None or item in available) and not (exclude and item in bought[user])

        best: dict[str, tuple[float, int, str]] = {}
        for recent in inputs.recent_items.to_pylist():
            for row in similar.get(recent["item_id"], []) if recent["user_id"] == user else []:
                if may_show(row["similar_item_id"]):
                    reason = (-row["score"], recent["rank"], recent["item_id"])
                    item = row["similar_item_id"]
                    best[item] = min(best.get(item, reason), reason)
        by_cosine = [
            (item, "cosine", -score, because)
            for item, (score, _, because) in sorted(best.items(), key=lambda pair: (pair[1][:2], pair[0]))
        ]
        by_als = [
            (row["item_id"], "als", row["score"], None)
            for row in inputs.recommendations.to_pylist()
            if row["user_id"] == user and may_show(row["item_id"])
        ]
        turns: list[tuple] = []
        for place in range(max(len(by_cosine), len(by_als))):
            turns += by_cosine[place : place + 1] + by_als[place : place + 1]
        turns += [
            (row["item_id"], "best_sellers", float(np.float32(row["buyers"] / len(bought))), None)
            for row in popular
            if may_show(row["item_id"])
        ]
        chosen: dict[str, tuple] = {}
        for turn in turns:
            chosen.setdefault(turn[0], turn)
        rows += [(user, rank, *turn) for rank, turn in enumerate(list(chosen.values())[:k], 1)]
    return rows


def blend_rows(inputs: Inputs, k: int, exclude: bool, available: set[str] | None) -> list[tuple]:
    ranked = blend_candidates(*inputs, k=k, exclude_purchased=exclude, available=available)
    assert (ranked.table, ranked.model) == ("ad_candidates", "")
    assert ranked.rows.schema.equals(AD_CANDIDATES)
    return [tuple(row.values()) for row in ranked.rows.to_pylist()]


@pytest.mark.parametrize("some_unavailable", [False, True])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("k", [1, 4, 7, 30])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_taking_turns_by_hand(seed: int, k: int, exclude: bool, some_unavailable: bool) -> None:
    inputs = train_inputs(draw_purchases(seed, users=8, items=12, lines=30), exclude)
    available = set(inputs.interactions.item_ids.to_pylist()[::2]) | {"?"} if some_unavailable else None
    rows = blend_rows(inputs, k, exclude, available)
    assert rows == blend_slowly(inputs, k, exclude, available)
    if k == 30 and not some_unavailable:
        assert {row[3] for row in rows} == {"cosine", "als", "best_sellers"}


@pytest.mark.parametrize(
    "absent", [{"similarities"}, {"recommendations"}, {"similarities", "recommendations"}]
)
def test_a_model_may_be_absent(absent: set[str]) -> None:
    empty = {"similarities": ITEM_SIMILARITIES, "recommendations": USER_RECOMMENDATIONS}
    inputs = train_inputs(draw_purchases(1), exclude=True)
    inputs = inputs._replace(**{name: empty[name].empty_table() for name in absent})
    rows = blend_rows(inputs, 6, True, None)
    assert rows == blend_slowly(inputs, 6, True, None)
    assert rows


@pytest.mark.parametrize("least", [1, 2, 3, 100])
def test_pairs_that_too_few_bought_together_are_not_shown(least: int) -> None:
    inputs = train_inputs(draw_purchases(3), exclude=True)
    enough = [row["co_buyers"] >= least for row in inputs.similarities.to_pylist()]
    assert any(enough) is (least < 100)
    kept = inputs._replace(similarities=inputs.similarities.filter(pa.array(enough)))
    ranked = blend_candidates(
        *inputs, k=6, exclude_purchased=True, available=None, min_co_buyers=least
    ).rows.to_pylist()
    assert [tuple(row.values()) for row in ranked] == blend_slowly(kept, 6, True, None)


@pytest.mark.parametrize("block", [1, 40])
def test_blocks_do_not_show(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = train_inputs(draw_purchases(2, users=12, items=12), exclude=True)
    monkeypatch.setattr(ad_candidates, "_BLOCK", block)
    assert blend_rows(inputs, 6, True, None) == blend_slowly(inputs, 6, True, None)


def test_the_order_of_rows_does_not_show() -> None:
    inputs = train_inputs(draw_purchases(3), exclude=True)
    shuffled = Inputs(inputs.interactions, *(shuffle_rows(table) for table in inputs[1:]))
    assert blend_rows(shuffled, 6, True, None) == blend_rows(inputs, 6, True, None)


def test_nothing_is_available() -> None:
    assert blend_rows(train_inputs(draw_purchases(1), exclude=True), 6, True, set()) == []


def test_no_purchases() -> None:
    assert blend_rows(train_inputs(PURCHASES.empty_table(), exclude=True), 6, True, None) == []


def test_an_item_from_outside_the_window_is_refused() -> None:
    inputs = train_inputs(draw_purchases(1), exclude=True)
    other = rank_best_sellers(draw_purchases(1, items=12), PRODUCTS.empty_table(), 50).rows
    with pytest.raises(ValueError, match=r"best sellers hold the id .* which is not in the window"):
        blend_rows(inputs._replace(best_sellers=other), 6, True, None)
