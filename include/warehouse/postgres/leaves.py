"""The table in the store that holds what one release, and model, has of a published table."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import sql

from include.errors import RejectedReleaseError
from include.tables import Table
from include.warehouse.postgres.names import name_leaf, name_parent, name_partition
from include.warehouse.postgres.statements import compose_statement, get_driver, run_composed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)


class Leaf(NamedTuple):
    """`model` is '' for a table without models; else the leaf is in a partition that all models share."""

    table: Table
    release_id: int
    as_of: date
    model: str

    @property
    def name(self) -> str:
        return name_leaf(self.table.name, self.release_id, self.model)

    @property
    def partition(self) -> str:
        return name_partition(self.table.name, self.release_id)

    @property
    def _kind(self) -> str:
        return "model_leaf" if self.model else "leaf"


def create_partition(connection: Connection, schemas: Schemas, leaf: Leaf) -> None:
    """Make the partition that holds the leaves of all models of a release."""
    statement = compose_statement(
        "create_partition",
        partition=schemas.identify(leaf.partition),
        parent=schemas.identify(name_parent(leaf.table.name)),
        release_id=sql.Literal(leaf.release_id),
        as_of_date=sql.Literal(leaf.as_of),
    )
    run_composed(connection, statement)


def create_leaf(connection: Connection, schemas: Schemas, leaf: Leaf) -> None:
    """Make an empty leaf with the columns that a writer fills."""
    parent = schemas.identify(name_parent(leaf.table.name))
    name = schemas.identify(leaf.name)
    run_composed(connection, compose_statement(f"create_{leaf._kind}", leaf=name, parent=parent))


def complete_leaf(connection: Connection, schemas: Schemas, leaf: Leaf, rows: int) -> None:
    """Give a leaf that was filled what all its rows share, its primary key, and a note that it shows `rows`.

    A leaf that repeats a key stays without. Raises RejectedReleaseError for ids that are too long for a key.
    """
    name = schemas.identify(leaf.name)
    constants = {"release_id": sql.Literal(leaf.release_id), "as_of_date": sql.Literal(leaf.as_of)}
    if leaf.model:
        constants["model"] = sql.Literal(leaf.model)
    run_composed(connection, compose_statement(f"complete_{leaf._kind}", leaf=name, **constants))
    key = sql.SQL(", ").join(sql.Identifier(column) for column in leaf.table.owner)
    try:
        with get_driver(connection).transaction():
            run_composed(connection, compose_statement("add_primary_key", leaf=name, key=key))
    except psycopg.errors.UniqueViolation:
        log.warning("%s has rows with the same key; the gate unique_key will reject it.", leaf.name)
    except psycopg.errors.ProgramLimitExceeded as error:
        reason = str(error).splitlines()[0]
        raise RejectedReleaseError(f"{leaf.name} cannot be indexed: {reason}: ids must be shorter.") from None
    run_composed(connection, compose_statement("count_rows", leaf=name, rows=sql.Literal(f"{rows} rows")))
    if leaf.table.list:
        entries = sql.SQL(", ").join(map(sql.Identifier, leaf.table.listed))
        same = sql.SQL(", ").join(map(sql.Identifier, constants))
        analyze = compose_statement("analyze_lists", table=name, owner=key, constants=same, entries=entries)
    else:
        analyze = compose_statement("analyze", table=name)
    run_composed(connection, analyze)


def attach_leaf(connection: Connection, schemas: Schemas, leaf: Leaf) -> None:
    """Put the leaf of a model into its partition."""
    statement = compose_statement(
        "attach",
        parent=schemas.identify(leaf.partition),
        partition=schemas.identify(leaf.name),
        value=sql.Literal(leaf.model),
    )
    run_composed(connection, statement)
