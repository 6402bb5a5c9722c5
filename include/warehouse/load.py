"""Bulk load from Arrow: CSV that pyarrow writes, streamed through COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from include.errors import RejectedReleaseError
from include.warehouse.statements import compose_statement, get_driver

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Rows in one piece of CSV: a few MB, so that memory does not grow with the table.
CHUNK_ROWS = 50_000


class _CopySink:
    """What pyarrow takes for a file; everything written goes into the COPY stream."""

    closed = False

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, data: Any) -> int:
        self._copy.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """The COPY ends with its own context."""


def copy_rows(connection: Connection, table: sql.Identifier, rows: pa.Table, *, freeze: bool = False) -> int:
    """Append `rows` to `table`, column by column name, and return how many there were.

    Columns of the table that `rows` lacks take their defaults: that is how values that are the same in every
    row are set without sending them. Null and '' stay different. `freeze` spares a later VACUUM and is
    for tables made in the same transaction. Raises RejectedReleaseError for values that PostgreSQL cannot
    store, such as text with a NUL character.
    """
    statement = compose_statement(
        "copy_rows",
        table=table,
        columns=sql.SQL(", ").join(sql.Identifier(name) for name in rows.column_names),
        freeze=sql.Literal(freeze),
    )
    options = csv.WriteOptions(include_header=False, quoting_style="needed", batch_size=CHUNK_ROWS)
    try:
        with get_driver(connection).cursor().copy(statement) as copy:
            sink = pa.PythonFile(_CopySink(copy), mode="w")
            with csv.CSVWriter(sink, rows.schema, write_options=options) as writer:
                for batch in rows.to_batches(max_chunksize=CHUNK_ROWS):
                    # pyarrow 26.0.1 writes bytes it never set for a chunk of no rows before others.
                    if batch.num_rows:
                        writer.write_batch(batch)
    except psycopg.DataError as error:
        name = table.as_string(None)
        reason = str(error).splitlines()[0]
        if isinstance(error, psycopg.errors.CharacterNotInRepertoire):
            reason = "a text holds a character that PostgreSQL cannot store, such as NUL"
        raise RejectedReleaseError(
            f"The rows for {name} cannot be loaded: {reason}; correct the rows that the model or the feed"
            " gives."
        ) from None
    return rows.num_rows
