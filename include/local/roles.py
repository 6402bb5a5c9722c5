"""The roles and databases of the embedded PostgreSQL."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from include.errors import LocalServiceError

if TYPE_CHECKING:
    import psycopg

ROLES: Final = ("dangol", "airflow", "analyst")
OWNERS: Final = {"warehouse": "dangol", "airflow": "airflow"}

log = logging.getLogger(__name__)

# Seconds: of waiting before it is told, and with a server that says nothing.
_SILENCE: Final = 3.0
_PATIENCE: Final = 60.0

_SQL = Path(__file__).resolve().parent.parent / "sql" / "local"


class WrongPasswordError(LocalServiceError):
    """The server knows another password of the role than passwords.json."""


def wait_until_ready(superuser_url: str, runs: Callable[[], bool]) -> bool:
    """Wait for a server that starts or recovers after a crash; False once its process is gone.

    It is given all the time that it says it needs. Raises WrongPasswordError, and LocalServiceError where it
    says nothing of the kind for a minute.
    """
    import psycopg

    begun = said_so = time.monotonic()
    is_told = False
    while runs():
        try:
            _connect(superuser_url).close()
            return True
        except psycopg.OperationalError as error:
            why = str(error)
        if "password authentication failed" in why:
            raise WrongPasswordError(" ".join(why.split()))
        now = time.monotonic()
        if "the database system is" in why:  # starting up, in recovery mode, not yet accepting connections
            said_so = now
            if not is_told and now - begun > _SILENCE:
                is_told = True
                log.warning("The local PostgreSQL recovers after a crash; nothing is lost, and this waits.")
        if now - said_so > _PATIENCE:
            raise LocalServiceError(
                f"The local PostgreSQL runs and does not let us in ({' '.join(why.split())}); its data is"
                " kept: run make down, then the same command again."
            )
        time.sleep(0.1)
    return False


def _connect(url: str, role: str = "", password: str = "") -> psycopg.Connection[Any]:
    """As the URL's role, unless another is given."""
    import psycopg
    from sqlalchemy import make_url

    parts = make_url(url)
    return psycopg.connect(
        host=parts.host,
        port=parts.port,
        user=role or parts.username,
        password=password or parts.password,
        dbname=parts.database,
        autocommit=True,
        connect_timeout=10,
    )


def create_databases(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles and databases that are not there yet, and give roles these passwords."""
    from psycopg import sql

    with _connect(superuser_url) as connection:
        for role in ROLES:
            is_there = _find(connection, "find_role", role=role)
            if is_there and not _is_refused(superuser_url, role, passwords[role]):
                continue
            # The server gets the verifier, so that no log of statements ever holds the password.
            verifier = connection.pgconn.encrypt_password(
                passwords[role].encode(), role.encode(), b"scram-sha-256"
            )
            _run(
                connection,
                "set_password" if is_there else "create_role",
                role=sql.Identifier(role),
                password=sql.Literal(verifier.decode()),
            )
        _run(connection, "allow_databases", role=sql.Identifier("dangol"))
        for database, owner in OWNERS.items():
            if not _find(connection, "find_database", database=database):
                name = sql.Identifier(database)
                _run(connection, "create_database", database=name, owner=sql.Identifier(owner))
        for database in OWNERS:
            _run(connection, "close_database", database=sql.Identifier(database))
        _run(
            connection,
            "admit_analyst",
            database=sql.Identifier("warehouse"),
            role=sql.Identifier("analyst"),
        )


def _is_refused(url: str, role: str, password: str) -> bool:
    """Whether the server knows another password of the role."""
    import psycopg

    try:
        _connect(url, role, password).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" in str(error)
    return False


def _read(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _find(connection: psycopg.Connection[Any], query: str, **values: str) -> bool:
    return connection.execute(_read(query), values).fetchone() is not None


def _run(connection: psycopg.Connection[Any], statement: str, **names: Any) -> None:
    from psycopg import sql

    connection.execute(sql.SQL(_read(statement)).format(**names))
