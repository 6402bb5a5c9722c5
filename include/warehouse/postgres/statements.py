"""The SQL files, and the only place where names and values are put into one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from psycopg import sql
from sqlalchemy import TextClause, text

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

_NAME: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
FOLDER: Final = Path(__file__).resolve().parents[2] / "sql"


@cache
def read_file(path: str) -> str:
    """A file of `include/sql/` by its path there."""
    return (FOLDER / path).read_text(encoding="utf-8")


@cache
def _read_statements() -> dict[str, str]:
    """Every statement of `statements/` and `migrations/` by the name that its line `-- name: …` gives it."""
    found: dict[str, str] = {}
    for path in (
        *sorted((FOLDER / "statements").glob("*.sql")),
        *sorted((FOLDER / "migrations").glob("*.sql")),
    ):
        _, *parts = _NAME.split(path.read_text(encoding="utf-8"))
        for name, statement in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"include/sql: two statements are called {name}")
            found[name] = statement.strip()
    return found


def read_statement(name: str) -> TextClause:
    """A statement whose values are bound."""
    return text(_read_statements()[name])


def compose_file(path: str, **parts: sql.Composable) -> sql.Composed:
    """A file whose {placeholders} are filled with quoted identifiers and literals."""
    return sql.SQL(read_file(path)).format(**parts)


def compose_verbatim(path: str) -> sql.SQL:
    """A file as it stands; braces and percent signs mean themselves."""
    return sql.SQL(read_file(path))


def compose_statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """A statement whose {placeholders} are filled with quoted identifiers and literals."""
    return sql.SQL(_read_statements()[name]).format(**parts)


def get_driver(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection under a SQLAlchemy one; both are in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def run_composed(connection: Connection, statement: sql.SQL | sql.Composed) -> None:
    get_driver(connection).execute(statement)
