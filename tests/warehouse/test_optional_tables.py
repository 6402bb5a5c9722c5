"""A table that a release may be without: its absence is told and rejects nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.errors import RejectedReleaseError
from include.settings import Gates
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.releases import publish_release
from tests.warehouse.conftest import MODELS, MONDAY, TUESDAY, all_rows

pytestmark = pytest.mark.integration

AUDIENCES = ("item_audiences", "als")


def publish_gated(mall: Schemas, release_id: int) -> None:
    run_gates(mall, release_id, Gates(), MODELS)
    publish_release(mall, release_id)


def test_audiences_that_are_no_longer_asked_for_are_a_warning(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    publish_gated(mall, stage(MONDAY))
    rows = all_rows()
    del rows[AUDIENCES]
    results = run_gates(mall, stage(TUESDAY, rows), Gates(), MODELS)
    (failed,) = [result for result in results if not result.passed]
    assert (failed.table, failed.model, failed.severity) == (*AUDIENCES, "warning")


def test_an_empty_audience_is_a_warning_and_few_rows_are_none(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    rows = all_rows()
    limits = Gates(min_rows={"item_similarities": 9, "user_recommendations": 9})
    results = run_gates(mall, stage(MONDAY, rows), limits, MODELS)
    assert [result for result in results if not result.passed] == []
    rows[AUDIENCES] = []
    results = run_gates(mall, stage(MONDAY, rows), limits, MODELS)
    failed = [(result.table, result.check, result.severity) for result in results if not result.passed]
    assert failed == [("item_audiences", "row_count", "warning")]


def test_another_table_that_is_missing_rejects_the_release(mall: Schemas, stage: Callable[..., int]) -> None:
    publish_gated(mall, stage(MONDAY))
    rows = all_rows()
    del rows["user_recommendations", "als"]
    with pytest.raises(RejectedReleaseError):
        run_gates(mall, stage(TUESDAY, rows), Gates(), MODELS)
