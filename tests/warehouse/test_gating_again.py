"""A release that its gates have rejected: its tables stay, and it may be gated again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.errors import RejectedReleaseError
from include.settings import Gates
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.releases import find_staged, publish_release, stage_rejected
from include.warehouse.postgres.store import drop_release_tables
from tests.warehouse.conftest import MODELS, MONDAY, all_rows, make_facts
from tests.warehouse.test_releases import ask

pytestmark = pytest.mark.integration

LOOSE = Gates(min_rows=1)
STRICT = Gates(min_rows=10_000)


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
        run_gates(mall, rejected, Gates(min_rows=20_000), MODELS)
    reason = ask(mall, "SELECT reason FROM releases WHERE status = 'rejected'")[0][0]
    assert "20,000" in reason


def test_without_its_tables_it_is_staged_again(mall: Schemas, rejected: int) -> None:
    assert drop_release_tables(mall, rejected)
    with pytest.raises(RejectedReleaseError, match="run the stage step first"):
        run_gates(mall, rejected, LOOSE, MODELS)
    with pytest.raises(RejectedReleaseError, match="its tables are gone"):
        stage_rejected(mall, rejected)
