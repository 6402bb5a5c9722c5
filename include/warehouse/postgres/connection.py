"""The connection to the warehouse, and what to say when it fails."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
from psycopg import sql
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError

from include.connections import find_connection, name_variable
from include.errors import SettingsError, WarehouseUnavailableError
from include.warehouse.postgres.statements import read_statement

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# Extras of a connection that are libpq's own; the others mean something to Airflow's hook only.
_LIBPQ_EXTRAS: Final = (
    "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "keepalives_idle", "options",
)  # fmt: skip

T = TypeVar("T")

# PostgreSQL's SQLSTATE, or the beginning of one, and what it means for us; the first that fits is used.
_FAILURES: Final = {
    "25006": "refuses writes because it is read-only: connect to the primary server, or end its maintenance",
    "42501": "does not let {user} do this: {reason}: grant the role what it needs",
    "53100": "has a full disk: free space or lower keep.releases",
    "55P03": "kept a table locked for too long: it is tried again; see who holds it in pg_stat_activity",
    "57014": "cancelled the statement: {reason}: it is tried again",
    "3D000": "cannot be used: {reason}: create the database or correct the connection",
    "28": "does not let {user} in: {reason}: correct the connection",
    "08": "broke off the connection: {reason}: it is tried again",
    "40": "could not finish beside another transaction: {reason}: it is tried again",
    "53": "has run out of something: {reason}: it is tried again",
    "57": "is shutting down or restarting: {reason}: it is tried again",
    "58": "failed: {reason}: see the server's log",
}


def connect_warehouse(conn_id: str = "warehouse_default") -> Engine:
    """An engine for the connection of that name; connects when it is first used.

    Works in tasks of Airflow and without it (`include.connections`). Raises SettingsError where there is no
    such connection or it is not one to PostgreSQL.
    """
    settings = find_connection(conn_id)
    if settings is None:
        raise SettingsError(
            f"There is no connection {conn_id}: set {name_variable(conn_id)}, or add it in Airflow's UI."
        )
    database = settings.schema or ""
    is_misread = not settings.host and "@" in database  # as postgres:/LOGIN:PASSWORD@HOST/DATABASE is
    if settings.conn_type not in ("postgres", "postgresql") or not database or is_misread:
        # What it has in its schema's place may be a password: Airflow takes any text for a URI.
        names = "one that holds an @" if is_misread else "one" if database else "none"
        raise SettingsError(
            f"The connection {conn_id} must be of type postgres and name the database as its schema; it is of"
            f" type {settings.conn_type or '(none)'} and names {names}: write it as JSON, or as"
            " postgres://LOGIN:PASSWORD@HOST:PORT/DATABASE."
        )
    extras = {key: str(value) for key, value in settings.extras.items() if key in _LIBPQ_EXTRAS}
    url = URL.create(
        "postgresql+psycopg",
        username=settings.login,
        password=settings.password,
        host=settings.host or "localhost",
        port=settings.port or 5432,
        database=settings.schema,
        query=extras,
    )
    return create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "dangol", "client_encoding": "utf8"},
    )


@contextmanager
def explain_failures(engine: Engine) -> Iterator[None]:
    """Turn a database that is down, read-only, full or forbidding into WarehouseUnavailableError."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = find_cause(error)
        if sentence := _describe_failure(engine, cause):
            raise WarehouseUnavailableError(sentence) from None
        raise


def find_cause(error: DBAPIError | psycopg.Error) -> BaseException | None:
    """What the driver itself has raised."""
    return error.orig if isinstance(error, DBAPIError) else error


def wait_out_locks(action: Callable[[], T], *, tries: int, pause: float) -> T:
    """Do what waits for a lock for a moment only, again while somebody is in its way; what it returns.

    So many seconds of pause on average: tries at equal distances could meet the same report each time.
    Raises psycopg's LockNotAvailable after the last try.
    """
    while True:
        tries -= 1
        try:
            return action()
        except (psycopg.errors.LockNotAvailable, DBAPIError) as error:
            cause = find_cause(error)
            if not isinstance(cause, psycopg.errors.LockNotAvailable):
                raise
            if not tries:
                raise cause from None
        time.sleep(random.uniform(0.5, 1.5) * pause)


def _describe_failure(engine: Engine, cause: BaseException | None) -> str | None:
    if not isinstance(cause, psycopg.Error):
        return None
    url = engine.url
    state = cause.sqlstate or ""
    where = f"The warehouse at {url.host}:{url.port or 5432}, database {url.database},"
    reason = next(iter(str(cause).splitlines()), "no reason given").rstrip(".")
    for begin, meaning in _FAILURES.items():
        if state.startswith(begin):
            return f"{where} {meaning.format(user=url.username, reason=reason)}."
    if not state and isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return f"{where} does not answer: {reason}: start it or correct the connection."
    return None


@dataclass(frozen=True)
class Schemas:
    """An advertiser's two schemas: `name`, which people read, and `store`, which is behind its views."""

    engine: Engine
    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def store(self) -> str:
        return f"{self.name}_store"

    def identify(self, table: str) -> sql.Identifier:
        """The quoted name of a table of the store."""
        return sql.Identifier(self.store, table)

    @contextmanager
    def begin(self, *, store_first: bool = False, lock_timeout: str | None = None) -> Iterator[Connection]:
        """One transaction in which unqualified names are those of the two schemas.

        New tables go to the schema named first. `lock_timeout` is PostgreSQL's, such as 200ms.
        """
        with self.engine.begin() as connection:
            self.set_search_path(connection, store_first=store_first)
            if lock_timeout:
                connection.execute(read_statement("set_lock_timeout"), {"lock_timeout": lock_timeout})
            yield connection

    def set_search_path(self, connection: Connection, *, store_first: bool = False) -> None:
        names = (self.store, self.name) if store_first else (self.name, self.store)
        quote = connection.dialect.identifier_preparer.quote_identifier
        connection.execute(
            read_statement("set_search_path"), {"search_path": ", ".join(quote(name) for name in names)}
        )
