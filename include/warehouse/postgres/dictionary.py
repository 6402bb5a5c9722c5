"""The data dictionary: every view and table that people read, as PostgreSQL's comments describe it.

`make docs` writes docs/data-dictionary.md, for which two schemas are made for a moment.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from include.tables import RELEASE_TABLES, SMALL_TABLES
from include.warehouse.postgres.connection import Schemas, explain_failures
from include.warehouse.postgres.schema import drop_schema, ensure_schema
from include.warehouse.postgres.serving import VIEW
from include.warehouse.postgres.statements import read_statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine, Row

    from include.warehouse.postgres.connection import Schemas

FILE: Final = Path(__file__).resolve().parents[3] / "docs" / "data-dictionary.md"

_INTRODUCTION: Final = """\
# Data dictionary

One schema per advertiser holds these views and tables. `<table>` shows every published as-of date and
`<table>_current` the newest release; both have the same columns. `<table>_available` shows of the newest
release what can still be bought, and `ads_now` what ads may show at this moment. A transaction sees the
releases that were out when it began, at every isolation level: each statement in it is about the same
ones. Three things may change that: the server's clock is set back while the transaction is open
(REPEATABLE READ holds all the same), the first release of all comes out, or the transaction stays open
until retention has dropped rows of a release that was withdrawn for a quarter of an hour. Ids are text
and sort by code point. Written from `include/sql/<table>/table.yaml` by `make docs`.
"""

_REJECTED: Final = "the rows of releases that their gates rejected, while they are kept."


def describe_tables(schemas: Schemas) -> str:
    """The dictionary of an advertiser's schema as Markdown."""
    with schemas.engine.begin() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": schemas.name}).all()
    sections = {name: list(columns) for name, columns in groupby(rows, key=lambda row: row.name)}
    tables = [name for table in RELEASE_TABLES for name in (table, f"{table}_available") if name in sections]
    tables.insert(tables.index("ad_candidates") + 1, VIEW)
    order = [*tables, *SMALL_TABLES]
    parts = [_INTRODUCTION]
    for name in [*order, *(name for name in sections if name not in order)]:
        if any(name == f"{table}_{kind}" for table in RELEASE_TABLES for kind in ("current", "rejected")):
            continue
        parts.append(_describe_table(name, sections[name]))
    return "\n".join(parts)


def _describe_table(name: str, columns: Iterable[Row]) -> str:
    columns = list(columns)
    both = f" and `{name}_current`" if name in RELEASE_TABLES else ""
    lines = [f"## `{name}`{both}", "", columns[0].meaning, "", "| column | type | meaning |", "|---|---|---|"]
    for column in columns:
        meaning = (column.column_meaning or "").replace("|", "\\|")
        lines.append(f"| `{column.column_name}` | {column.column_type} | {meaning} |")
    if name in RELEASE_TABLES:
        lines += ["", f"`{name}_rejected` has the same columns after `release_id`: {_REJECTED}"]
    return "\n".join([*lines, ""])


def describe_sql_files(engine: Engine) -> str:
    """The dictionary of the SQL files as they are, from schemas made for a moment."""
    schemas = Schemas(engine, "data_dictionary")
    try:
        ensure_schema(schemas)
        return describe_tables(schemas)
    finally:
        drop_schema(schemas)


def write_dictionary(engine: Engine) -> Path:
    """Write docs/data-dictionary.md anew."""
    with explain_failures(engine):
        text = describe_sql_files(engine)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text, encoding="utf-8")
    return FILE
