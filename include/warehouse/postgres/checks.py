"""How PostgreSQL is asked what the gates ask: the templates of `include/sql/checks`, filled for one leaf.

A template that speaks of one list is a rule of each list, and all of them are asked in one pass (`found.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.errors import SettingsError
from include.tables import load_table
from include.warehouse.checks import Check, Limit, Rule
from include.warehouse.postgres import names
from include.warehouse.postgres.statements import FOLDER, compose_file

if TYPE_CHECKING:
    from include.tables import Column, Table
    from include.warehouse.postgres.connection import Schemas
    from include.warehouse.postgres.store import StoredTable

OF_TABLES: Final = ("unique_key", "ids_in_window")
_HEADER: Final = re.compile(r"-- (critical|warning): (.+)")
_BATCH: Final = sql.SQL("{batch}")  # for Great Expectations to fill


@dataclass(frozen=True)
class Question:
    """A check as it is put: a query of what breaks it, or a limit.

    of_found: it reads what the pass over the leaf's lists has found, and not the leaf.
    """

    check: Check
    query: str | None
    of_found: bool


def ask_leaf(schemas: Schemas, leaf: StoredTable, checks: Sequence[Check]) -> Iterator[Question]:
    """The ordinary checks as they are put to a leaf, and then those of `include/sql/<table>/checks`.

    A query's rows have `unexpected_rows`, the same in each, and an example, null where it would be a user.
    """
    table = load_table(leaf.table)
    for check in checks:
        if isinstance(check, Limit):
            yield Question(check, None, of_found=table.list is not None)
        elif isinstance(check, Rule):
            yield Question(check, _compose(schemas, leaf, table, check), of_found=is_of_lists(table, check))
    for path in sorted((FOLDER / leaf.table / "checks").glob("*.sql")):
        file = f"{leaf.table}/checks/{path.name}"
        query = compose_file(file, batch=_BATCH, **_identify_others(schemas, leaf)).as_string(None)
        header = _HEADER.match(query)
        if header is None:
            raise SettingsError(f"include/sql/{file}: the first line must be -- critical: or -- warning: …")
        yield Question(Check(path.stem, header[2].rstrip("."), header[1]), query, of_found=False)


def is_of_lists(table: Table, rule: Rule) -> bool:
    """Whether each list keeps the rule or not, which the pass over the lists finds."""
    return table.list is not None and rule.asks not in OF_TABLES


def compose_rule(table: Table, rule: Rule) -> sql.Composed:
    """Whether one list, or the row of a table without lists, keeps a rule: an expression of its columns."""
    parts = [
        compose_file(
            f"checks/{rule.asks}.sql",
            column=_name_values(table, name),
            item=sql.Identifier(table.list.item if table.list else name),
            other=_name_other(table, name),
            nullable=sql.Literal(table.columns[name].nullable),
            optional=sql.Literal(_is_optional(table.columns[name])),
            low=sql.Literal(rule.bounds.get("low", "-Infinity")),
            high=sql.Literal(rule.bounds.get("high", "Infinity")),
            above=sql.Literal(rule.bounds.get("above", "-Infinity")),
        )
        for name in rule.columns
    ]
    return sql.SQL(" AND ").join(sql.SQL("({}\n)").format(part) for part in parts)


def _is_optional(column: Column) -> bool:
    """Whether lists from before the column show something in its place."""
    return column.nullable or column.default is not None


def _name_values(table: Table, name: str) -> sql.Composable:
    column = sql.Identifier(name)
    return column if name in _list_arrays(table) else sql.SQL("ARRAY[{}]").format(column)


def _name_other(table: Table, name: str) -> sql.Composable:
    other = table.columns[name].differs_from
    return sql.Identifier(other or name)


def _list_arrays(table: Table) -> tuple[str, ...]:
    return tuple(table.listed) if table.list else ()


def _compose(schemas: Schemas, leaf: StoredTable, table: Table, rule: Rule) -> str:
    first = sql.Identifier(table.owner[0])
    parts: dict[str, sql.Composable] = {
        "batch": _BATCH,
        "example": sql.SQL("CAST(NULL AS text)") if table.is_about_users else first,
    }
    if rule.asks == "unique_key":
        parts["key"] = sql.SQL(", ").join(map(sql.Identifier, table.owner))
        parts["leaf"] = sql.Literal(schemas.identify(leaf.name).as_string(None))
        return compose_file("checks/unique_key.sql", **parts).as_string(None)
    if rule.asks == "ids_in_window":
        strangers = [_compose_strangers(schemas, leaf, table, name) for name in rule.columns]
        parts["strangers"] = sql.SQL("\nUNION ALL\n").join(strangers)
        return compose_file("checks/ids_in_window.sql", **parts).as_string(None)
    found = sql.Identifier(rule.name) if table.list else sql.SQL("({})").format(compose_rule(table, rule))
    return compose_file("checks/broken_rule.sql", rule=found, **parts).as_string(None)


def _compose_strangers(schemas: Schemas, leaf: StoredTable, table: Table, name: str) -> sql.Composed:
    kind = table.columns[name].references
    column = sql.Identifier(name)
    return compose_file(
        "checks/strangers.sql",
        batch=_BATCH,
        shown=sql.SQL("id" if kind == "items" else "CAST(NULL AS text)"),
        ids=sql.SQL("unnest({})").format(column) if name in _list_arrays(table) else column,
        known=_identify_window(schemas, leaf)[f"window_{kind}"],
    )


def _identify_others(schemas: Schemas, leaf: StoredTable) -> dict[str, sql.Composable]:
    """What a check of one table may look at beside it: of the same release, and the release itself."""
    return {
        **_identify_window(schemas, leaf),
        "products": schemas.identify(names.name_leaf("products", leaf.release_id, "")),
        "releases": sql.Identifier(schemas.name, "releases"),
        "release_id": sql.Literal(leaf.release_id),
    }


def _identify_window(schemas: Schemas, leaf: StoredTable) -> dict[str, sql.Identifier]:
    return {name: schemas.identify(names.name_partition(name, leaf.release_id)) for name in names.WINDOW_IDS}
