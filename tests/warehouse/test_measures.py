"""What the gates measure of lists, each seen to fail, and none of a small mall or by rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from sqlalchemy import text

from include.errors import RejectedReleaseError
from include.models.base import ScoreRange
from include.settings import Gates
from include.settings.sections import Measured
from include.warehouse.base import AdList, CheckResult
from include.warehouse.measures import FEW_ITEMS, Measure, count_asked, list_measures
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import run_gates
from tests.warehouse.breaks import ADS
from tests.warehouse.conftest import MODELS, MONDAY, NOBODY, all_rows

ADS_MADE = AdList(4, 3, ("cosine", "best_sellers"), ("best_sellers",))
COUNTED = ScoreRange(0.0, 1.0, co_buyers=1)


def list_all(limits: Gates, sold_items: int = FEW_ITEMS) -> dict[str, Measure]:
    tables = ("ad_candidates", "item_similarities", "best_sellers")
    found = [
        measure
        for table in tables
        for measure in list_measures(table, limits, ADS_MADE, sold_items, 30, COUNTED)
    ]
    return {measure.name: measure for measure in found}


def test_every_kind_is_measured_and_those_that_are_named_are_critical() -> None:
    measures = list_all(Gates())
    assert {measure.file for measure in measures.values()} == set(get_args(Measured))
    critical = {measure.file for measure in measures.values() if measure.severity == "critical"}
    assert critical == {"full_lists", "unknown_user_list"}
    strict = list_all(Gates(critical=("rows_of_source",)))
    assert [name for name, measure in strict.items() if measure.severity == "critical"] == ["rows_of_cosine"]


@pytest.mark.parametrize(
    ("part", "whole", "is_met"),
    [(2, 4, True), (1, 4, False), (4, 4, False), (0, 0, True), (3, 10, True), (6, 10, True), (7, 10, False)],
)
def test_a_share_lies_within_its_bounds(part: int, whole: int, is_met: bool) -> None:
    assert Measure("share", "", low=0.3, high=0.6).is_met(part, whole) is is_met


def test_a_small_mall_is_asked_for_a_tenth_of_its_items_and_not_for_variety() -> None:
    assert [count_asked(20, items) for items in (0, 8, 100, 200, 10_000)] == [0, 1, 10, 20, 20]
    small, large = list_all(Gates(), FEW_ITEMS - 1), list_all(Gates(), FEW_ITEMS)
    assert (small["most_shown_item"].high, large["most_shown_item"].high) == (1.0, 0.97)
    assert (small["top_items"].high, large["top_items"].high) == (1.0, 0.99)


def test_a_model_without_co_buyers_is_not_asked_for_them() -> None:
    for scores in (None, ScoreRange(-1.0, 1.0)):
        [measure] = list_measures("item_similarities", Gates(), ADS_MADE, 9, 9, scores)
        assert measure.low == 0


@pytest.fixture
def gate(mall: Schemas, stage: Callable[..., int]) -> Callable[..., dict[tuple[str, str], CheckResult]]:
    """gate(rows, limits, ads, …): what was measured, by model and check; what else is named is the run's."""

    def gate_rows(
        rows: dict[Any, Any] | None = None, limits: Gates | None = None, ads: AdList = ADS_MADE, **run: Any
    ) -> dict[tuple[str, str], CheckResult]:
        results = run_gates(mall, stage(MONDAY, rows, **run), limits or Gates(critical=()), MODELS, ads)
        return {(result.model, result.check): result for result in results}

    return gate_rows


def make_rows(items: int = 6) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The small release with ad lists of `items` rows each, alternately of two categories."""
    rows = all_rows()
    for number, row in enumerate(rows["products", ""]):
        row["category"] = "dairy" if number % 2 else "bread"
    users = dict.fromkeys(row["user_id"] for row in rows[ADS])
    rows[ADS] = [
        rows[ADS][0] | {"user_id": user, "rank": rank, "item_id": f"P{rank}", "because_item_id": None}
        for user in users
        for rank in range(1, items + 1)
    ]
    return rows


@pytest.mark.integration
def test_each_measure_is_counted_and_shown_to_fail(gate: Callable[..., Any]) -> None:
    """Of four lists of six items: one is short, one of one category, one row is a filler's."""
    rows = make_rows()
    rows[ADS] = [row for row in rows[ADS] if not (row["user_id"] == "C" and row["rank"] > 3)]
    rows[ADS] = [row for row in rows[ADS] if not (row["user_id"] == NOBODY and row["rank"] > 5)]
    rows[ADS][0]["source"] = "best_sellers"
    for row in rows["products", ""]:
        row["category"] = "bread" if row["item_id"] in ("P1", "P2", "P3", "P4", "P5") else "dairy"
    for row in rows["item_similarities", "cosine"]:
        row["co_buyers"] = 1 if row["rank"] > 1 else 3
    limits = Gates(
        critical=(),
        min_full_lists=0.7,
        max_one_category_lists=0.3,
        max_filled_rows=0.01,
        min_rows_of_source=0.99,
        max_lists_of_item=0.9,
        min_item_coverage=0,  # the number of sold items is made up
        max_top_items=0.99,
        min_shown_items=0.01,
        min_evidence=0.5,
    )
    found = gate(rows, limits, replace(ADS_MADE, k=6), items=FEW_ITEMS)
    observed = {
        name: found[key].observed
        for key in found
        for name in [key[1]]
        if not found[key].passed and key[1] != "rows_of_cosine"
    }
    assert observed == {
        "full_lists": "2 of 3 (66.7%)",
        "unknown_user_list": "5 of 6 (83.3%)",
        "one_category_lists": "1 of 3 (33.3%)",
        "filled_rows": "1 of 20 (5.0%)",
        "most_shown_item": "4 of 4 (100.0%)",
        "top_items": "20 of 20 (100.0%)",
        "shown_items": "6 of 1,000 (0.6%)",
        "enough_co_buyers": "6 of 30 (20.0%)",
    }
    assert found["", "rows_of_cosine"].observed == "19 of 20 (95.0%)"
    assert not found["", "rows_of_cosine"].passed


@pytest.mark.integration
def test_what_is_blocked_now_is_counted_and_may_reject(gate: Callable[..., Any], mall: Schemas) -> None:
    """Of four lists of four items: P1 is blocked, P2 is not any more, P3 for a while yet."""
    assert gate()["", "blocked_rows"].observed == "0 of 16 (0.0%)"
    with mall.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO blocked_items (item_id, until) VALUES ('P1', NULL),"
                " ('P2', now() - interval '1 minute'), ('P3', now() + interval '1 hour'), ('P9', NULL)"
            )
        )
    found = gate()["", "blocked_rows"]
    assert (found.observed, found.passed, found.severity) == ("8 of 16 (50.0%)", False, "warning")
    assert gate(limits=Gates(critical=(), max_blocked_rows=0.5))["", "blocked_rows"].passed
    with pytest.raises(RejectedReleaseError, match=r"blocked_rows: observed 8 of 16 \(50\.0%\)"):
        gate(limits=Gates(critical=("blocked_rows",)))


@pytest.mark.integration
def test_the_unknown_users_list_must_be_there_and_counts_as_nobody(
    gate: Callable[..., Any], mall: Schemas
) -> None:
    rows = all_rows()
    assert gate(rows)["", "user_coverage"].observed == "3 (100.0%)"
    rows[ADS] = [row for row in rows[ADS] if row["user_id"] != NOBODY]
    with pytest.raises(RejectedReleaseError, match=r"unknown_user_list: observed 0 of 1 \(0\.0%\)"):
        gate(rows, Gates())


@pytest.mark.integration
def test_what_re_rank_steps_did_is_recorded(gate: Callable[..., Any], mall: Schemas) -> None:
    counts = {"in_stock": {"dropped": 12, "short_lists": 0}, "diversity": {"moved": 3}}
    found = gate(stages={"candidates": {"seconds": 1.0, "rerank": counts}})
    recorded = {check: result.observed for (_, check), result in found.items() if check.startswith("rerank_")}
    assert recorded == {
        "rerank_in_stock_dropped": "12",
        "rerank_in_stock_short_lists": "0",
        "rerank_diversity_moved": "3",
    }
    with mall.begin() as connection:
        kept = connection.execute(
            text("SELECT count(*) FROM release_checks WHERE check_name LIKE 'rerank%' AND passed")
        )
        assert kept.scalar_one() == 3
