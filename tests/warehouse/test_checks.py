"""What the gates ask of tables, by their declarations alone."""

from __future__ import annotations

import pytest

from include.models.base import ScoreRange
from include.settings import Gates
from include.tables import RELEASE_TABLES, Table, load_table
from include.warehouse.checks import list_limits, list_rules

STATED = ScoreRange(0.0, 1.0, above_low=True, co_buyers=2)


def say(table: str, scores: ScoreRange | None = None) -> dict[str, str]:
    return {rule.name: rule.expected for rule in list_rules(load_table(table), scores)}


def test_a_table_of_lists_has_the_rules_that_it_declares() -> None:
    assert say("item_similarities", STATED) == {
        "unique_key": "No two lists have the same item_id",
        "lists_are_whole": "No list is empty, and no entry of one lacks its similar_item_id, score or"
        " co_buyers",
        "no_repeated_item": "A list has each similar_item_id once",
        "scores_fall_with_rank": "A worse rank never has a higher score",
        "ids_in_window": "Every item_id and similar_item_id is of the window",
        "no_self_recommendation": "No similar_item_id is its own item_id",
        "scores_in_range": "Every score is a finite number in (0, 1]",
        "co_buyers_in_range": "Every co_buyers is 2 or more, as the model states",
    }


def test_a_table_of_rows_has_a_key_and_what_its_columns_declare() -> None:
    assert say("products") == {
        "unique_key": "No two rows have the same item_id",
        "prices_in_range": "Every price is null or a finite number of 0 or more",
    }


def test_a_model_that_states_nothing_has_finite_scores_and_any_number_of_buyers() -> None:
    said = say("item_similarities")
    assert said["scores_in_range"] == "Every score is a finite number in (-∞, ∞)"
    assert said["co_buyers_in_range"] == "Every co_buyers is 0 or more, as the model states"


def test_a_new_column_brings_its_rules_along() -> None:
    declared = load_table("ad_candidates").model_dump() | {"name": "ad_candidates"}
    declared["columns"]["bid"] = {"type": "double", "meaning": "What it is worth.", "at_least": 0.01}
    declared["columns"]["instead_of"] = {"type": "id", "meaning": "Another.", "references": "items"}
    names = {rule.name: rule for rule in list_rules(Table(**declared))}
    assert names["bids_in_range"].expected == "Every bid is a finite number of 0.01 or more"
    assert names["bids_in_range"].bounds == {"low": 0.01}
    assert names["ids_in_window"].columns == ("user_id", "item_id", "because_item_id", "instead_of")
    assert "bid" in names["lists_are_whole"].columns


@pytest.mark.parametrize("table", RELEASE_TABLES)
def test_limits_are_rows_coverage_and_change(table: str) -> None:
    declared = load_table(table)
    limits = {
        limit.name: limit for limit in list_limits(declared, Gates(), {"items": 9, "users": 9}, (7, 1000))
    }
    coverage = {f"{declared.covers.window[:-1]}_coverage"} if declared.covers else set()
    assert limits.keys() == {"row_count", "row_count_change", *coverage}
    assert limits["row_count"].severity == ("warning" if declared.optional else "critical")
    change = limits["row_count_change"]
    assert (change.severity, change.low, change.high) == ("warning", 500, 1500)
    assert change.expected == "within 50% of the 1,000 rows of release 7"


def test_shares_of_small_windows_are_counted_upwards() -> None:
    asked = Gates(min_item_coverage=0.34, min_user_coverage=0.3)
    lows = {
        limit.name: (limit.low, limit.whole)
        for table in RELEASE_TABLES
        for limit in list_limits(load_table(table), asked, {"items": 3, "users": 10}, None)
        if limit.covers
    }
    assert lows == {"item_coverage": (2, 3), "user_coverage": (3, 10)}
