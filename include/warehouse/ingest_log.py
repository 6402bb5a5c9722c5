"""What ingest did, day by day, as rows that people can query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from include.warehouse.engine import open_schema
from include.warehouse.statements import read_statement

if TYPE_CHECKING:
    from sqlalchemy import Engine


def record_partition(
    engine: Engine, schema: str, partition: Mapping[str, Any], quality: Iterable[Mapping[str, Any]]
) -> None:
    """Replace what is recorded of one feed and day, in one transaction.

    The mappings hold the columns of `partitions` and of `data_quality`; `sample` is JSON text or None.
    """
    rows = [dict(row) for row in quality]
    with open_schema(engine, schema) as connection:
        key = {"feed": partition["feed"], "day": partition["day"]}
        connection.execute(read_statement("replace_partition"), dict(partition))
        connection.execute(read_statement("delete_quality"), key)
        if rows:
            connection.execute(read_statement("insert_quality"), rows)
