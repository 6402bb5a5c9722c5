"""What the gates make of a window's own numbers, beside those of the releases before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.errors import RejectedReleaseError
from include.settings import Gates
from include.warehouse.base import CheckResult
from include.warehouse.facts import WindowFacts
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import judge_window, run_gates
from include.warehouse.postgres.releases import publish_release
from include.warehouse.window_checks import EarlierWindow, Window, check_window
from tests.warehouse.conftest import MODELS, all_rows, make_facts

pytestmark = pytest.mark.integration

LAST = date(2024, 3, 31)
Stage = Callable[..., Any]


def before(days: int) -> date:
    return LAST - timedelta(days=days)


def make_window(as_of: date, length: int = 30, **facts: Any) -> dict[str, Any]:
    """What a run says of a window of that many days."""
    first = as_of - timedelta(days=length - 1)
    return {"window_start": first, "window_end": as_of, "facts": make_facts(**facts)}


def check(schemas: Schemas, release_id: int, **limits: float) -> dict[str, CheckResult]:
    with schemas.begin() as connection:
        results = judge_window(connection, release_id, Gates(**limits))
    assert all((result.table, result.model) == ("window", "") for result in results)
    return {result.check: result for result in results}


def list_failed(results: dict[str, CheckResult]) -> dict[str, str]:
    return {name: result.severity for name, result in results.items() if not result.passed}


def count_days(counts: dict[date, tuple[int, float | None]]) -> dict[str, Any]:
    return {day.isoformat(): {"lines": lines, "usual": usual} for day, (lines, usual) in counts.items()}


def test_a_window_is_judged_by_its_numbers_alone() -> None:
    facts = WindowFacts.from_json(make_facts())
    window = Window(purchases=100, users=10, items=6, days=30, facts=facts)
    usual = EarlierWindow(before(1), 300, 10, 30, 1.0, facts, is_comparable=True)
    other = EarlierWindow(before(2), 900, 90, 30, 1.0, None, is_comparable=False)
    failed = [result.check for result in check_window(window, [usual, other], Gates()) if not result.passed]
    assert failed == ["usual_lines"]
    assert check_window(replace(window, facts=None), [usual], Gates()) == []


def test_a_release_without_facts_is_not_judged_by_them(mall: Schemas, stage: Stage) -> None:
    assert check(mall, stage(LAST)) == {}


def test_a_sound_window_passes(mall: Schemas, stage: Stage, publish: Stage) -> None:
    publish(before(1), **make_window(before(1)))
    days = count_days({LAST: (100, 110.0), before(1): (90, None)})
    results = check(mall, stage(LAST, **make_window(LAST, days=days)))
    assert list_failed(results) == {}
    assert results.keys() == {
        "known_items",
        "known_items_drop",
        "days_with_lines",
        "usual_lines",
        "usual_users",
        "usual_days",
        "day_lines",
        "day_lines_low",
    }
    assert (
        results["day_lines"].observed == "1 days judged, 2024-03-31 with the least: 90.9% of its usual lines"
    )


def test_what_is_known_is_in_releases_for_people_to_read(mall: Schemas, publish: Stage) -> None:
    publish(LAST, **make_window(LAST, known_items=3, days_with_lines=28, is_young=True))
    query = "SELECT known_item_share, days_with_lines, is_young, absent_items FROM releases_current"
    with mall.begin() as connection:
        assert connection.execute(text(query)).one() == (0.5, 28, True, "unavailable")
        facts = connection.execute(text("SELECT facts FROM releases")).scalar_one()
    assert facts == json.loads(json.dumps(make_facts(known_items=3, days_with_lines=28, is_young=True)))


def test_without_a_catalogue_there_is_no_share_and_no_gate(mall: Schemas, stage: Stage) -> None:
    facts = {"catalogue_items": 0, "known_items": 0, "absent_items": "available"}
    assert "known_items" not in check(mall, stage(LAST, **make_window(LAST, **facts)))
    with mall.begin() as connection:
        assert connection.execute(text("SELECT known_item_share FROM releases")).scalar_one() is None


def test_a_catalogue_that_does_not_know_what_was_bought(mall: Schemas, stage: Stage) -> None:
    release_id = stage(LAST, **make_window(LAST, known_items=2))
    result = check(mall, release_id)["known_items"]
    assert (result.severity, result.passed) == ("critical", False)
    assert result.observed == "2 of 6 bought items (33.3%) are in the catalogue"
    assert "deliver the whole catalogue" in result.expected
    assert check(mall, release_id, min_known_items=1 / 3)["known_items"].passed


def test_ids_without_their_zeros_are_named_as_the_likely_reason(mall: Schemas, stage: Stage) -> None:
    release_id = stage(LAST, **make_window(LAST, known_items=0, loosely_known_items=5))
    with pytest.raises(RejectedReleaseError) as caught:
        run_gates(mall, release_id, Gates(), MODELS)
    assert str(caught.value) == (
        "mall 2024-03-31: release 1 was rejected, because window failed known_items: observed 0 of 6 bought"
        " items (0.0%) are in the catalogue, and 5 more would be if neither leading zeros nor case counted,"
        " expected: at least 50.0% of them; ids that differ by leading zeros or case are different items:"
        " have the mall deliver one form in purchases and products, or set id_case of both where only the"
        " case differs, or lower gates.min_known_items; readers go on seeing the release before it."
    )
    with mall.begin() as connection:
        query = "SELECT check_name FROM release_checks WHERE table_name = 'window' AND NOT passed"
        assert connection.execute(text(query)).scalars().all() == ["known_items"]


def test_a_few_ids_that_differ_by_zeros_are_counted_and_not_taken_as_the_reason(
    mall: Schemas, stage: Stage
) -> None:
    result = check(mall, stage(LAST, **make_window(LAST, known_items=2, loosely_known_items=1)))[
        "known_items"
    ]
    assert ", and 1 more would be if neither leading zeros nor case counted" in result.observed
    assert "deliver the whole catalogue" in result.expected


def test_a_share_that_falls_is_compared_with_the_median_before(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    for age, known in ((4, 6), (3, 6), (2, 6), (1, 3)):
        publish(before(age), **make_window(before(age), known_items=known))
    release_id = stage(LAST, **make_window(LAST, known_items=4))
    result = check(mall, release_id)["known_items_drop"]
    assert (result.severity, result.passed) == ("critical", False)
    assert result.expected.startswith(
        "At least 80.0% of them, since 100.0% is the median of the 4 releases before it; have the mall"
    )
    assert check(mall, release_id, max_known_items_drop=1 / 3)["known_items_drop"].passed


def test_a_window_of_one_day_in_thirty_is_rejected(mall: Schemas, stage: Stage) -> None:
    release_id = stage(LAST, **make_window(LAST, days_with_lines=1))
    results = check(mall, release_id)
    assert list_failed(results) == {"days_with_lines": "critical"}
    assert results["days_with_lines"].observed == "1 of 30 open days (3.3%)"
    assert list_failed(check(mall, release_id, min_window_days=1 / 30)) == {}


def test_a_young_mall_is_neither_measured_by_a_full_window_nor_its_measure(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    # The numbers of users are made up, and have nothing to do with those of the tables.
    young = {"is_young": True, "open_days": 3, "days_with_lines": 1}
    publish(before(2), users=1000, **make_window(before(2)))
    release_id = stage(before(1), users=10, **make_window(before(1), length=3, **young))
    assert not check(mall, release_id).keys() & {"days_with_lines", "usual_users", "usual_days"}
    run_gates(mall, release_id, Gates(min_user_coverage=0), MODELS)
    publish_release(mall, release_id)

    rows = all_rows()
    rows["item_similarities", "cosine"] = rows["item_similarities", "cosine"][:-20]
    release_id = stage(LAST, rows, users=400, **make_window(LAST))
    assert "the 1,000 that are the median of the release before it" in (
        check(mall, release_id)["usual_users"].expected
    ), "the young release between them is left out"
    results = run_gates(
        mall, release_id, Gates(min_window_share=0.1, min_item_coverage=0, min_user_coverage=0), MODELS
    )
    assert "row_count_change" not in {result.check for result in results}


@pytest.mark.parametrize("what", ["lines", "users", "days"])
def test_a_number_far_below_the_usual_one(mall: Schemas, stage: Stage, publish: Stage, what: str) -> None:
    def make(as_of: date, number: int) -> dict[str, Any]:
        numbers = {"lines": 1000, "users": 300, "days": 30} | {what: number}
        window = make_window(as_of, days_with_lines=numbers["days"])
        return window | {"purchases": numbers["lines"], "users": numbers["users"]}

    usual = {"lines": 1000, "users": 300, "days": 30}[what]
    for age, share in ((3, 1), (2, 0.6), (1, 1.2)):
        publish(before(age), **make(before(age), int(usual * share)))
    enough = stage(LAST, **make(LAST, usual // 2))
    assert list_failed(check(mall, enough)) == {}
    low = stage(LAST, **make(LAST, usual // 2 - 1))
    results = check(mall, low, min_window_days=0)
    assert list_failed(results) == {f"usual_{what}": "critical"}
    assert f"{usual:,} that are the median of the 3 releases before" in results[f"usual_{what}"].expected
    assert list_failed(check(mall, low, min_window_days=0, min_window_share=0.3)) == {}


def test_releases_of_later_dates_other_lengths_and_no_standing_are_no_measure(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    publish(before(3), purchases=9_000, **make_window(before(3), length=60))
    publish(before(2), purchases=9_000, **make_window(before(2)))
    publish(before(2), purchases=100, **make_window(before(2)))
    publish(LAST, purchases=9_000, **make_window(LAST))
    stage(before(1), purchases=9_000, **make_window(before(1)))
    results = check(mall, stage(before(1), purchases=60, **make_window(before(1))))
    assert results["usual_lines"].passed
    assert "the 100 that are the median of the release before" in results["usual_lines"].expected


def test_a_window_of_less_than_a_week_has_other_weekdays_than_the_one_before(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    for length, compared in ((6, False), (7, True)):
        publish(before(1), purchases=1_000, **make_window(before(1), length))
        results = check(mall, stage(LAST, purchases=100, **make_window(LAST, length)))
        assert ("usual_lines" in results) == compared


def test_expired_releases_are_a_measure_and_rolled_back_ones_are_not(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    bad = publish(before(2), purchases=9_000, **make_window(before(2))).release_id
    good = publish(before(1), purchases=100, **make_window(before(1))).release_id
    with mall.begin() as connection:
        for release_id, status in ((bad, "rolled_back"), (good, "expired")):
            connection.execute(
                text("UPDATE releases SET status = :status, is_current = false WHERE release_id = :id"),
                {"status": status, "id": release_id},
            )
    results = check(mall, stage(LAST, purchases=60, **make_window(LAST)))
    assert "the 100 that are the median of the release before" in results["usual_lines"].expected


def test_a_day_of_ten_lines_is_rejected_and_a_quiet_one_is_a_warning(mall: Schemas, stage: Stage) -> None:
    days = count_days(
        {LAST: (10, 1505.0), before(1): (700, 1500.0), before(2): (0, 0.0), before(3): (0, None)}
    )
    release_id = stage(LAST, **make_window(LAST, days=days))
    results = check(mall, release_id)
    assert list_failed(results) == {"day_lines": "critical", "day_lines_low": "warning"}
    assert results["day_lines"].observed == "2024-03-31 has 10 lines, usually 1,505"
    assert results["day_lines_low"].observed == "2024-03-30 has 700 lines, usually 1,500"
    for cure in ("ingest it again", "calendar.closed_dates", "lower gates.min_day_share"):
        assert cure in results["day_lines"].expected
    assert list_failed(check(mall, release_id, min_day_share=0.005, warn_day_share=0)) == {}


def test_an_empty_day_is_a_warning_and_one_whose_lines_were_all_refused_is_rejected(
    mall: Schemas, stage: Stage
) -> None:
    days = count_days({LAST: (0, 1505.0)})
    results = check(mall, stage(LAST, **make_window(LAST, days=days)))
    assert list_failed(results) == {"day_lines": "critical"}
    days[LAST.isoformat()]["is_empty"] = True
    results = check(mall, stage(LAST, **make_window(LAST, days=days)))
    assert list_failed(results) == {"day_lines_low": "warning"}
    assert results["day_lines_low"].observed == "2024-03-31 has 0 lines, usually 1,505"
    assert "calendar.closed_dates" in results["day_lines_low"].expected


def test_many_bad_days_are_counted(mall: Schemas, stage: Stage) -> None:
    days = count_days({before(age): (0, 9.0) for age in range(7)})
    result = check(mall, stage(LAST, **make_window(LAST, days=days)))["day_lines"]
    assert result.observed.count("has 0 lines, usually 9") == 5
    assert result.observed.endswith(" and 2 more days")


def test_a_day_that_was_let_pass_is_judged_again_only_when_it_changes(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    quiet = {before(1): (10, 1505.0), before(2): (1500, 1505.0)}
    publish(before(1), **make_window(before(1), days=count_days(quiet)))
    good = {LAST: (1400, 1505.0)}
    results = check(mall, stage(LAST, **make_window(LAST, days=count_days(quiet | good))))
    assert list_failed(results) == {}
    assert results["day_lines"].observed.startswith("1 days judged, 2024-03-31")
    worse = {before(2): (12, 1505.0)}
    results = check(mall, stage(LAST, **make_window(LAST, days=count_days(quiet | good | worse))))
    assert results["day_lines"].observed == "2024-03-29 has 12 lines, usually 1,505"


def test_days_of_a_release_from_before_these_checks_are_taken_as_judged(
    mall: Schemas, stage: Stage, publish: Stage
) -> None:
    publish(before(1))
    days = count_days({before(1): (10, 1505.0), LAST: (10, 1505.0)})
    result = check(mall, stage(LAST, **make_window(LAST, days=days)))["day_lines"]
    assert result.observed == "2024-03-31 has 10 lines, usually 1,505"
