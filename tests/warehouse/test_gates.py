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
from include.tables import RELEASE_TABLES, load_table
from include.warehouse.base import CheckResult
from include.warehouse.checks import Check, list_rules
from include.warehouse.postgres.checks import Question, ask_leaf
from include.warehouse.postgres.connection import Schemas, explain_failures
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.names import name_leaf
from include.warehouse.postgres.releases import publish_release
from include.warehouse.postgres.staged_tables import StagedTables
from include.warehouse.postgres.statements import FOLDER
from include.warehouse.postgres.store import StoredTable
from tests.warehouse.breaks import ADS, ALS, BEST, BREAKS, PRODUCTS, RECENT, SIMILAR, USER, Break
from tests.warehouse.conftest import MODELS, MONDAY, SCHEMA, TUESDAY, WEDNESDAY, all_rows

pytestmark = pytest.mark.integration


def run(schemas: Schemas, release_id: int, limits: Gates | None = None) -> list[CheckResult]:
    return run_gates(schemas, release_id, limits or Gates(), MODELS)


def failures(schemas: Schemas, release_id: int) -> dict[tuple[str, str, str], Any]:
    with schemas.begin() as connection:
        rows = connection.execute(
            text("SELECT * FROM release_checks WHERE release_id = :id AND NOT passed"), {"id": release_id}
        )
        return {(row.table_name, row.model, row.check_name): row for row in rows}


def list_checks() -> set[tuple[str, str]]:
    """Every rule of every table, those of files of its own included."""
    declared = {(table, rule.name) for table in RELEASE_TABLES for rule in list_rules(load_table(table))}
    return declared | {(path.parent.parent.name, path.stem) for path in FOLDER.glob("*/checks/*.sql")}


def test_a_sound_release_passes_every_check(mall: Schemas, stage: Callable[..., int]) -> None:
    results = run(mall, stage(MONDAY))
    assert [result for result in results if not result.passed] == []
    assert list_checks() <= {(result.table, result.check) for result in results}


def test_every_check_of_every_table_is_shown_to_fail() -> None:
    assert {(broken.key[0], broken.check) for broken in BREAKS} == list_checks()


def test_no_two_checks_of_a_table_have_one_name() -> None:
    for table in RELEASE_TABLES:
        names = [rule.name for rule in list_rules(load_table(table))]
        names += [path.stem for path in (FOLDER / table / "checks").glob("*.sql")]
        assert len(names) == len(set(names)), table


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{n}-{b.key[0]}-{b.check}" for n, b in enumerate(BREAKS)])
def test_a_broken_table_is_rejected_by_that_check_and_no_other(
    mall: Schemas, publish: Callable[..., Any], stage: Callable[..., int], broken: Break
) -> None:
    before = publish(MONDAY)
    rows = all_rows()
    broken.change_rows(rows[broken.key])
    release_id = stage(TUESDAY, rows)
    with mall.begin(store_first=True) as connection:
        for statement in broken.compose_statements(release_id):
            connection.execute(text(statement))
    with pytest.raises(RejectedReleaseError, match=f"release {release_id} was rejected.*observed.*expected"):
        run(mall, release_id)
    critical = {name for name, row in failures(mall, release_id).items() if row.severity == "critical"}
    assert critical == {(*broken.key, name) for name in (broken.check, *broken.also)}
    with mall.begin() as connection:
        release = connection.execute(
            text("SELECT * FROM releases WHERE release_id = :id"), {"id": release_id}
        ).one()
        assert release.status == "rejected"
        assert "failed" in release.reason
        seen = connection.execute(text(f"SELECT DISTINCT as_of_date FROM {broken.key[0]}")).scalars().all()
        assert seen == [before.as_of_date]
    with pytest.raises(RejectedReleaseError, match=r"is rejected.* again"):
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
        " no_self_recommendation: observed 1 that break it, such as 'P1', expected: no similar_item_id is its"
        " own item_id; look at its rows: SELECT * FROM mall.item_similarities_rejected WHERE release_id = 1"
        " AND model = 'cosine'; readers go on seeing the release before it."
    )


def test_the_sentence_names_three_checks_in_full_and_counts_the_others(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    rows = all_rows()
    for row in rows[SIMILAR]:
        row["co_buyers"] = 0
    rows[BEST][1] |= {"item_id": "X", "revenue": math.inf}
    rows[BEST][4] |= {"item_id": "Y", "purchases": 0}
    release_id = stage(MONDAY, rows)
    with pytest.raises(RejectedReleaseError) as caught:
        run(mall, release_id)
    said = str(caught.value)
    assert [said.count(f"failed {name}: observed") for name in ("ids_in_window", "revenues_are_finite")] == [
        1,
        1,
    ]
    assert "best_sellers failed ids_in_window: observed 2 that break it, such as 'X', 'Y'" in said
    assert "; and 1 more check in mall.release_checks of release_id 1" in said
    observed = {check: row.observed for (_, _, check), row in failures(mall, release_id).items()}
    assert observed == {
        "co_buyers_in_range": "6 that break it, such as 'P1', 'P2', 'P3'",
        "ids_in_window": "2 that break it, such as 'X', 'Y'",
        "revenues_are_finite": "1 that break it, such as ''",
        "purchases_reach_buyers": "1 that break it, such as 'Y'",
        "enough_co_buyers": "0 of 30 (0.0%)",
    }


def test_user_ids_are_not_given_as_examples(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    for row in [row for key in (USER, RECENT, ADS) for row in rows[key]]:
        row["user_id"] = {"A": "someone@example.com"}.get(row["user_id"], row["user_id"])
        row["item_id"] = "P1"
        row |= {name: math.nan for name in ("score",) if name in row}
    rows[ADS] += rows[ADS][:4]
    release_id = stage(MONDAY, rows)
    with pytest.raises(RejectedReleaseError) as caught:
        run(mall, release_id)
    assert len(failures(mall, release_id)) >= 8
    assert "someone" not in str(failures(mall, release_id)) + str(caught.value)


@pytest.mark.parametrize(
    ("limits", "check"),
    [
        (Gates(min_rows={"item_similarities": 10_000, "user_recommendations": 10_000}), "row_count"),
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
        covers = {table: load_table(table).covers for table in RELEASE_TABLES}
        tables = {table for table, covered in covers.items() if covered and covered.window == kinds[check]}
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
        (ScoreRange(0.0, 1.0, above_low=True), 0.0, "1 that break it"),
        (ScoreRange(0.0, None), -0.001, "1 that break it"),
        (ScoreRange(None, 1.0), 1.001, "1 that break it"),
        (ScoreRange(None, None), math.inf, "1 that break it"),
        (None, math.nan, "1 that break it"),
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


def test_every_check_is_put_as_a_sentence_and_a_query() -> None:
    schemas = Schemas(create_engine("postgresql+psycopg://"), SCHEMA)
    for table in map(load_table, RELEASE_TABLES):
        leaf = StoredTable(name_leaf(table.name, 1, "cosine"), table.name, 1, "cosine", False, False)
        for question in ask_leaf(schemas, leaf, list(list_rules(table))):
            assert question.check.severity in ("critical", "warning")
            assert question.check.expected[0].isupper()
            assert question.query
            assert "{batch}" in question.query


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
    broken = Question(Check("broken", "It runs"), "SELECT no_such_column FROM {batch}", of_found=False)
    leaf = StoredTable("products_1", "products", 1, "", False, False)
    with pytest.raises(WarehouseUnavailableError, match="The check broken of products could not be run"):
        staged.run_checks(leaf, [broken])
    staged.close()


@pytest.mark.parametrize("at", ["before the first query", "between two tables"])
def test_a_connection_that_breaks_while_the_gates_run_is_a_sentence(
    mall: Schemas, stage: Callable[..., int], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    release_id = stage(MONDAY)
    calls: list[StoredTable] = []
    run_checks = StagedTables._run_checks

    def break_off(self: StagedTables, leaf: StoredTable, *args: Any) -> list[CheckResult]:
        calls.append(leaf)
        if len(calls) == (1 if at == "before the first query" else 3):
            with mall.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        return run_checks(self, leaf, *args)

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
    again = run(mall, release_id, Gates(min_rows={"item_similarities": 1_000_000}))
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
