"""What is measured of the staged tables of a release, and what the re-rank steps counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.tables import load_table
from include.warehouse.base import CheckResult
from include.warehouse.postgres import names
from include.warehouse.postgres.connection import explain_failures
from include.warehouse.postgres.statements import (
    compose_file,
    compose_statement,
    get_driver,
    read_statement,
    run_composed,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.measures import Measure
    from include.warehouse.postgres.connection import Schemas
    from include.warehouse.postgres.store import StoredTable

_ADS: Final = "ad_candidates"


def run_measures(schemas: Schemas, measures: Mapping[StoredTable, Sequence[Measure]]) -> list[CheckResult]:
    """What was found of each leaf, whose tables of `names.FOUND` must be there."""
    results: list[CheckResult] = []
    for leaf, asked in measures.items():
        if not asked:
            continue
        with explain_failures(schemas.engine), schemas.begin(store_first=True) as connection:
            connection.execute(read_statement("prepare_pass"))
            if leaf.table == _ADS:
                run_composed(connection, compose_statement("count_shown", leaf=schemas.identify(leaf.name)))
            results += [_run_measure(connection, schemas, leaf, measure) for measure in asked]
    return results


def _run_measure(
    connection: Connection, schemas: Schemas, leaf: StoredTable, measure: Measure
) -> CheckResult:
    products = names.name_leaf("products", leaf.release_id, "")
    parts: dict[str, sql.Composable] = {
        "leaf": schemas.identify(leaf.name),
        "products": schemas.identify(products),
        "blocked": sql.Identifier(schemas.name, "blocked_items"),
        **{name: sql.Literal(value) for name, value in measure.values.items()},
    }
    if load_table(leaf.table).list:
        parts["found"] = schemas.identify(names.name_found(leaf.table, leaf.release_id, leaf.model))
    statement = compose_file(f"{leaf.table}/measures/{measure.file}.sql", **parts)
    row = get_driver(connection).execute(statement).fetchone()
    assert row is not None
    part, whole = row
    observed = f"{part:,} of {whole:,} ({part / whole:.1%})" if whole else "nothing to measure"
    passed = measure.is_met(part, whole)
    return CheckResult(
        leaf.table, leaf.model, measure.name, measure.severity, passed, observed, measure.expected
    )


def read_rerank_counts(connection: Connection, release_id: int) -> list[CheckResult]:
    """What each re-rank step moved, dropped and added: counts without a limit, which all pass."""
    rows = connection.execute(read_statement("list_rerank_counts"), {"release_id": release_id})
    return [
        CheckResult(_ADS, "", f"rerank_{row.step}_{row.what}", "warning", True, str(row.number), "any number")
        for row in rows
    ]
