"""What the warehouse has of an advertiser, for those who ask or take it away."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Final

from include.columns import RELEASE_TABLES
from include.errors import PermanentError, WarehouseUnavailableError
from include.warehouse.base import Attempts, Holding
from include.warehouse.postgres.ingest_log import FAILURE
from include.warehouse.postgres.locks import PUBLISH, SCHEMA, list_staging, take_lock
from include.warehouse.postgres.names import parse_name
from include.warehouse.postgres.schema import drop_schema_within, is_ours
from include.warehouse.postgres.statements import read_statement

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

_LOCK_TIMEOUT: Final = "5s"


def list_attempts(schemas: Schemas, first: date | None, last: date | None) -> Attempts:
    """See `include.warehouse.base.Warehouse`. Makes no schema; where there is none, there is nothing."""
    with schemas.begin() as connection:
        values = {"schema": schemas.name, "store": schemas.store, "analyst": ""}
        state = connection.execute(read_statement("find_schema"), values).one()
        if state.schemas < 2:
            return Attempts([], [], {})
        releases = [dict(row._mapping) for row in connection.execute(read_statement("list_attempts"))]
        counts = _count_rows(connection, schemas)
        for release in releases:
            release["rows"] = counts.get(release["release_id"], {})
        staging = list_staging(connection, schemas) if state.has_locks else []
        days = {"expectation": FAILURE, "first": first, "last": last}
        failures = connection.execute(read_statement("list_failures"), days).all() if first else []
    return Attempts(releases, staging, {(row.feed, row.day): row.reason for row in failures})


def _count_rows(connection: Connection, schemas: Schemas) -> dict[int, dict[str, int]]:
    """Rows by release and table."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in connection.execute(read_statement("count_stored"), {"store": schemas.store}):
        parsed = parse_name(row.name)
        if parsed and parsed[0] in RELEASE_TABLES:
            counts[parsed[1]][parsed[0]] += row.row_count
    return {release: dict(tables) for release, tables in counts.items()}


def remove_schemas(schemas: Schemas, *, for_real: bool) -> list[Holding]:
    """What both schemas hold; with `for_real` they are dropped.

    Raises PermanentError for schemas that are not ours or that something else stands on, and
    WarehouseUnavailableError while a release is being staged.
    """
    name = schemas.name
    names = {"schema": name, "store": schemas.store}
    with schemas.engine.begin() as connection:
        state = connection.execute(read_statement("find_schema"), {**names, "analyst": ""}).one()
        if not state.schemas:
            return []
        if not is_ours(state.built):
            raise PermanentError(
                f"The schemas {name} and {schemas.store} were not made by Dangol: drop them by hand."
            )
        held = [Holding(*row) for row in connection.execute(read_statement("measure_schemas"), names)]
        if staging := list_staging(connection, schemas) if state.has_locks else []:
            raise WarehouseUnavailableError(
                f"A run is staging {', '.join(map(str, staging))} of {name}: nothing is removed;"
                " try again when it has ended, and pause its DAGs first."
            )
        if others := connection.execute(read_statement("list_dependents"), names).scalars().all():
            raise PermanentError(
                f"{', '.join(others)} stand on the tables of {name} and would go with them, so nothing is"
                " removed: drop them first."
            )
        if for_real:
            connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": _LOCK_TIMEOUT})
            for lock in (SCHEMA, PUBLISH) if state.has_locks else ():
                take_lock(connection, schemas, lock)
            drop_schema_within(connection, schemas)
    return held
