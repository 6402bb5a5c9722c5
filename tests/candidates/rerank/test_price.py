from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from include.candidates.rerank import price
from tests.candidates.rerank.cases import draw_case, list_items, make_features, make_lists


@pytest.mark.parametrize(
    "params",
    [
        {"low": 1},
        {"high": 2, "unpriced": "drop"},
        {"low": 1, "high": 5},
        {"times": 2.5},
        {"times": 2, "low": 2},
    ],
)
def test_it_keeps_what_a_loop_keeps(params: dict[str, Any]) -> None:
    for seed in range(40):
        lists, features, _ = draw_case(seed)
        chosen = price.Params(**params)
        found, counts = price.apply(lists, features, chosen)
        expected = []
        for user, items in enumerate(list_items(lists)):
            paid = [cost for cost in features.prices[features.purchased[user].indices] if not np.isnan(cost)]
            usual = statistics.median(paid) if paid else None
            kept = []
            for item in items:
                cost = features.prices[item]
                if np.isnan(cost):
                    fits = chosen.unpriced == "keep"
                else:
                    fits = (chosen.low or 0) <= cost <= (np.inf if chosen.high is None else chosen.high)
                    if chosen.times and usual is not None:
                        fits &= usual / chosen.times <= cost <= usual * chosen.times
                kept += [item] if fits else []
            expected.append(kept)
        assert list_items(found) == expected
        assert counts == {"unpriced": int(np.isnan(features.prices[lists.items]).sum())}


def test_the_usual_price_is_the_median_of_the_different_items_that_have_one() -> None:
    features = make_features([[9, 1, 1, 0], [0, 0, 1, 0], [1, 0, 0, 1]], {"price": [1.0, 4.0, None, 8.0]})
    np.testing.assert_array_equal(price.find_usual_prices(features), [2.5, np.nan, 4.5])
    found, _ = price.apply(make_lists([0, 3], [0, 3], []), features, price.Params(times=2.0))
    assert list_items(found) == [[], [0, 3], []], "who bought nothing with a price has no usual price"


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "has no bound"),
        ({"low": 3, "high": 2}, "low is 3 and high 2, so that no price"),
        ({"times": 1}, "times"),
    ],
)
def test_bounds_that_say_nothing_are_a_mistake(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        price.Params(**params)
