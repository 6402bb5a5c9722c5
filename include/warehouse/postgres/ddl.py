"""The declared tables in the database, made where they are not there, or given the columns that they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn, CreateTable, SetColumnComment, SetTableComment

from include.errors import PermanentError
from include.tables import RELEASE_TABLES, SMALL_TABLES, load_small_table, load_table
from include.warehouse.postgres.definitions import define_small_tables, define_store_tables
from include.warehouse.postgres.names import name_rows
from include.warehouse.postgres.statements import compose_statement, read_statement, run_composed
from include.warehouse.postgres.store import list_stored_tables

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

    from include.warehouse.postgres.connection import Schemas


def check_columns(connection: Connection, schemas: Schemas) -> None:
    """Raises PermanentError where a table has a column that is not declared: newer code has made it."""
    allowed = {
        (schema, table.name): set(table.columns.keys())
        for schema, tables in _list_tables(schemas)
        for table in tables
    }
    for published in map(load_table, RELEASE_TABLES):
        for rows in (name_rows(published.name), f"{published.name}_rows"):  # of lists, and of before lists
            allowed[schemas.store, rows] = {"release_id", "as_of_date", *published.columns}
    for (schema, name), columns in allowed.items():
        if unknown := list_columns(connection, schema, name) - columns:
            raise PermanentError(
                f"{schema}.{name} has the column {sorted(unknown)[0]}, which this version of the code does"
                " not know: a newer one has made it, and nothing was changed; run that version, or drop the"
                " column if nobody needs it."
            )


def create_store_tables(connection: Connection, schemas: Schemas) -> None:
    """Make the partitioned tables of every release. Raises PermanentError as `create_small_tables` does."""
    schemas.set_search_path(connection, store_first=True)
    for table in define_store_tables().values():
        _create_table(connection, schemas, schemas.store, table)


def create_small_tables(connection: Connection, schemas: Schemas) -> None:
    """Make the tables that the warehouse itself fills.

    Raises PermanentError where a table that is there lacks a column that may be neither null nor a default.
    """
    schemas.set_search_path(connection)
    for table in define_small_tables().values():
        _create_table(connection, schemas, schemas.name, table)


def _create_table(connection: Connection, schemas: Schemas, schema: str, table: Table) -> None:
    there = list_columns(connection, schema, table.name)
    if there:
        for column in table.columns:
            if column.name not in there:
                _add_column(connection, schemas, schema, table, column)
    else:
        connection.execute(CreateTable(table))
    connection.execute(SetTableComment(table))
    for column in table.columns:
        connection.execute(SetColumnComment(column))


def _list_tables(schemas: Schemas) -> list[tuple[str, list[Table]]]:
    return [
        (schemas.store, list(define_store_tables().values())),
        (schemas.name, list(define_small_tables().values())),
    ]


def list_columns(connection: Connection, schema: str, table: str) -> set[str]:
    """Those of a table or view; none where it is not there."""
    values = {"schema": schema, "table": table}
    return set(connection.execute(read_statement("list_columns"), values).scalars())


def _add_column(connection: Connection, schemas: Schemas, schema: str, table: Table, column: Column) -> None:
    if not column.nullable and column.server_default is None and column.identity is None:
        raise PermanentError(
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
            column=sql.SQL(specification),
        )
        run_composed(connection, statement)
    small = load_small_table(table.name) if table.name in SMALL_TABLES else None
    if small and (initially := small.columns[column.name].initially):
        statement = compose_statement(
            "fill_column",
            table=sql.Identifier(schema, table.name),
            column=sql.Identifier(column.name),
            value=sql.SQL(initially),
        )
        run_composed(connection, statement)
