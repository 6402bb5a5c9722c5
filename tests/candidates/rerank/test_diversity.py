from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from include.candidates.rerank import diversity
from tests.candidates.rerank.cases import draw_case, list_items, make_features, make_lists


def order_slowly(
    items: list[int], labels: dict[str, list[str | None]], params: diversity.Params, k: int
) -> tuple[list[int], int]:
    """Slot after slot; how many break the rule."""
    left, chosen, broken = list(items), [], 0
    while left and len(chosen) < k:
        near = chosen[max(0, len(chosen) - params.slots + 1) :]
        fitting = [
            item
            for item in left
            if all(
                labels[name][item] is None
                or sum(labels[name][each] == labels[name][item] for each in near) < most
                for name, most in params.limits.items()
            )
        ]
        if not fitting and not params.relax:
            return chosen, broken
        broken += not fitting
        chosen.append(fitting[0] if fitting else left[0])
        left.remove(chosen[-1])
    return chosen + left, broken


@pytest.mark.parametrize("relax", [True, False])
@pytest.mark.parametrize(
    "params",
    [
        {"category": 1, "slots": 2},
        {"category": 2, "slots": 4},
        {"brand": 1, "category": 2, "slots": 3},
        {"brand": 1, "slots": 9},
    ],
)
def test_slots_are_filled_as_by_hand(params: dict[str, Any], relax: bool) -> None:
    chosen = diversity.Params(**params, relax=relax)
    for seed in range(40):
        lists, features, _ = draw_case(seed)
        labels = {name: features.catalogue[name].to_pylist() for name in ("category", "brand")}
        found, counts = diversity.apply(lists, features, chosen)
        expected = [order_slowly(items, labels, chosen, features.k) for items in list_items(lists)]
        assert list_items(found) == [items for items, _ in expected]
        assert counts == {"relaxed": sum(broken for _, broken in expected)}


def test_an_item_keeps_its_score() -> None:
    features = make_features([[1, 1, 1, 1]], {"category": ["x", "x", "y", None]}, k=4)
    lists = make_lists([0, 1, 2, 3], [], [1])
    found, _ = diversity.apply(lists, features, diversity.Params(category=1, slots=2))
    assert list_items(found) == [[0, 2, 1, 3], [], [1]]
    assert dict(zip(found.items[:4], found.scores[:4], strict=True)) == dict(
        zip(lists.items[:4], lists.scores[:4], strict=True)
    )


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "has no rule; say how many"),
        ({"category": 4}, "category is 4, and no more than 4 items fit into 4"),
    ],
)
def test_a_rule_that_says_nothing_is_a_mistake(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        diversity.Params(**params)
