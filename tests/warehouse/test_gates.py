from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from include.errors import RejectedReleaseError, WarehouseUnavailableError
from include.models.base import ScoreRange
from include.settings import Gates
from include.warehouse.base import CheckResult
from include.warehouse.postgres.checks import COVERED, Check, list_limits, read_checks
from include.warehouse.postgres.connection import Schemas, explain_failures
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.releases import publish_release
from include.warehouse.postgres.staged_tables import StagedTables
from include.warehouse.postgres.statements import FOLDER, read_file
from include.warehouse.postgres.store import list_stored_tables
from tests.warehouse.conftest import MODELS, MONDAY, SCHEMA, TUESDAY, WEDNESDAY, Rows, all_rows

pytestmark = pytest.mark.integration

Break = Callable[[Rows], Any]


def change(row: int, **values: Any) -> Break:
    return lambda rows: rows[row].update(values)


def repeat_row(rows: Rows) -> None:
    rows.append(dict(rows[0]))


def drop_rank_two(rows: Rows) -> None:
    rows[:] = [row for row in rows if row["rank"] != 2]


def swap(column: str) -> Break:
    def swap_values(rows: Rows) -> None:
        rows[0][column], rows[1][column] = rows[1][column], rows[0][column]

    return swap_values


SIMILAR, ALS = ("item_similarities", "cosine"), ("item_similarities", "als")
USER, BEST, RECENT = ("user_recommendations", "als"), ("best_sellers", ""), ("recent_items", "")
ADS, PRODUCTS = ("ad_candidates", ""), ("products", "")

BREAKS: list[tuple[tuple[str, str], str, Break]] = [
    *((key, "unique_key", repeat_row) for key in (SIMILAR, USER, BEST, RECENT, ADS, PRODUCTS)),
    *((key, "ranks_without_gaps", drop_rank_two) for key in (SIMILAR, USER, BEST, RECENT, ADS)),
    (SIMILAR, "ranks_without_gaps", change(0, rank=0)),
    (SIMILAR, "scores_fall_with_rank", swap("score")),
    (USER, "scores_fall_with_rank", swap("score")),
    (BEST, "buyers_fall_with_rank", swap("buyers")),
    (RECENT, "newest_first", swap("occurred_at")),
    (SIMILAR, "no_repeated_item", change(0, similar_item_id="P3")),
    *((key, "no_repeated_item", change(0, item_id="P2")) for key in (USER, BEST, RECENT, ADS)),
    (SIMILAR, "no_self_recommendation", change(0, similar_item_id="P1")),
    (USER, "no_self_recommendation", change(0, because_item_id="P1")),
    (ADS, "no_self_recommendation", change(0, because_item_id="P1")),
    *((SIMILAR, "scores_in_range", change(0, score=score)) for score in (math.nan, math.inf, 1.5)),
    *((SIMILAR, "scores_in_range", change(4, score=score)) for score in (0.0, -0.5, -math.inf)),
    *((ALS, "scores_in_range", change(4, score=score)) for score in (math.nan, -math.inf, -1.5)),
    *((USER, "scores_in_range", change(0, score=score)) for score in (math.nan, math.inf, -math.inf)),
    *((ADS, "scores_are_finite", change(3, score=score)) for score in (math.nan, -math.inf)),
    (SIMILAR, "co_buyers_in_range", change(0, co_buyers=0)),
    (ALS, "co_buyers_in_range", change(0, co_buyers=-1)),
    (BEST, "numbers_in_range", change(0, revenue=math.nan)),
    (BEST, "numbers_in_range", change(0, purchases=1)),
    (BEST, "numbers_in_range", change(2, buyers=0)),
    *((PRODUCTS, "prices_in_range", change(0, price=price)) for price in (math.nan, math.inf, -1.0)),
    *((key, "ids_in_window", change(0, item_id="X")) for key in (SIMILAR, USER, BEST, RECENT, ADS)),
    (SIMILAR, "ids_in_window", change(0, similar_item_id="X")),
    *((key, "ids_in_window", change(0, user_id="X")) for key in (USER, RECENT, ADS)),
    *((key, "ids_in_window", change(0, because_item_id="X")) for key in (USER, ADS)),
]


def run(schemas: Schemas, release_id: int, limits: Gates | None = None) -> list[CheckResult]:
    return run_gates(schemas, release_id, limits or Gates(), MODELS)


def failures(schemas: Schemas, release_id: int) -> dict[tuple[str, str, str], Any]:
    with schemas.begin() as connection:
        rows = connection.execute(
            text("SELECT * FROM release_checks WHERE release_id = :id AND NOT passed"), {"id": release_id}
        )
        return {(row.table_name, row.model, row.check_name): row for row in rows}


def test_a_sound_release_passes_every_check(mall: Schemas, stage: Callable[..., int]) -> None:
    results = run(mall, stage(MONDAY))
    assert [result for result in results if not result.passed] == []
    written = {(path.parent.parent.name, path.stem) for path in FOLDER.glob("*/checks/*.sql")}
    assert written <= {(result.table, result.check) for result in results}


def test_every_check_file_is_shown_to_fail() -> None:
    written = {(path.parent.parent.name, path.stem) for path in FOLDER.glob("*/checks/*.sql")}
    assert written == {(table, check) for (table, _), check, _ in BREAKS}


@pytest.mark.parametrize(
    ("key", "check", "break_rows"),
    BREAKS,
    ids=[f"{n}-{'.'.join(k)}-{c}" for n, (k, c, _) in enumerate(BREAKS)],
)
def test_a_broken_table_is_rejected(
    mall: Schemas, publish: Callable[..., Any], stage: Callable[..., int], key: tuple[str, str], check: str,
    break_rows: Break,
) -> None:  # fmt: skip
    before = publish(MONDAY)
    rows = all_rows()
    break_rows(rows[key])
    release_id = stage(TUESDAY, rows)
    with pytest.raises(RejectedReleaseError, match=f"release {release_id} was rejected.*observed.*expected"):
        run(mall, release_id)
    assert (*key, check) in failures(mall, release_id)
    with mall.begin() as connection:
        release = connection.execute(
            text("SELECT * FROM releases WHERE release_id = :id"), {"id": release_id}
        ).one()
        assert release.status == "rejected"
        assert "failed" in release.reason
        seen = connection.execute(text(f"SELECT DISTINCT as_of_date FROM {key[0]}")).scalars().all()
        assert seen == [before.as_of_date]
        assert list_stored_tables(connection, mall, release_id), "they stay to be looked into"
    with pytest.raises(RejectedReleaseError, match=r"is rejected.*run the stage step again"):
        publish_release(mall, release_id)


def test_the_sentence_names_table_check_observed_and_expected(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    rows = all_rows()
    rows[SIMILAR][0]["similar_item_id"] = "P1"
    with pytest.raises(RejectedReleaseError) as caught:
        run(mall, stage(MONDAY, rows))
    assert str(caught.value) == (
        "mall 2024-01-01: release 1 was rejected, because item_similarities (cosine) failed"
        " no_self_recommendation: observed 1 that break it, such as 'P1', expected: no item is its own"
        " neighbour; readers go on seeing the release before it."
    )


def test_user_ids_are_not_given_as_examples(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    rows[USER][0]["user_id"] = "someone@example.com"
    release_id = stage(MONDAY, rows)
    with pytest.raises(RejectedReleaseError):
        run(mall, release_id)
    assert "someone" not in str(failures(mall, release_id))


@pytest.mark.parametrize(
    ("limits", "check"),
    [
        (Gates(min_rows=10_000), "row_count"),
        (Gates(min_item_coverage=1.0), "item_coverage"),
        (Gates(min_user_coverage=1.0), "user_coverage"),
    ],
)
def test_limits(mall: Schemas, stage: Callable[..., int], limits: Gates, check: str) -> None:
    rows = all_rows()
    for key in (SIMILAR, ALS):
        rows[key] = [row for row in rows[key] if row["item_id"] != "P6"]
    for key in (USER, RECENT, ADS):
        rows[key] = [row for row in rows[key] if row["user_id"] != "C"]
    assert [result for result in run(mall, stage(MONDAY, rows)) if not result.passed] == []
    release_id = stage(MONDAY, rows)
    with pytest.raises(RejectedReleaseError):
        run(mall, release_id, limits)
    kinds = {"item_coverage": "items", "user_coverage": "users"}
    tables = {"item_similarities", "user_recommendations"}
    if check in kinds:
        tables = {table for table, (_, kind) in COVERED.items() if kind == kinds[check]}
    failed = failures(mall, release_id)
    assert {(table, name) for table, _, name in failed} == {(table, check) for table in tables}
    if check == "item_coverage":
        row = failed[(*SIMILAR, check)]
        assert (row.observed, row.expected) == ("5 (83.3%)", "at least 100.0% of the window's 6 items")


@pytest.mark.parametrize(
    ("stated", "score", "observed"),
    [
        (ScoreRange(0.0, 1.0), 0.0, None),
        (ScoreRange(0.0, 1.0), 1.000001, None),
        (ScoreRange(None, None), -1e30, None),
        (ScoreRange(0.0, None), 1e30, None),
        (ScoreRange(0.0, 1.0, above_low=True), 0.0, "1 that break it, such as 'P1'"),
        (ScoreRange(0.0, None), -0.001, "1 that break it, such as 'P1'"),
        (ScoreRange(None, 1.0), 1.001, "1 that break it, such as 'P1'"),
        (ScoreRange(None, None), math.inf, "1 that break it, such as 'P1'"),
        (None, math.nan, "1 that break it, such as 'P1'"),
    ],
)
def test_scores_are_in_the_range_that_the_model_states(
    mall: Schemas, stage: Callable[..., int], stated: ScoreRange | None, score: float, observed: str | None
) -> None:
    rows = all_rows()
    for row in rows[USER]:
        row["score"] = score if row["user_id"] == rows[USER][0]["user_id"] else 0.5
    release_id = stage(MONDAY, rows)
    models = MODELS | {"als": {} if stated is None else {"user_recommendations": stated}}
    with suppress(RejectedReleaseError):
        run_gates(mall, release_id, Gates(), models)
    failed = failures(mall, release_id)
    assert set(failed) == (set() if observed is None else {(*USER, "scores_in_range")})
    expected = f"Every score is a finite number in {stated or ScoreRange(None, None)}"
    for row in failed.values():
        assert (row.observed, row.expected) == (observed, expected)


def test_ranges_are_written_as_intervals() -> None:
    assert str(ScoreRange(0.0, 1.0, above_low=True)) == "(0, 1]"
    assert str(ScoreRange(-1.0, 1.0)) == "[-1, 1]"
    assert str(ScoreRange(None, None)) == "(-∞, ∞)"
    assert str(ScoreRange(0.5, None)) == "[0.5, ∞)"


def test_a_table_without_rows_is_rejected_but_a_mall_may_have_no_catalogue(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    results = run(mall, stage(MONDAY, all_rows() | {PRODUCTS: []}))
    assert {result.check for result in results if not result.passed} == {"row_count"}
    release_id = stage(MONDAY, all_rows() | {BEST: []})
    with pytest.raises(RejectedReleaseError, match="best_sellers failed row_count: observed 0"):
        run(mall, release_id)


def test_a_model_that_staged_nothing(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = {key: value for key, value in all_rows().items() if key[1] != "als"}
    with pytest.raises(RejectedReleaseError, match=r"the model \(als\) failed model_is_staged: observed 0"):
        run(mall, stage(MONDAY, rows))


def test_a_table_that_was_there_the_day_before(mall: Schemas, stage: Callable[..., int]) -> None:
    release_id = stage(MONDAY)
    run(mall, release_id)
    publish_release(mall, release_id)
    rows = all_rows()
    del rows[USER]
    with pytest.raises(RejectedReleaseError, match=r"user_recommendations \(als\) failed table_is_staged"):
        run(mall, stage(TUESDAY, rows))
    without_als = {key: value for key, value in all_rows().items() if key[1] != "als"}
    assert run_gates(mall, stage(WEDNESDAY, without_als), Gates(), {"cosine": MODELS["cosine"]})


def test_a_jump_in_rows_is_a_warning_that_publishes(
    mall: Schemas, stage: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    release_id = stage(MONDAY)
    run(mall, release_id)
    publish_release(mall, release_id)
    rows = all_rows()
    rows[SIMILAR] = [row for row in rows[SIMILAR] if row["rank"] <= 2]
    release_id = stage(TUESDAY, rows)
    with caplog.at_level(logging.WARNING):
        results = run(mall, release_id)
    failed = [result for result in results if not result.passed]
    assert [(r.table, r.model, r.check, r.severity, r.observed) for r in failed] == [
        (*SIMILAR, "row_count_change", "warning", "12")
    ]
    assert failed[0].expected == "within 50% of the 30 rows of release 1"
    assert "row_count_change" in caplog.text
    assert publish_release(mall, release_id).is_current


def test_the_gate_never_says_the_password(
    mall: Schemas, stage: Callable[..., int], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        run(mall, stage(MONDAY))
    said = capfd.readouterr()
    assert str(mall.engine.url.password) not in caplog.text + said.out + said.err
    assert "Calculating Metrics" not in said.out + said.err


def test_only_a_release_that_was_staged_is_gated(mall: Schemas, publish: Callable[..., Any]) -> None:
    with pytest.raises(RejectedReleaseError, match="release 99 does not exist"):
        run(mall, 99)
    superseded = publish(MONDAY).release_id
    publish(MONDAY)
    with pytest.raises(RejectedReleaseError, match="is superseded; run the stage step"):
        run(mall, superseded)


def test_check_files_state_severity_and_sentence() -> None:
    schemas = Schemas(create_engine("postgresql+psycopg://"), SCHEMA)
    for path in FOLDER.glob("*/checks"):
        for check in read_checks(schemas, path.parent.name, 1, "cosine"):
            assert check.severity in ("critical", "warning")
            assert check.expected[0].isupper()
            query = read_file(f"{path.parent.name}/checks/{check.name}.sql")
            assert "{batch}" in query or "{lists}" in query
            assert "{lists}" not in query or (path.parent / "lists.sql").exists()


def test_shares_of_small_windows_are_counted_upwards() -> None:
    window = {"items": 3, "users": 10}
    coverage = {
        check.name: check.low
        for table in COVERED
        for check in list_limits(table, Gates(min_item_coverage=0.34, min_user_coverage=0.3), window, None)
    }
    assert (coverage["item_coverage"], coverage["user_coverage"]) == (2, 3)


def test_a_warehouse_that_stops_before_the_gates_is_a_sentence(mall: Schemas) -> None:
    engine = create_engine(mall.engine.url.set(port=1, password="hush"))
    with (
        pytest.raises(WarehouseUnavailableError, match="does not answer") as caught,
        explain_failures(engine),
    ):
        StagedTables(Schemas(engine, SCHEMA))
    assert "hush" not in str(caught.value)


def test_a_check_that_cannot_be_run_is_no_pass(mall: Schemas, stage: Callable[..., int]) -> None:
    stage(MONDAY)
    staged = StagedTables(mall)
    broken = Check("broken", "critical", "It runs", query="SELECT no_such_column FROM {batch}")
    with pytest.raises(WarehouseUnavailableError, match="The check broken of products could not be run"):
        staged.run_checks("products", "", 1, [broken])
    staged.close()


@pytest.mark.parametrize("at", ["before the first query", "between two tables"])
def test_a_connection_that_breaks_while_the_gates_run_is_a_sentence(
    mall: Schemas, stage: Callable[..., int], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    release_id = stage(MONDAY)
    calls: list[str] = []
    run_checks = StagedTables._run_checks

    def break_off(self: StagedTables, table: str, *args: Any) -> list[CheckResult]:
        calls.append(table)
        if len(calls) == (1 if at == "before the first query" else 3):
            with mall.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        return run_checks(self, table, *args)

    monkeypatch.setattr(StagedTables, "_run_checks", break_off)
    with pytest.raises(WarehouseUnavailableError) as caught, explain_failures(mall.engine):
        run(mall, release_id)
    assert "is shutting down or restarting" in str(caught.value)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert run(mall, release_id), "the release is still staged, and gated by the next try"


def test_gating_a_published_release_again_changes_nothing(mall: Schemas, stage: Callable[..., int]) -> None:
    release_id = stage(MONDAY)
    first = run(mall, release_id)
    publish_release(mall, release_id)
    again = run(mall, release_id, Gates(min_rows=1_000_000))
    assert sorted(again, key=str) == sorted(first, key=str)


def test_a_release_that_another_run_stages_again_while_it_is_gated_is_a_sentence(
    mall: Schemas, stage: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    release_id = stage(MONDAY)
    run_checks = StagedTables._run_checks
    others: list[int] = []

    def stage_again(self: StagedTables, *args: Any) -> list[CheckResult]:
        if not others:
            others.append(stage(MONDAY))
        return run_checks(self, *args)

    monkeypatch.setattr(StagedTables, "_run_checks", stage_again)
    with pytest.raises(RejectedReleaseError, match=rf"release {release_id} is rejected \(Staged again"):
        run(mall, release_id)
    assert run(mall, others[0])
