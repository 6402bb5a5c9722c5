from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from include.candidates.rerank import already_bought
from include.errors import RefusedInputError
from tests.candidates.rerank.cases import draw_window, list_items, make_lists


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"days": 0},
        {"days": 4},
        {"days": 3, "by_category": {"x": "never", "y": 8}},
        {"by_category": {"x": 1}},
    ],
)
@pytest.mark.parametrize("start", [0, 3])
def test_it_waits_as_a_loop_over_the_purchases_does(params: dict[str, Any], start: int) -> None:
    for seed in range(10):
        features, rows = draw_window(seed, exclude_purchased=False)
        items = features.item_ids.to_pylist()
        categories = features.catalogue["category"].to_pylist()
        users = features.get_inputs().user_ids.to_pylist()[start:]
        rng = np.random.default_rng(seed)
        given = [rng.permutation(len(items)).tolist() for _ in users]
        of_block = features.select_users(start, start + len(users))
        found, counts = already_bought.apply(make_lists(*given), of_block, already_bought.Params(**params))
        expected, again = [], 0
        for user, listed in zip(users, given, strict=True):
            kept = []
            for item in listed:
                ages = [age for who, what, age in rows if (who, what) == (user, items[item])]
                days = params.get("by_category", {}).get(categories[item], params.get("days", "never"))
                if not ages or (days != "never" and min(ages) + 1 >= days):
                    kept.append(item)
                    again += bool(ages)
            expected.append(kept)
        assert list_items(found) == expected
        assert counts == {"kept_again": again}


def test_what_it_has_to_say_of_its_parameters() -> None:
    features, _ = draw_window(0)
    params = already_bought.Params(by_category={"x": 3, "shoes": 4})
    told = already_bought.list_doubts(features, params)
    assert told[0] == "no item of the newest catalogue has the category shoes."
    assert "ads.exclude_purchased leaves out" in told[1]
    features, _ = draw_window(0, exclude_purchased=False)
    assert already_bought.list_doubts(features, already_bought.Params(by_category={"x": 3})) == []


def test_data_without_days_are_a_sentence() -> None:
    features, _ = draw_window(0, exclude_purchased=False)
    inputs = features.get_inputs()
    undated = replace(inputs, read_dataset=lambda: replace(inputs.dataset, day_starts=None))
    lists = make_lists(*([item] for item in range(len(inputs.user_ids))))
    with pytest.raises(
        RefusedInputError, match=r"The data have no days, .* take already_bought and freshness"
    ):
        already_bought.apply(lists, replace(features, inputs=undated), already_bought.Params(days=3))
