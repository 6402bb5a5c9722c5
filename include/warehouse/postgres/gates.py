"""The audit between staging and publishing. One failed critical check rejects the release."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from include.errors import RejectedReleaseError
from include.tables import load_table
from include.warehouse.base import AdList, CheckResult, Scores
from include.warehouse.checks import Check, list_limits, list_rules
from include.warehouse.facts import WindowFacts
from include.warehouse.measures import Measure, list_measures
from include.warehouse.postgres import names
from include.warehouse.postgres.checks import ask_leaf
from include.warehouse.postgres.found import judge_lists
from include.warehouse.postgres.measures import read_rerank_counts, run_measures
from include.warehouse.postgres.releases import (
    describe_status,
    is_kept_rejected,
    reject_release,
    stage_rejected,
)
from include.warehouse.postgres.staged_tables import StagedTables
from include.warehouse.postgres.statements import read_statement
from include.warehouse.postgres.store import StoredTable, attach_release, list_stored_tables
from include.warehouse.rejection import PRESENCE, describe_failure, describe_rejection, explain_rejection
from include.warehouse.window_checks import EarlierWindow, Window, check_window

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.settings import Gates
    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)

Previous = dict[tuple[str, str], "Row[Any]"]


def run_gates(
    schemas: Schemas, release_id: int, limits: Gates, models: Scores, ads: AdList | None = None
) -> list[CheckResult]:
    """Check the window and every table of a staged release and record the results in `release_checks`.

    Each of `models` must have staged a table, whose scores are in the range that the model states. Each
    table that the published release before it had, except those of models that are no longer asked for, must
    be there again. Raises RejectedReleaseError, naming table, check, observed and expected, when a critical
    check fails; the release is then `rejected` and readers go on seeing what they saw. A published release is
    not checked again: what its gates found is returned.
    """
    with schemas.begin() as connection:
        release = _find_release(connection, schemas, release_id)
        if release.status == "published":
            log.info("%s %s: release %d is published already.", schemas, release.as_of_date, release_id)
            return _read_checks(connection, release_id)
    try:
        results = _check_release(schemas, release_id, limits, models, ads or AdList())
    except Exception:
        with schemas.begin() as connection:
            # A run that staged the date again has dropped the tables, which explains all.
            _find_release(connection, schemas, release_id)
        raise
    passes_now = release.status == "rejected" and not _list_critical(results)
    record_checks(schemas, release_id, results, passes_now=passes_now)
    _judge(schemas, release, results)
    return results


def _find_release(connection: Connection, schemas: Schemas, release_id: int) -> Row[Any]:
    """The release: staged, published, or rejected by its gates and still there. Raises RejectedReleaseError
    for any other.
    """
    release = connection.execute(read_statement("find_release"), {"release_id": release_id}).one_or_none()
    if release and release.status == "rejected" and is_kept_rejected(connection, release_id):
        return release
    if release is None or release.status not in ("staged", "published"):
        status = f"is {describe_status(release)}" if release else "does not exist"
        raise RejectedReleaseError(f"{schemas}: release {release_id} {status}; run the stage step first.")
    return release


def _check_release(
    schemas: Schemas, release_id: int, limits: Gates, models: Scores, ads: AdList
) -> list[CheckResult]:
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas, release_id)
        previous = _find_previous(connection, release_id)
        facts = connection.execute(read_statement("find_facts"), {"release_id": release_id}).one()
        window = {"items": facts.items, "users": facts.users}
        # First, because a window that is short explains what is wrong with the tables.
        results = judge_window(connection, release_id, limits)
        counted = read_rerank_counts(connection, release_id)
    leaves = [t for t in stored if not t.is_partitioned and t.table not in names.HELPERS]
    results += _check_presence(leaves, models, previous)
    checks: dict[StoredTable, list[Check]] = {}
    measures: dict[StoredTable, list[Measure]] = {}
    for leaf in leaves:
        table, scores = load_table(leaf.table), models.get(leaf.model, {}).get(leaf.table)
        earlier = _find_comparable(previous.get((leaf.table, leaf.model)))
        checks[leaf] = [
            *list_rules(table, scores),
            *list_limits(table, limits, window, earlier),
        ]
        asked = list_measures(leaf.table, limits, ads, facts.items, window["users"], scores)
        measures[leaf] = list(asked)
    results += _check_leaves(schemas, checks)
    return results + run_measures(schemas, measures) + counted


def judge_window(connection: Connection, release_id: int, limits: Gates) -> list[CheckResult]:
    """The checks of the window that a release was made from."""
    values = {"release_id": release_id}
    release = connection.execute(read_statement("find_facts"), values).one()
    earlier = connection.execute(read_statement("list_earlier"), values).mappings()
    return check_window(
        Window(release.purchases, release.users, release.items, release.days, _read_facts(release.facts)),
        [EarlierWindow(**{**row, "facts": _read_facts(row["facts"])}) for row in earlier],
        limits,
    )


def _read_facts(facts: Any) -> WindowFacts | None:
    return WindowFacts.from_json(facts) if facts else None


def _check_leaves(schemas: Schemas, checks: Mapping[StoredTable, Sequence[Check]]) -> list[CheckResult]:
    results: list[CheckResult] = []
    with judge_lists(schemas, checks) as wait_for_lists:
        staged = StagedTables(schemas)
        try:
            for leaf, asked in checks.items():
                questions = list(ask_leaf(schemas, leaf, asked))
                wait_for_lists(leaf)
                results += staged.run_checks(leaf, questions)
        finally:
            staged.close()
    return results


def _check_presence(
    leaves: list[StoredTable], models: Collection[str], previous: Previous
) -> list[CheckResult]:
    staged = {(leaf.table, leaf.model) for leaf in leaves}
    wanted = staged | {key for key in previous if not key[1] or key[1] in models}
    # Of an optional table, what a model makes when it is asked to; a step makes the others each time.
    results = [
        CheckResult(table, model, PRESENCE, severity, (table, model) in staged, found, "the table")
        for table, model in sorted(wanted)
        for severity in ["warning" if load_table(table).optional and model else "critical"]
        for found in ["the table" if (table, model) in staged else "no table"]
    ]
    for model in models:
        count = sum(model == other for _, other in staged)
        results.append(
            CheckResult("", model, "model_is_staged", "critical", count > 0, f"{count} tables", "a table")
        )
    return results


def _find_previous(connection: Connection, release_id: int) -> Previous:
    """Each table that the published release of the date before had: its release, rows and is_comparable."""
    rows = connection.execute(read_statement("find_previous"), {"release_id": release_id})
    return {(row.table_name, row.model): row for row in rows}


def _find_comparable(earlier: Row[Any] | None) -> tuple[int, int] | None:
    """Number and rows of a release over as long a window; a longer or shorter one has other rows anyway."""
    return (earlier.release_id, earlier.rows) if earlier and earlier.is_comparable else None


def _read_checks(connection: Connection, release_id: int) -> list[CheckResult]:
    rows = connection.execute(read_statement("list_checks"), {"release_id": release_id})
    return [CheckResult(*row) for row in rows]


def record_checks(
    schemas: Schemas, release_id: int, results: list[CheckResult], *, passes_now: bool = False
) -> None:
    """Replace what is recorded; a rejected release that `passes_now` is staged again, in one transaction."""
    with schemas.begin() as connection:
        if passes_now:
            stage_rejected(connection, schemas, release_id)
        connection.execute(read_statement("delete_checks"), {"release_id": release_id})
        connection.execute(
            read_statement("insert_check"),
            [
                {
                    "release_id": release_id,
                    "table_name": result.table,
                    "model": result.model,
                    "check_name": result.check,
                    "severity": result.severity,
                    "passed": result.passed,
                    "observed": result.observed,
                    "expected": result.expected,
                }
                for result in results
            ],
        )


def _judge(schemas: Schemas, release: Row[Any], results: list[CheckResult]) -> None:
    failed = [result for result in results if not result.passed]
    for result in failed:
        if result.severity == "warning":
            log.warning("%s %s: %s.", schemas, release.as_of_date, describe_failure(result))
    critical = _list_critical(results)
    if not critical:
        return
    reason = explain_rejection(critical, schemas.name, release.release_id)
    reject_release(schemas, release.release_id, f"{reason}.")
    _show_rejected(schemas, release.release_id)
    raise RejectedReleaseError(
        describe_rejection(schemas.name, release.as_of_date, release.release_id, reason)
    )


def _list_critical(results: Sequence[CheckResult]) -> list[CheckResult]:
    """The failed checks for which a release is rejected."""
    return [result for result in results if result.severity == "critical" and not result.passed]


def _show_rejected(schemas: Schemas, release_id: int) -> None:
    """Let the views `<table>_rejected` have a release's rows; no other view shows them."""
    try:
        attach_release(schemas, release_id)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable) as error:
        # What is told of the rejection matters more.
        log.warning(
            "%s: the rows of release %d are not in the _rejected views (%s); gate it again for that.",
            schemas,
            release_id,
            str(error).splitlines()[0],
        )
