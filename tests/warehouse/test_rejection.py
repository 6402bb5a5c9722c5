"""The sentence that on-call reads of a rejected release."""

from __future__ import annotations

from datetime import date

from include.warehouse.base import CheckResult
from include.warehouse.rejection import PRESENCE, describe_rejection, explain_rejection


def fail(
    table: str, model: str = "", check: str = "unique_key", observed: str = "1 that break it"
) -> CheckResult:
    return CheckResult(table, model, check, "critical", False, observed, "No two rows have the same item_id")


def test_one_check_is_told_with_its_rows() -> None:
    reason = explain_rejection([fail("products", observed="1 that break it, such as 'P1'")], "mall", 12)
    assert describe_rejection("mall", date(2024, 1, 1), 12, reason) == (
        "mall 2024-01-01: release 12 was rejected, because products failed unique_key: observed 1 that break"
        " it, such as 'P1', expected: no two rows have the same item_id; look at its rows: SELECT * FROM"
        " mall.products_rejected WHERE release_id = 12; readers go on seeing the release before it."
    )


def test_three_are_told_and_the_others_counted() -> None:
    failed = [fail("products", check=f"check_{n}") for n in range(5)]
    for count, more in ((3, None), (4, "1 more check in"), (5, "2 more checks in")):
        reason = explain_rejection(failed[:count], "mall", 12)
        assert [f"check_{n}:" in reason for n in range(5)] == [True] * 3 + [False] * 2
        assert ("more check" in reason) == (more is not None)
        assert more is None or f"; and {more} mall.release_checks of release_id 12; look" in reason


def test_the_rows_of_the_first_table_that_has_any_are_pointed_at() -> None:
    window = fail("window", check="known_items")
    absent = fail("user_recommendations", "als", PRESENCE)
    model = fail("", "als", "model_is_staged")
    assert "SELECT" not in explain_rejection([window, absent, model], "mall", 12)
    reason = explain_rejection([window, absent, fail("item_similarities", "cosine")], "mall", 12)
    assert reason.endswith(
        "SELECT * FROM mall.item_similarities_rejected WHERE release_id = 12 AND model = 'cosine'"
    )
    assert "the model (als) failed model_is_staged" in explain_rejection([model], "mall", 12)
