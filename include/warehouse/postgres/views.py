"""The views of the published tables, as their declarations say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from psycopg import sql
from sqlalchemy import inspect

from include.tables import RELEASE_TABLES, Column, Table, load_small_table, load_table
from include.warehouse.postgres.definitions import AS_OF_DATE, RELEASE_ID
from include.warehouse.postgres.names import name_parent, name_rows
from include.warehouse.postgres.serving import VIEW, create_serving, describe_serving, drop_serving
from include.warehouse.postgres.statements import compose_statement, compose_verbatim, run_composed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

# Hand-written, in releases/view.sql; a column of theirs means what the column of `releases` means.
_RELEASE_VIEWS: Final = ("releases_published", "releases_current")


def create_views(connection: Connection, schemas: Schemas) -> None:
    """Make or replace every view. Raises InvalidTableDefinition where one would lose or move a column."""
    schemas.set_search_path(connection)
    kinds = ("", "_current", "_available", "_rejected")
    for name in (VIEW, *(f"{table}{kind}" for table in RELEASE_TABLES for kind in kinds)):
        view = sql.Identifier(schemas.name, name)
        run_composed(connection, compose_statement("hold_view", view=view))
    run_composed(connection, compose_verbatim("releases/view.sql"))
    for statement in _compose_views(schemas):
        run_composed(connection, statement)
    create_serving(connection, schemas)


def comment_views(connection: Connection, schemas: Schemas) -> None:
    """Say of every view and column what it means."""
    for table in map(load_table, RELEASE_TABLES):
        key = ", ".join((*(["model"] if table.by_model else []), *table.key))
        each = f"One row per {key}."
        columns = {"as_of_date": AS_OF_DATE.meaning, **_list_meanings(table)}
        every = f"{table.meaning}, for every published as-of date. One row per as_of_date, {key}."
        _comment(connection, schemas.name, table.name, every, columns)
        current = f"{table.meaning}, of the current release. {each}"
        _comment(connection, schemas.name, f"{table.name}_current", current, columns)
        rejected = f"{table.meaning}, of every release that its gates rejected, until its rows are dropped."
        seen = {"release_id": RELEASE_ID.meaning, **columns}
        _comment(connection, schemas.name, f"{table.name}_rejected", rejected, seen)
        if table.available:
            bought = table.meaning_of_available or f"{table.meaning} that can be bought"
            less = f"{table.name}_current less the items that cannot"
            meaning = f"{bought}, of the current release: {less}. {each}"
            changed = columns | _list_meanings(table, available=True)
            _comment(connection, schemas.name, f"{table.name}_available", meaning, changed)
        if table.list:
            meaning = f"The lists of {name_parent(table.name)} as rows."
            columns = {"release_id": RELEASE_ID.meaning, **columns}
            _comment(connection, schemas.store, name_rows(table.name), meaning, columns)
    _comment(connection, schemas.name, VIEW, *describe_serving())
    meanings = {name: column.meaning for name, column in load_small_table("releases").columns.items()}
    for view in _RELEASE_VIEWS:
        shown = [column["name"] for column in inspect(connection).get_columns(view, schemas.name)]
        _comment(connection, schemas.name, view, None, {name: meanings[name] for name in shown})


def drop_views(connection: Connection, schemas: Schemas) -> None:
    """Drop the tables' views. Raises DependentObjectsStillExist where others stand on them."""
    drop_serving(connection, schemas)
    for table in map(load_table, RELEASE_TABLES):
        for view in (
            f"{table.name}_rejected",
            f"{table.name}_available",
            f"{table.name}_current",
            table.name,
        ):
            run_composed(connection, compose_statement("drop_view", view=sql.Identifier(schemas.name, view)))
        if table.list:
            view = name_rows(table.name)
            run_composed(connection, compose_statement("drop_view", view=schemas.identify(view)))


def _compose_views(schemas: Schemas) -> Iterator[sql.Composed]:
    for table in map(load_table, RELEASE_TABLES):
        rows = schemas.identify(name_rows(table.name))
        if table.list:
            yield _compose_rows(schemas, table)
        columns = _join(sql.Identifier(name) for name in table.columns)
        for kind, view in (
            ("show_published", table.name),
            ("show_current", f"{table.name}_current"),
            ("show_rejected", f"{table.name}_rejected"),
        ):
            name = sql.Identifier(schemas.name, view)
            yield compose_statement(kind, view=name, columns=columns, rows=rows)
        if table.available:
            yield compose_statement(
                "show_available",
                view=sql.Identifier(schemas.name, f"{table.name}_available"),
                columns=columns,
                rows=rows,
                products=schemas.identify(name_rows("products")),
                item=sql.Identifier(table.available),
            )


def _compose_rows(schemas: Schemas, table: Table) -> sql.Composed:
    texts = [name for name, column in table.listed.items() if column.is_text]
    before = ("release_id", *(["model"] if table.by_model else []), *table.owner)
    return compose_statement(
        "show_rows",
        rows=schemas.identify(name_rows(table.name)),
        parent=schemas.identify(name_parent(table.name)),
        before=_join(sql.Identifier("lists", name) for name in before),
        entries=_join(_compose_entry(name, column) for name, column in table.listed.items()),
        arrays=_join(sql.Identifier("lists", name) for name in texts),
        texts=_join(sql.Identifier(name) for name in texts),
    )


def _compose_entry(name: str, column: Column) -> sql.Composable:
    """Lists from before a column have a null in place of the array."""
    entry: sql.Composable = sql.Identifier("entry", name)
    if not column.is_text:
        entry = sql.SQL("{}[entry.rank]").format(sql.Identifier("lists", name))
    if column.default is not None:
        entry = sql.SQL("coalesce({}, {})").format(entry, sql.SQL(column.default))
    return sql.SQL("{} AS {}").format(entry, sql.Identifier(name))


def _list_meanings(table: Table, *, available: bool = False) -> dict[str, str]:
    return {
        name: (available and column.meaning_of_available) or column.meaning
        for name, column in table.columns.items()
    }


def _comment(
    connection: Connection, schema: str, view: str, meaning: str | None, columns: dict[str, str]
) -> None:
    """Without a meaning the view keeps that which its file gives it."""
    if meaning:
        name = sql.Identifier(schema, view)
        run_composed(connection, compose_statement("comment_view", view=name, meaning=sql.Literal(meaning)))
    for column, says in columns.items():
        name = sql.Identifier(schema, view, column)
        run_composed(connection, compose_statement("comment_column", column=name, meaning=sql.Literal(says)))


def _join(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
