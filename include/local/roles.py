"""The roles and databases of the embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from include.errors import LocalServiceError

if TYPE_CHECKING:
    import psycopg

ROLES: Final = ("dangol", "airflow", "analyst")
OWNERS: Final = {"warehouse": "dangol", "airflow": "airflow"}

_SQL = Path(__file__).resolve().parent.parent / "sql" / "local"


def create_databases(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles and databases that are not there yet."""
    import psycopg
    from psycopg import sql
    from sqlalchemy import make_url

    url = make_url(superuser_url)
    try:
        connection = psycopg.connect(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            dbname=url.database,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise LocalServiceError(
            f"The local PostgreSQL at port {url.port} runs but does not let us in"
            f" ({str(error).splitlines()[-1]}): try again, or start afresh with make clean."
        ) from None
    with connection:
        for role in ROLES:
            if not _find(connection, "find_role", role=role):
                # The server gets the verifier, so that no log of statements ever holds the password.
                verifier = connection.pgconn.encrypt_password(
                    passwords[role].encode(), role.encode(), b"scram-sha-256"
                )
                _run(
                    connection,
                    "create_role",
                    role=sql.Identifier(role),
                    verifier=sql.Literal(verifier.decode()),
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


def _read(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _find(connection: psycopg.Connection[Any], query: str, **values: str) -> bool:
    return connection.execute(_read(query), values).fetchone() is not None


def _run(connection: psycopg.Connection[Any], statement: str, **names: Any) -> None:
    from psycopg import sql

    connection.execute(sql.SQL(_read(statement)).format(**names))
