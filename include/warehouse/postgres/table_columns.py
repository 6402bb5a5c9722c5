"""The columns of tables that are there, beside those that are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn

from include.errors import DangolError
from include.tables import SMALL_TABLES, load_small_table
from include.warehouse.postgres.definitions import define_small_tables, define_store_tables
from include.warehouse.postgres.statements import compose_statement, read_statement, run_composed
from include.warehouse.postgres.store import list_stored_tables

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

    from include.warehouse.postgres.connection import Schemas


def check_columns(connection: Connection, schemas: Schemas) -> None:
    """Raises DangolError where a table has a column that is not declared: newer code has made it."""
    for schema, tables in _list_tables(schemas):
        for table in tables:
            unknown = _list_columns(connection, schema, table.name) - set(table.columns.keys())
            if unknown:
                raise DangolError(
                    f"{schema}.{table.name} has the column {sorted(unknown)[0]}, which this version does not know,"
                    " so a newer one has made it and nothing is changed: run that version, or drop the column if"
                    " nobody needs it."
                )


def add_columns(connection: Connection, schemas: Schemas) -> None:
    """Add the declared columns that tables lack, with their defaults.

    Raises DangolError for a column that may be neither null nor a default.
    """
    for schema, tables in _list_tables(schemas):
        for table in tables:
            there = _list_columns(connection, schema, table.name)
            for column in table.columns:
                if there and column.name not in there:
                    _add_column(connection, schemas, schema, table, column)


def _list_tables(schemas: Schemas) -> list[tuple[str, list[Table]]]:
    return [
        (schemas.store, list(define_store_tables().values())),
        (schemas.name, list(define_small_tables().values())),
    ]


def _list_columns(connection: Connection, schema: str, table: str) -> set[str]:
    values = {"schema": schema, "table": table}
    return set(connection.execute(read_statement("list_columns"), values).scalars())


def _add_column(connection: Connection, schemas: Schemas, schema: str, table: Table, column: Column) -> None:
    if not column.nullable and column.server_default is None and column.identity is None:
        raise DangolError(
            f"{schema}.{table.name} lacks the column {column.name}, which has neither nullable: true nor a"
            " default for the rows that are there: declare one of them in its table.yaml."
        )
    specification = str(CreateColumn(column).compile(dialect=postgresql.dialect()))
    names = [table.name]
    if schema == schemas.store:
        # What is staged and not yet attached; what is attached follows its parent.
        published = {stored.name: name for name, stored in define_store_tables().items()}[table.name]
        names += [
            stored.name
            for stored in list_stored_tables(connection, schemas)
            if stored.table == published and not stored.is_attached
        ]
    for name in names:
        statement = compose_statement(
            "add_column",
            table=sql.Identifier(schema, name),
            column=sql.SQL(specification),  # type: ignore[arg-type]
        )
        run_composed(connection, statement)
    if table.name in SMALL_TABLES and (
        initially := load_small_table(table.name).columns[column.name].initially
    ):
        statement = compose_statement(
            "fill_column",
            table=sql.Identifier(schema, table.name),
            column=sql.Identifier(column.name),
            value=sql.SQL(initially),  # type: ignore[arg-type]
        )
        run_composed(connection, statement)
