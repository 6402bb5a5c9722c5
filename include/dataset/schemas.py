"""Tables that have the columns and types of their schema."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa


def conform_table(table: pa.Table, schema: pa.Schema, what: str, encoded: Collection[str] = ()) -> pa.Table:
    """The columns of `schema` in its order and types; those of `encoded` may stay in dictionaries.

    Raises ValueError when a column is missing or its values do not fit the type.
    """
    if missing := [name for name in schema.names if name not in table.column_names]:
        raise ValueError(f"The {what} lack the column {', '.join(missing)}.")
    fields = [
        pa.field(field.name, pa.dictionary(pa.int32(), field.type))
        if field.name in encoded and _is_encoded(table[field.name])
        else field
        for field in schema
    ]
    try:
        return table.select(schema.names).cast(pa.schema(fields))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"The {what} do not have the types of their schema: {reason}.") from None


def _is_encoded(column: pa.ChunkedArray) -> bool:
    """Whether it is in dictionaries without nulls, which the column's own count of nulls leaves out."""
    is_dictionary = pa.types.is_dictionary(column.type)
    return is_dictionary and not any(chunk.dictionary.null_count for chunk in column.chunks)


def reject_nulls(table: pa.Table, columns: list[str], what: str) -> None:
    """Raises ValueError when one of the columns holds a null."""
    for name in columns:
        if nulls := table[name].null_count:
            raise ValueError(f"The {what} have {nulls} rows without {name}; validate them first.")
