"""The published tables in the store: what may be null in them, and what those of one release are called."""

from __future__ import annotations

import re
from typing import Final

from include.columns import MODEL_TABLES
from include.errors import SettingsError
from include.tables import RELEASE_TABLES, load_table

NULLABLE: Final = {
    table: {name for name, column in load_table(table).columns.items() if column.nullable}
    for table in RELEASE_TABLES
}

WINDOW_IDS: Final = ("window_items", "window_users")

# What the gates have found of each list of a table.
FOUND: Final = {table: f"{table}_found" for table in RELEASE_TABLES if load_table(table).list}

# Tables that a release needs until it is published; they are never attached.
HELPERS: Final = (*WINDOW_IDS, *FOUND.values())

_LISTS: Final = {table: f"{table}_lists" for table in RELEASE_TABLES if load_table(table).list}
_TABLES: Final = {name_of: table for table, name_of in _LISTS.items()}
_NAME: Final = re.compile(
    rf"({'|'.join(_LISTS.get(table, table) for table in (*RELEASE_TABLES, *HELPERS))})_(\d+)(?:_(.+))?"
)


def name_rows(table: str) -> str:
    """What shows the rows of every release: a view of the lists, or the partitioned table itself."""
    return f"{table}_entries" if table in _LISTS else f"{table}_rows"


def name_parent(table: str) -> str:
    """The partitioned table that holds every release."""
    return _LISTS.get(table) or name_rows(table)


def name_partition(table: str, release_id: int) -> str:
    """The partition of one release: of a table without models, its leaf; else the parent of the leaves."""
    return f"{_LISTS.get(table, table)}_{release_id}"


def name_leaf(table: str, release_id: int, model: str) -> str:
    """The table that holds the lists or rows. Raises SettingsError for a name that PostgreSQL would cut."""
    name = name_partition(table, release_id)
    if table in MODEL_TABLES:
        name = f"{name}_{model}"
    if len(name.encode()) > 58:  # 63, less the _pkey of its index
        raise SettingsError(
            f"The model's name {model!r} is too long for a table of the store: shorten it to 20 letters."
        )
    return name


def name_found(table: str, release_id: int, model: str) -> str:
    """The table of what the gates have found of each list of a leaf, whose name is as long."""
    return name_leaf(table, release_id, model).replace(_LISTS[table], FOUND[table], 1)


def parse_name(name: str) -> tuple[str, int, str] | None:
    """Table, release and model ('' where there is none) of a table in the store; None for any other."""
    match = _NAME.fullmatch(name)
    return (_TABLES.get(match[1], match[1]), int(match[2]), match[3] or "") if match else None
