"""The gate that tells campaigns' blocks anew finds what the re-rank step blocks, rule by rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from sqlalchemy import text

from include.candidates.features import Features
from include.candidates.rerank.campaigns import Params, find_blocked
from include.columns import RELEASE_TABLES
from include.errors import RejectedReleaseError
from include.settings import Gates
from include.settings.ads import Ads
from include.warehouse.postgres.checks import ask_leaf
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.names import name_leaf
from include.warehouse.postgres.store import StoredTable
from tests.warehouse.breaks import ADS, PRODUCTS
from tests.warehouse.conftest import ITEMS, MODELS, MONDAY, all_rows

pytestmark = pytest.mark.integration

CHECK = "items_are_not_blocked"
TITLES = ["Gift card 50", "postage", "GIFT-CARD", "Mug\nlarge", "100% wool (red)", None]
CATEGORIES = ["vouchers", "vouchers", "tea", "mugs", "", None]
BRANDS = ["Leaf", None, "Leaf", "Clay", "Clay", None]

RULES: dict[str, dict[str, Any]] = {
    "items": {"items": ["P1", "P5"]},
    "category": {"categories": ["vouchers", "tea"]},
    "brand": {"brands": ["Leaf"]},
    "category and brand": {"categories": ["vouchers"], "brands": ["Leaf"]},
    "nothing": {"brands": ["Nobody's"]},
    "one of two texts": {"title": "gift card|postage"},
    "a space or not": {"title": r"gift.card"},
    "a full stop is no line end": {"title": "mug.large"},
    "digits": {"title": r"\d+"},
    "escaped": {"title": r"\(red\)"},
    "at the start": {"title": "^gift"},
    "at the end": {"title": "e$"},
    "empty": {"title": "x*"},
    "lazy": {"title": "g.*?t"},
    "today": {"items": ["P1"], "start_date": MONDAY, "end_date": MONDAY},
    "tomorrow": {"items": ["P1"], "start_date": MONDAY + timedelta(1)},
    "yesterday": {"items": ["P1"], "end_date": MONDAY - timedelta(1)},
    "title and item": {"title": "gift", "items": ["P3", "P4"]},
}
# What PostgreSQL reads in another way, or refuses.
ODD = [
    r"\bgift\b",
    "(?:gift)",
    "gi{1}ft",
    "[g]ift",
    "gi++ft",
    r"gift\W?card",
    "(?=gift)",
    r"\x67ift",
]


def make_rows() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The small release with all items in the first list."""
    rows = all_rows()
    for row, title, category, brand in zip(rows[PRODUCTS], TITLES, CATEGORIES, BRANDS, strict=True):
        row.update(title=title, category=category, brand=brand)
    first = rows[ADS][0] | {"because_item_id": None}
    listed = [first | {"rank": rank, "item_id": item} for rank, item in enumerate(ITEMS, start=1)]
    rows[ADS] = listed + [row for row in rows[ADS] if row["user_id"] != first["user_id"]]
    return rows


def find_by_step(rule: dict[str, Any]) -> list[str]:
    """The items that the step blocks, by its own code."""
    products = pa.Table.from_pylist(make_rows()[PRODUCTS], schema=RELEASE_TABLES["products"])
    nobody = csr_matrix((1, len(ITEMS)))
    features = replace(Features.from_tables(pa.array(ITEMS), nobody, products), as_of=MONDAY)
    blocked = find_blocked(features, Params.model_validate({"rules": [rule]}))
    return [item for item, is_blocked in zip(ITEMS, blocked, strict=True) if is_blocked]


def find_by_gate(schemas: Schemas, release_id: int, rules: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The rows of the gate's own query for a release whose settings have these rules."""
    rerank = [{"in_stock": {}}, {"campaigns": {"rules": rules}}]
    settings = {"ads": Ads.model_validate({"rerank": rerank}).model_dump(mode="json")}
    name = name_leaf(ADS[0], release_id, "")
    leaf = StoredTable(name, ADS[0], release_id, "", is_partitioned=False, is_attached=False)
    [query] = [each.query for each in ask_leaf(schemas, leaf, ()) if each.check.name == CHECK]
    assert query is not None
    with schemas.begin(store_first=True) as connection:
        change = text(
            "UPDATE releases SET settings = CAST(:settings AS jsonb) WHERE release_id = :release_id"
        )
        connection.execute(change, {"settings": json.dumps(settings), "release_id": release_id})
        rows = connection.execute(text(query.replace("{batch}", leaf.name)))
        return [(row.unexpected_rows, row.example) for row in rows]


def test_each_rule_blocks_for_the_gate_what_it_blocks_for_the_step(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    release_id = stage(MONDAY, make_rows())
    sizes = set()
    for name, rule in RULES.items():
        blocked = find_by_step({"block": True, **rule})
        found = find_by_gate(mall, release_id, [{"block": True, **rule}])
        assert found == [(len(blocked), item) for item in blocked[:3]], name
        sizes.add(len(blocked))
    assert len(sizes) > 3, "rules of different reach"


def test_several_rules_count_an_item_once_and_only_blocks_count(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    release_id = stage(MONDAY, make_rows())
    rules = [
        {"block": True, "items": ["P2"]},
        {"block": True, "title": "postage"},
        {"pin": 1, "items": ["P1"]},
    ]
    assert find_by_gate(mall, release_id, rules) == [(1, "P2")]
    assert find_by_gate(mall, release_id, rules[2:]) == []


def test_a_pattern_that_may_mean_another_thing_is_left_to_the_step(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    release_id = stage(MONDAY, make_rows())
    for title in ODD:
        assert find_by_gate(mall, release_id, [{"block": True, "title": title}]) == [], title


def test_a_release_with_what_its_campaign_blocks_is_rejected(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    rule = {"block": True, "title": "gift.card|postage", "end_date": MONDAY}
    rerank = [{"campaigns": {"rules": [rule]}}]
    settings = {"ads": Ads.model_validate({"rerank": rerank}).model_dump(mode="json")}
    release_id = stage(MONDAY, make_rows(), settings=settings)
    with pytest.raises(RejectedReleaseError, match=rf"{CHECK}: observed 3 that break it, such as 'P1', 'P2'"):
        run_gates(mall, release_id, Gates(), MODELS)
