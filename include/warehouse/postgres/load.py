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
from include.warehouse.postgres.copy_format import HEADER, TRAILER, TYPES, compose_batch
from include.warehouse.postgres.statements import compose_statement, get_driver

if TYPE_CHECKING:
    from sqlalchemy import Connection

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
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows.schema.names)
    _check_types(connection, table, columns, rows.schema)
    statement = compose_statement("copy_rows", table=table, columns=columns, freeze=sql.Literal(freeze))
    try:
        with get_driver(connection).cursor() as cursor:
            total = rows.num_rows if isinstance(rows, pa.Table) else None
            text = f"load {table.as_string(None)}"
            # A thread sends what is composed, so that PostgreSQL need not wait while the next rows are.
            writer = QueuedLibpqWriter(cursor)
            with cursor.copy(statement, writer=writer) as copy, show_progress(total, text) as progress:
                copy.write(HEADER)
                for chunk in _split_rows(rows):
                    copy.write(compose_batch(chunk).data)
                    progress.update(chunk.num_rows)
                copy.write(TRAILER)
            return cursor.rowcount
    except psycopg.DataError as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, psycopg.errors.CharacterNotInRepertoire):
            reason = "a text holds a character that PostgreSQL cannot store, such as NUL"
        raise RejectedReleaseError(
            f"The rows for {table.as_string(None)} cannot be loaded: {reason}; correct the rows that the"
            " model or the feed gives."
        ) from None


def _check_types(
    connection: Connection, table: sql.Identifier, columns: sql.Composed, schema: pa.Schema
) -> None:
    """Binary values carry no type: PostgreSQL would take the bits of a number for those of another."""
    statement = compose_statement("list_types", table=table, columns=columns)
    found = get_driver(connection).execute(statement).description or []
    for field, column in zip(schema, found, strict=True):
        if TYPES.get(field.type) != column.type_code:
            raise RejectedReleaseError(
                f"The rows for {table.as_string(None)} cannot be loaded: {field.name} is {field.type} and"
                " the column is not; correct include/columns.py or the table."
            )


def _split_rows(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield batch.slice(start, CHUNK_ROWS)
