"""Bulk load from Arrow, streamed through a binary COPY."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from include.errors import RejectedReleaseError
from include.progress import show_progress
from include.warehouse.postgres.copy_format import (
    ARRAYS,
    HEADER,
    TRAILER,
    TYPES,
    compose_batch,
    compose_list_batch,
)
from include.warehouse.postgres.list_batches import gather_lists
from include.warehouse.postgres.statements import compose_statement, get_driver

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from include.tables import Table

# Rows that are composed at once: about a MB, which stays in the processor's cache until it is sent.
CHUNK_ROWS: Final = 16_000


def copy_rows(
    connection: Connection,
    table: sql.Identifier,
    rows: pa.Table | pa.RecordBatchReader,
    *,
    freeze: bool = False,
) -> int:
    """Append `rows` to `table`, column by column name, and return how many there were.

    Columns of the table that `rows` lacks take their defaults. Null and '' stay different. `freeze` spares a
    later VACUUM and is for tables made in the same transaction. Raises RejectedReleaseError for columns whose
    type is not the table's, and for values that PostgreSQL cannot store, such as text with a NUL character.
    """
    types = {field.name: TYPES.get(field.type) for field in rows.schema}
    composed = ((compose_batch(chunk), chunk.num_rows) for chunk in _split_rows(rows))
    total = rows.num_rows if isinstance(rows, pa.Table) else None
    return _copy(connection, table, types, composed, total=total, freeze=freeze)


def copy_lists(
    connection: Connection,
    table: sql.Identifier,
    rows: pa.RecordBatchReader,
    declared: Table,
    what: str,
    *,
    freeze: bool = False,
) -> int:
    """Append ranked rows to `table` as lists, and return how many rows there were.

    Otherwise as `copy_rows`. Raises RejectedReleaseError, which calls the rows `what`, also where they are no
    lists.
    """
    assert declared.list is not None
    types = {name: TYPES.get(rows.schema.field(name).type) for name in declared.list.owner}
    types |= {name: ARRAYS.get(rows.schema.field(name).type) for name in declared.listed}
    lists = gather_lists(_split_rows(rows), declared, what)
    composed = ((compose_list_batch(batch), batch.entries.num_rows) for batch in lists)
    return _copy(connection, table, types, composed, total=None, freeze=freeze)


def _copy(
    connection: Connection,
    table: sql.Identifier,
    types: dict[str, int | None],
    composed: Iterator[tuple[NDArray[np.uint8], int]],
    *,
    total: int | None,
    freeze: bool,
) -> int:
    """Send what is composed, which comes with a number of rows each; the sum of these."""
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in types)
    _check_types(connection, table, columns, types)
    statement = compose_statement("copy_rows", table=table, columns=columns, freeze=sql.Literal(freeze))
    sent = 0
    try:
        with get_driver(connection).cursor() as cursor:
            text = f"load {table.as_string(None)}"
            # A thread sends what is composed, so that PostgreSQL need not wait while the next rows are.
            writer = QueuedLibpqWriter(cursor)
            with cursor.copy(statement, writer=writer) as copy, show_progress(total, text) as progress:
                copy.write(HEADER)
                for content, rows in composed:
                    copy.write(content.data)
                    progress.update(rows)
                    sent += rows
                copy.write(TRAILER)
            return sent
    except psycopg.DataError as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, psycopg.errors.CharacterNotInRepertoire):
            reason = "a text holds a character that PostgreSQL cannot store, such as NUL"
        raise RejectedReleaseError(
            f"The rows for {table.as_string(None)} cannot be loaded: {reason}; correct the rows that the"
            " model or the feed gives."
        ) from None


def _check_types(
    connection: Connection, table: sql.Identifier, columns: sql.Composed, types: dict[str, int | None]
) -> None:
    """Binary values carry no type: PostgreSQL would take the bits of a number for those of another."""
    statement = compose_statement("list_types", table=table, columns=columns)
    found = get_driver(connection).execute(statement).description or []
    for (name, number), column in zip(types.items(), found, strict=True):
        if number != column.type_code:
            raise RejectedReleaseError(
                f"The rows for {table.as_string(None)} cannot be loaded: the column {name} is of another type"
                " than theirs; correct the table's table.yaml or the warehouse's column."
            )


def _split_rows(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield batch.slice(start, CHUNK_ROWS)
