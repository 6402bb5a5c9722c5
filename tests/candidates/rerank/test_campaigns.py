from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from include.candidates.features import Features
from include.candidates.rerank import campaigns
from include.candidates.rerank.campaigns import Params
from include.candidates.reranking import Step, prepare_features, rerank_lists
from tests.candidates.rerank.cases import draw_case, list_items, make_features, make_lists

DAY = date(2026, 12, 10)


def is_meant(features: Features, item: int, rule: dict[str, Any]) -> bool:
    row = features.catalogue.slice(item, 1).to_pylist()[0]
    return (
        ("items" not in rule or features.item_ids[item].as_py() in rule["items"])
        and ("categories" not in rule or row["category"] in rule["categories"])
        and ("brands" not in rule or row["brand"] in rule["brands"])
        and ("title" not in rule or bool(re.search(rule["title"].lower(), (row["title"] or "").lower())))
    )


def run_slowly(
    user: int, items: list[int], features: Features, rules: list[dict[str, Any]], may_add: np.ndarray
) -> list[int]:
    def meant(item: int, rule: dict[str, Any]) -> bool:
        return is_meant(features, item, rule)

    items = [item for item in items if not any(rule.get("block") and meant(item, rule) for rule in rules)]
    keys = {item: place + 1.0 for place, item in enumerate(items)}
    for rule in rules:
        for item in items:
            if meant(item, rule) and "boost" in rule:
                keys[item] /= rule["boost"]
            elif meant(item, rule) and "up" in rule:
                keys[item] -= rule["up"] + 0.5
    items = sorted(items, key=keys.__getitem__)
    pins = sorted((rule for rule in rules if "pin" in rule), key=lambda rule: rule["pin"])
    chosen: list[int | None] = []
    for rule in pins:
        first = next((item for item in items if meant(item, rule)), None)
        items = [item for item in items if item != first]
        chosen.append(first)
    everything = sorted(range(len(features.item_ids)), key=lambda item: (-features.buyers[item], item))
    for number, rule in enumerate(pins):
        if chosen[number] is None:
            bought = features.purchased[user].indices
            chosen[number] = next(
                (
                    item
                    for item in everything
                    if meant(item, rule) and may_add[item] and item not in bought and item not in chosen
                ),
                None,
            )
    after = -1
    for rule, item in zip(pins, chosen, strict=True):
        if item is not None:
            after = max(rule["pin"] - 1, after + 1)
            items.insert(after, item)
    return items


RULES: list[dict[str, Any]] = [
    {"block": True, "title": "postage|gift"},
    {"boost": 2.5, "categories": ["x", "y"]},
    {"boost": 0.5, "title": "^RED "},
    {"up": 2, "brands": ["p"]},
    {"pin": 1, "categories": ["z"]},
    {"pin": 1, "items": ["c", "b"]},
    {"pin": 3, "brands": ["q"], "title": "red"},
    {"block": True, "items": ["a"], "brands": ["q"]},
]


def test_rules_do_what_a_loop_does() -> None:
    for seed in range(120):
        lists, features, rng = draw_case(seed)
        rules = [rule for rule in RULES if rng.random() < 0.5] or RULES[:1]
        params = Params.model_validate({"rules": rules})
        step = Step("campaigns", campaigns, params)  # type: ignore[arg-type]
        may_add = prepare_features(features, [step], features.k).may_add
        found, _ = campaigns.apply(lists, replace(features, may_add=may_add), params)
        expected = [
            run_slowly(user, items, features, rules, may_add) for user, items in enumerate(list_items(lists))
        ]
        assert list_items(found) == expected, rules


@pytest.mark.parametrize(
    ("days", "holds"),
    [
        ({}, True),
        ({"start_date": DAY}, True),
        ({"end_date": DAY}, True),
        ({"start_date": DAY, "end_date": DAY}, True),
        ({"start_date": DAY + timedelta(1)}, False),
        ({"end_date": DAY - timedelta(1)}, False),
    ],
)
def test_dates_are_judged_by_the_as_of_date(days: dict[str, date], holds: bool) -> None:
    features = make_features([[1, 1, 1]], {"title": ["Mug", "POSTAGE", None]}, as_of=DAY)
    params = Params.model_validate({"rules": [{"block": True, "title": "Postage", **days}]})
    found, counts = campaigns.apply(make_lists([1, 0], [2]), features, params)
    assert list_items(found) == ([[0], [2]] if holds else [[1, 0], [2]])
    assert counts["blocked"] == holds
    assert campaigns.find_blocked(features, params).tolist() == [False, holds, False]
    assert params.rules[0].holds_on(None) is (not days)


def test_a_pin_brings_in_what_no_source_proposed_and_nothing_that_is_blocked_or_bought() -> None:
    features = make_features([[1, 0, 0, 0], [0, 0, 0, 1]], {"category": ["x", "x", "x", "y"]}, k=2)
    rules = [{"pin": 1, "categories": ["x"]}, {"block": True, "items": ["b"]}]
    step = Step("campaigns", campaigns, Params.model_validate({"rules": rules}))  # type: ignore[arg-type]
    prepared = prepare_features(features, [step], 2)
    given = make_lists([3], [])
    lists, rows, counts = rerank_lists(given, [step], prepared, 2)
    assert list_items(lists) == [[2, 3], [0]], "the first user has bought a, and b is blocked"
    assert rows.tolist() == [-1, 0, -1]
    assert counts["campaigns"] == {
        "dropped": 0,
        "moved": 0,
        "added": 2,
        "short_lists": 0,
        "blocked": 0,
        "boosted": 0,
        "pinned": 2,
    }


def test_a_rule_for_nothing_is_told() -> None:
    features = make_features([[1, 1]], {"category": ["x", None]})
    params = Params.model_validate(
        {"rules": [{"boost": 2, "categories": ["shoes"]}, {"up": 1, "items": ["a"]}]}
    )
    [told] = campaigns.list_doubts(features, params)
    assert told == "no item is meant by the rule {'boost': 2.0, 'categories': ['shoes']}."


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"items": ["a"]}, "must be one of block: true, pin, boost and up; it is none"),
        ({"pin": 1, "boost": 2, "items": ["a"]}, "it is pin and boost"),
        ({"block": True}, "is for no items; say which it is to block"),
        ({"block": True, "title": "gift("}, "is no regular expression: missing \\), unterminated"),
        (
            {"up": 1, "items": ["a"], "start_date": DAY, "end_date": DAY - timedelta(1)},
            "end_date must not be before start_date: 2026-12-09 is before 2026-12-10",
        ),
    ],
)
def test_a_rule_that_says_nothing_is_a_mistake(rule: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Params.model_validate({"rules": [rule]})
