"""Whether the warehouse answers, and each advertiser may have its schemas there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from include.commands.findings import Finding, catch_failures

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_warehouse(names: Iterable[str]) -> list[Finding]:
    from include.warehouse.postgres.connection import connect_warehouse, explain_failures

    found: list[Finding] = []
    with catch_failures(found, "", "warehouse"):
        engine = connect_warehouse()
        try:
            with explain_failures(engine), engine.connect() as connection:
                found += _check_server(connection, engine.url.host, engine.url.port)
                for name in names:
                    with catch_failures(found, name, "schema"):
                        found.append(_check_schema(connection, name))
        finally:
            engine.dispose()
    return found


def _check_server(connection: Connection, host: str | None, port: int | None) -> list[Finding]:
    from include.warehouse.postgres.statements import read_statement

    server = connection.execute(read_statement("describe_server")).one()
    where = f"PostgreSQL {server.version.split()[0]} at {host}:{port}, database {server.database}"
    if server.is_read_only:
        said = f"{where} refuses writes: connect to the primary server, or end its maintenance."
        return [Finding("", "warehouse", "unreachable", said)]
    found = [Finding("", "warehouse", "right", f"{where}, answers {server.username}.")]
    analyst = os.environ.get("DANGOL_ANALYST_ROLE", "analyst")
    values = {"schema": "", "store": "", "analyst": analyst}
    if connection.execute(read_statement("find_schema"), values).one().has_analyst:
        found.append(Finding("", "roles", "right", f"{analyst} is there, and may read what is released."))
    else:
        cure = f"CREATE ROLE {analyst}, or name another in DANGOL_ANALYST_ROLE; the next run lets it read."
        found.append(
            Finding("", "roles", "doubtful", f"there is no role {analyst} for those who read: {cure}")
        )
    return found


def _check_schema(connection: Connection, name: str) -> Finding:
    from include.warehouse.postgres.connection import Schemas
    from include.warehouse.postgres.schema import is_ours
    from include.warehouse.postgres.statements import read_statement

    store = Schemas(connection.engine, name).store
    values = {"schema": name, "store": store, "analyst": ""}
    state = connection.execute(read_statement("find_schema"), values).one()
    url = connection.engine.url
    if state.relations and not is_ours(state.built):
        said = f"a schema {name} or {store} is there that Dangol did not make"
        return Finding(
            name, "schema", "wrong", f"{said}: name the advertiser otherwise, or rename the schema."
        )
    if not state.is_owner:
        said = f"{name} and {store} belong to another role"
        return Finding(
            name, "schema", "wrong", f"{said}: ALTER SCHEMA … OWNER TO {url.username}, both of them."
        )
    if state.schemas < 2 and not state.may_create:
        said = f"{url.username} may not create the schemas {name} and {store}"
        cure = f"GRANT CREATE ON DATABASE {url.database} TO {url.username}."
        return Finding(name, "schema", "wrong", f"{said}: {cure}")
    is_there = "are there and Dangol's" if state.schemas == 2 else "are free; the first run makes them"
    return Finding(name, "schema", "right", f"{name} and {store} {is_there}.")
