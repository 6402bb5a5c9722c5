"""A release that its gates have rejected: its tables stay, and it may be gated again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import TextClause, text

from include.errors import RejectedReleaseError
from include.settings import Gates
from include.warehouse.postgres import gates
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import record_checks, run_gates
from include.warehouse.postgres.releases import find_staged, publish_release
from include.warehouse.postgres.retention import apply_retention
from include.warehouse.postgres.store import drop_release_tables
from tests.warehouse.conftest import MODELS, MONDAY, all_rows, make_facts
from tests.warehouse.test_releases import ask

pytestmark = pytest.mark.integration

LOOSE = Gates()
STRICT = Gates(min_rows={"item_similarities": 10_000})


@pytest.fixture
def rejected(mall: Schemas, stage: Callable[..., int]) -> int:
    release_id = stage(MONDAY, all_rows(), facts=make_facts())
    with pytest.raises(RejectedReleaseError, match="failed row_count"):
        run_gates(mall, release_id, STRICT, MODELS)
    return release_id


def test_a_changed_limit_needs_no_new_staging(mall: Schemas, rejected: int) -> None:
    assert find_staged(mall, MONDAY) == rejected
    with pytest.raises(RejectedReleaseError, match="or change the limit and run the gate step again"):
        publish_release(mall, rejected)
    run_gates(mall, rejected, LOOSE, MODELS)
    assert ask(mall, "SELECT status, reason FROM releases") == [("staged", None)]
    assert publish_release(mall, rejected).is_current


def test_failing_again_states_the_reason_anew(mall: Schemas, rejected: int) -> None:
    with pytest.raises(RejectedReleaseError, match="20,000"):
        run_gates(mall, rejected, Gates(min_rows={"item_similarities": 20_000}), MODELS)
    reason = ask(mall, "SELECT reason FROM releases WHERE status = 'rejected'")[0][0]
    assert "20,000" in reason


def test_without_its_tables_it_is_staged_again(mall: Schemas, rejected: int) -> None:
    assert drop_release_tables(mall, rejected)
    with pytest.raises(RejectedReleaseError, match="its rows are gone; run the stage step first"):
        run_gates(mall, rejected, LOOSE, MODELS)
    with pytest.raises(RejectedReleaseError, match="its tables are gone"):
        record_checks(mall, rejected, [], passes_now=True)


def test_one_that_passes_after_days_is_not_abandoned(mall: Schemas, rejected: int) -> None:
    """Another date's publication may retire what is old before this one is published."""
    with mall.begin() as connection:
        connection.execute(text("UPDATE releases SET staged_at = staged_at - interval '3 days'"))
    run_gates(mall, rejected, LOOSE, MODELS)
    assert apply_retention(mall, 14) == []
    assert publish_release(mall, rejected).is_current


def test_a_kill_while_a_rejection_is_taken_back_leaves_it(
    mall: Schemas, rejected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(mall, "SELECT * FROM release_checks ORDER BY table_name, model, check_name")
    read = gates.read_statement

    def kill(name: str) -> TextClause:
        if name == "insert_check":
            raise KeyboardInterrupt
        return read(name)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(gates, "read_statement", kill)
        run_gates(mall, rejected, LOOSE, MODELS)
    assert ask(mall, "SELECT status FROM releases") == [("rejected",)]
    assert ask(mall, "SELECT * FROM release_checks ORDER BY table_name, model, check_name") == before
    run_gates(mall, rejected, LOOSE, MODELS)
    assert publish_release(mall, rejected).is_current


def test_a_release_from_before_a_column_passes(mall: Schemas, rejected: int) -> None:
    """Where null may stand for the column, its lists have none of it."""
    with mall.begin() as connection:
        connection.execute(
            text(f"UPDATE user_recommendations_lists_{rejected}_als SET because_item_id = NULL")
        )
    run_gates(mall, rejected, LOOSE, MODELS)
    assert publish_release(mall, rejected).is_current
    assert set(ask(mall, "SELECT because_item_id FROM user_recommendations_current")) == {(None,)}
