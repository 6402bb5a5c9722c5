"""The declared tables as SQLAlchemy has them, for their DDL, their comments and what inserts rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB, REAL, TIMESTAMP
from sqlalchemy.types import TypeEngine

from include import tables
from include.columns import RANK
from include.tables import AnyColumn, SmallColumn, SmallTable, load_small_table, load_table
from include.warehouse.postgres.names import name_parent

_TYPES: Final[dict[tables.Type, Callable[[], TypeEngine[Any]]]] = {
    "id": lambda: Text(collation="C"),
    "text": Text,
    "integer": Integer,
    "bigint": BigInteger,
    "real": REAL,
    "double": DOUBLE_PRECISION,
    "boolean": Boolean,
    "timestamp": lambda: TIMESTAMP(timezone=True),
    "date": Date,
    "json": lambda: JSONB(none_as_null=True),
}

# What every published table has before and after its own columns.
RELEASE_ID: Final = AnyColumn(type="bigint", meaning="The release the row belongs to (releases.release_id).")
AS_OF_DATE: Final = AnyColumn(
    type="date", meaning="The last day of the window, in the advertiser's time zone."
)


@cache
def define_small_tables() -> dict[str, Table]:
    """The tables that the warehouse itself fills, by name, in an order in which they can be made."""
    metadata = MetaData()
    return {name: _define_small_table(load_small_table(name), metadata) for name in tables.SMALL_TABLES}


@cache
def define_store_tables() -> dict[str, Table]:
    """The partitioned tables that hold every release, by the published table that each is behind.

    A table of lists has a row for each owner and an array for each column of an entry, in the order of ranks.
    """
    metadata = MetaData()
    return {name: _define_store_table(load_table(name), metadata) for name in tables.RELEASE_TABLES}


def _define_small_table(declared: SmallTable, metadata: MetaData) -> Table:
    columns = [_define_small_column(name, column) for name, column in declared.columns.items()]
    key = PrimaryKeyConstraint(*declared.key)
    return Table(declared.name, metadata, *columns, key, comment=declared.meaning)


def _define_small_column(name: str, column: SmallColumn) -> Column[Any]:
    rules: list[Any] = []
    if column.identity:
        rules.append(Identity(always=True))
    if column.foreign_key:
        rules.append(ForeignKey(f"{column.foreign_key}.{name}"))
    if column.check:
        rules.append(CheckConstraint(text(column.check)))
    return _define_column(name, column, *rules)


def _define_store_table(declared: tables.Table, metadata: MetaData) -> Table:
    own = {name: column for name, column in declared.columns.items() if name not in declared.listed}
    columns = [_define_column("release_id", RELEASE_ID)]
    if declared.list:
        columns += [_define_column(name, column) for name, column in own.items() if name != RANK]
        columns += [_define_array(name, column) for name, column in declared.listed.items()]
    else:
        columns += [_define_column(name, column) for name, column in declared.columns.items()]
    columns.append(_define_column("as_of_date", AS_OF_DATE))
    what = "lists" if declared.list else "rows"
    return Table(
        name_parent(declared.name),
        metadata,
        *columns,
        comment=f"The {what} of every release, published or not: the store behind {declared.name}.",
        postgresql_partition_by="LIST (release_id)",
    )


def _define_column(name: str, column: AnyColumn, *rules: Any) -> Column[Any]:
    default = None if column.default is None else text(column.default)
    return Column(
        name,
        _TYPES[column.type](),
        *rules,
        nullable=column.nullable,
        server_default=default,
        comment=column.meaning,
    )


def _define_array(name: str, column: AnyColumn) -> Column[Any]:
    """One that lists from before the column have as null, which their view fills with the default."""
    return Column(
        name,
        ARRAY(_TYPES[column.type]()),
        nullable=column.nullable or column.default is not None,
        comment=f"Of each entry of the list, by rank. {column.meaning}",
    )
