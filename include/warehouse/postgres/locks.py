"""What one process does at a time, told by locked rows of `locks`, a table that readers cannot reach."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.warehouse.postgres.statements import compose_statement, get_driver, run_composed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

PUBLISH: Final = "publish"  # changes of what readers see
SCHEMA: Final = "schema"  # changes of tables and views
_STAGE: Final = "stage "


def name_staging(as_of: date) -> str:
    return f"{_STAGE}{as_of}"


def add_lock(schemas: Schemas, name: str) -> None:
    """Make a lock's row, in a transaction of its own: only a committed row can be locked by several."""
    with schemas.engine.begin() as connection:
        run_composed(connection, _compose("add_lock", schemas, name))


def take_lock(connection: Connection, schemas: Schemas, name: str) -> None:
    """Hold a lock until the transaction ends; waits for whoever holds it, as lock_timeout allows."""
    run_composed(connection, _compose("take_lock", schemas, name))


def try_lock(connection: Connection, schemas: Schemas, name: str) -> bool:
    """The same without waiting; False where another transaction holds it."""
    return get_driver(connection).execute(_compose("try_lock", schemas, name)).fetchone() is not None


def list_staging(connection: Connection, schemas: Schemas) -> list[date]:
    """The as-of dates that some run is staging now."""
    held = compose_statement("list_held", locks=schemas.identify("locks"))
    names = [row[0] for row in get_driver(connection).execute(held)]
    return sorted(date.fromisoformat(name.removeprefix(_STAGE)) for name in names if name.startswith(_STAGE))


def _compose(statement: str, schemas: Schemas, name: str) -> sql.Composed:
    return compose_statement(statement, locks=schemas.identify("locks"), lock=sql.Literal(name))
